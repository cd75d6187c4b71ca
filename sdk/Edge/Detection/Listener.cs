using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Edge.Audio;

namespace Edge.Detection;

/// <summary>Hears a source to its end and gives what one or several models recognise in it.</summary>
/// <remarks>
/// Reads block, so they are made on a thread of their own; events come over through a bounded channel. The listener owns its
/// source. A live source (<see cref="ICaptureSource"/>) is disposed to end a read that is under way; of any other, the read is waited for
/// <see cref="PatienceMs"/> when the listener is disposed, and after that its thread is left behind and disposes the source as soon as
/// the read returns. Times of events count what a live source skipped.
/// </remarks>
public sealed class Listener : IAsyncDisposable
{
    /// <summary>How long disposal waits for a read that does not return: longer than any sound card's period.</summary>
    public const int PatienceMs = 500;

    private const int BlockMs = 20; // read at a time; the source may give less
    private const int ChannelEvents = 64; // whoever is further behind makes the source wait

    private readonly MonoSource source;
    private readonly ICaptureSource? live;
    private readonly Spotter[] spotters;
    private readonly AudioModel? owned;
    private readonly TaskCompletionSource finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource stop = new();
    private int state; // 0: made, 1: listening or done, 2: disposed before it listened

    /// <summary>Prepares to hear a source.</summary>
    /// <param name="source">Disposed with the listener.</param>
    /// <param name="models">One or more, of any rates; they must live as long as the listener.</param>
    /// <param name="channel">The channel to hear, from 0; null for the mean of all.</param>
    /// <param name="detection">Gives a model's settings; null for those of its file.</param>
    /// <exception cref="ArgumentException">No model; no such channel; a rate that cannot be brought to a model's; settings with faults.</exception>
    public Listener(IAudioSource source, IReadOnlyList<AudioModel> models, int? channel = null, Func<AudioModel, DetectorOptions>? detection = null)
        : this(source, models, channel, detection, null)
    {
    }

    private Listener(IAudioSource source, IReadOnlyList<AudioModel> models, int? channel, Func<AudioModel, DetectorOptions>? detection, AudioModel? owned)
    {
        if (models.Count == 0)
        {
            throw new ArgumentException("No model to listen with; expected one at least.", nameof(models));
        }

        spotters = [.. models.Select(model => new Spotter(model, source.SampleRateHz, detection?.Invoke(model)))];
        this.source = new MonoSource(source, source.SampleRateHz, channel);
        live = source as ICaptureSource;
        this.owned = owned;
    }

    /// <summary>Loads a model and prepares to hear a source with it; both are disposed with the listener.</summary>
    /// <param name="path">An .edge file.</param>
    /// <param name="source">Disposed with the listener, and where this method fails.</param>
    /// <param name="detection">Gives the model's settings; null for those of the file.</param>
    /// <exception cref="Inference.ModelFormatException">The file is no usable model; the message lists every fault.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="ArgumentException">The source's rate cannot be brought to the model's.</exception>
    /// <exception cref="InvalidDataException">The settings that <paramref name="detection"/> reads do not suit the model.</exception>
    public static Listener Open(string path, IAudioSource source, Func<AudioModel, DetectorOptions>? detection = null)
    {
        AudioModel? model = null;
        try
        {
            model = AudioModel.Load(path);
            return new Listener(source, [model], null, detection, model);
        }
        catch
        {
            model?.Dispose();
            source.Dispose();
            throw;
        }
    }

    /// <summary>Listens until the source ends; once for each listener.</summary>
    /// <param name="cancellationToken">Ends listening at once, also where a read blocks.</param>
    /// <returns>What is heard, as it is heard; a fault of the source comes after the events before it.</returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    /// <exception cref="IOException">The source failed.</exception>
    /// <exception cref="InvalidOperationException">This listener has listened already, or is disposed.</exception>
    public async IAsyncEnumerable<AudioEvent> ListenAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (Interlocked.CompareExchange(ref state, 1, 0) != 0)
        {
            throw new InvalidOperationException($"The listener to {source.Name} has listened already or is disposed; make a new one.");
        }

        var events = Channel.CreateBounded<AudioEvent>(new BoundedChannelOptions(ChannelEvents) { SingleReader = true, SingleWriter = true });
        new Thread(() => Run(events.Writer)) { IsBackground = true, Name = $"Edge listener to {source.Name}" }.Start();
        try
        {
            await foreach (AudioEvent heard in events.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                yield return heard;
            }
        }
        finally
        {
            await EndAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Stops listening and disposes the source.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.CompareExchange(ref state, 2, 0) == 0)
        {
            Release();
            return;
        }

        await EndAsync().ConfigureAwait(false);
        await Task.WhenAny(finished.Task, Task.Delay(PatienceMs)).ConfigureAwait(false);
    }

    private async Task EndAsync()
    {
        await stop.CancelAsync().ConfigureAwait(false);
        live?.Dispose();
    }

    private void Run(ChannelWriter<AudioEvent> events)
    {
        Exception? fault = null;
        try
        {
            Hear(events);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
        catch (Exception e)
        {
            fault = e; // whoever reads the events gets it
        }

        events.TryComplete(fault);
        Release();
    }

    private void Hear(ChannelWriter<AudioEvent> events)
    {
        short[] block = new short[source.SampleRateHz * BlockMs / 1000];
        int count;
        while (!stop.IsCancellationRequested && (count = source.Read(block)) > 0)
        {
            foreach (Spotter spotter in spotters)
            {
                Pass(spotter.Push(block.AsSpan(0, count)), events);
            }
        }

        foreach (Spotter spotter in spotters)
        {
            Pass(spotter.Finish(), events);
        }
    }

    private void Pass(ReadOnlySpan<AudioEvent> heard, ChannelWriter<AudioEvent> events)
    {
        foreach (AudioEvent found in heard)
        {
            AudioEvent one = found with
            {
                Start = found.Start + source.SkippedBefore(found.Start),
                End = found.End + source.SkippedBefore(found.End),
            };
            if (!events.TryWrite(one))
            {
                events.WriteAsync(one, stop.Token).AsTask().GetAwaiter().GetResult();
            }
        }
    }

    private void Release()
    {
        try
        {
            source.Dispose();
            owned?.Dispose();
        }
        finally
        {
            finished.TrySetResult();
        }
    }
}
