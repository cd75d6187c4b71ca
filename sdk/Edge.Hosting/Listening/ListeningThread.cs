using System.Diagnostics;
using Edge.Audio;

namespace Edge.Hosting.Listening;

/// <summary>The one thread that reads the source and passes it through the models.</summary>
/// <remarks>
/// A read may block for ever, and only a live source can be told to end one. So whoever stops the thread takes the models over while
/// it waits for sound, and closes what is under way in its place.
/// </remarks>
internal sealed class ListeningThread
{
    /// <summary>No sound for so long means that something hangs.</summary>
    public static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(5);

    private const int PatienceMs = 1_000; // for a block under way

    private const int Waiting = 0; // for sound, or not begun
    private const int Working = 1;
    private const int Ended = 2; // the models belong to whoever ended it

    private readonly IAudioSource source;
    private readonly int? channel;
    private readonly ModelBank bank;
    private readonly EventPost post;
    private readonly int blockMs;
    private readonly TimeProvider clock;
    private readonly TaskCompletionSource completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool stopping;
    private int state = Waiting;
    private long newestAt;
    private long heard; // samples

    /// <param name="source">Disposed at the end.</param>
    /// <param name="options">Channel and length of a block.</param>
    /// <param name="bank">The models, for the source's rate.</param>
    /// <param name="post">Told when sound begins.</param>
    /// <param name="clock">The clock by which silence is too long; null for the system's.</param>
    public ListeningThread(IAudioSource source, SourceOptions options, ModelBank bank, EventPost post, TimeProvider? clock = null)
    {
        (this.source, this.bank, this.post) = (source, bank, post);
        (channel, blockMs) = (options.Channel, options.PeriodMs);
        this.clock = clock ?? TimeProvider.System;
        newestAt = this.clock.GetTimestamp();
    }

    /// <summary>Completes when the sound has ended and all of it is heard; fails with the source's or a model's fault.</summary>
    public Task Completion => completion.Task;

    /// <summary>Sound heard so far.</summary>
    public TimeSpan Heard => TimeOf(Interlocked.Read(ref heard));

    /// <summary>Whether sound reaches the models.</summary>
    public SoundFlow Flow
    {
        get
        {
            if (Completion.IsCompleted)
            {
                return SoundFlow.Ended;
            }

            bool reading = Volatile.Read(ref state) == Waiting;
            bool fresh = clock.GetElapsedTime(Interlocked.Read(ref newestAt)) < LongestSilence;
            bool waits = source is ICaptureSource live ? live.State == CaptureState.WaitingForDevice : reading && !fresh;
            return waits ? SoundFlow.Waiting : fresh ? SoundFlow.Flowing : SoundFlow.Stuck;
        }
    }

    /// <summary>Begins to listen.</summary>
    public void Start() => new Thread(Run) { IsBackground = true, Name = "Edge listening" }.Start();

    /// <summary>Ends listening: what has been read is heard, and events under way are closed.</summary>
    public async Task StopAsync()
    {
        stopping = true;
        (source as ICaptureSource)?.Dispose();
        var patience = Stopwatch.StartNew();
        while (!Completion.IsCompleted && patience.ElapsedMilliseconds < PatienceMs)
        {
            // A live source's read returns by itself.
            if (source is not ICaptureSource && Interlocked.CompareExchange(ref state, Ended, Waiting) == Waiting)
            {
                Finish();
                return;
            }

            await Task.Delay(1).ConfigureAwait(false);
        }
    }

    private void Run()
    {
        using var mono = new MonoSource(source, source.SampleRateHz, channel);
        try
        {
            if (Listen(mono))
            {
                Finish();
            }
        }
        catch (Exception e)
        {
            completion.TrySetException(e); // whoever waits for the end gets it
        }
    }

    /// <summary>Listens to the end of the sound; false where another thread has taken over.</summary>
    private bool Listen(MonoSource mono)
    {
        short[] block = new short[mono.SampleRateHz * blockMs / 1_000];
        while (!stopping)
        {
            Interlocked.CompareExchange(ref state, Waiting, Working); // not where it was ended before its first read
            int count = mono.Read(block);
            if (Interlocked.CompareExchange(ref state, Working, Waiting) != Waiting)
            {
                return false;
            }

            if (count == 0)
            {
                return true;
            }

            if (heard == 0)
            {
                post.Begin(TimeOf(count));
            }

            bank.Hear(block.AsSpan(0, count));
            Interlocked.Add(ref heard, count);
            Interlocked.Exchange(ref newestAt, clock.GetTimestamp());
        }

        return Interlocked.CompareExchange(ref state, Working, Waiting) != Ended;
    }

    private TimeSpan TimeOf(long samples) => TimeSpan.FromTicks((long)((Int128)samples * TimeSpan.TicksPerSecond / source.SampleRateHz));

    private void Finish()
    {
        bank.Finish();
        completion.TrySetResult();
    }
}
