using System.Threading.Channels;
using Edge.Audio;
using Edge.Hosting.Actions;
using Edge.Hosting.Metrics;
using Edge.Hosting.Sources;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Edge.Hosting.Listening;

/// <summary>Listens as long as the host runs: loads the models, opens the source, starts the actions, and ends them in the opposite order.</summary>
/// <remarks>
/// A device that is missing at the start is waited for, as a live source waits for one that is lost later. Where the sound ends, the host
/// is stopped; where the source fails, too, and <see cref="Fault"/> says why.
/// </remarks>
internal sealed class ListeningService(
    IOptions<EdgeOptions> options,
    SourceFactory sources,
    ActionFactory actions,
    IEnumerable<IEventAction> ownActions,
    EdgeMetrics metrics,
    IHostApplicationLifetime lifetime,
    ILoggerFactory loggers) : IHostedService
{
    /// <summary>How long the actions may work off what waits when the host stops.</summary>
    public static readonly TimeSpan DrainPatience = TimeSpan.FromSeconds(5);

    private const int NoticesKept = 256;
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LastRetry = TimeSpan.FromSeconds(2);

    private readonly ILogger logger = loggers.CreateLogger("Edge");
    private readonly Channel<Notice> notices = Channel.CreateBounded<Notice>(
        new BoundedChannelOptions(NoticesKept) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    private Task<ListeningThread?> beginning = Task.FromResult<ListeningThread?>(null);
    private Task following = Task.CompletedTask;
    private volatile Parts? parts;
    private volatile string? waitingFor;

    /// <summary>The thread that listens; null before the start, and while the device is waited for.</summary>
    public ListeningThread? Thread => parts?.Thread;

    /// <summary>The models as they listen; null as long as <see cref="Thread"/> is.</summary>
    public ModelBank? Bank => parts?.Bank;

    /// <summary>Where the sound comes from; null as long as <see cref="Thread"/> is.</summary>
    public IAudioSource? Source => parts?.Source;

    /// <summary>The device that was missing at the start, what is wrong with it and what to do; null where it is there.</summary>
    public string? WaitingFor => waitingFor;

    /// <summary>Completes once it listens, or waits for its device no longer.</summary>
    public Task Beginning => beginning;

    /// <summary>Whether sound reaches the models; null before the start.</summary>
    public SoundFlow? Flow => waitingFor is null ? Thread?.Flow : SoundFlow.Waiting;

    /// <summary>The actions' queues.</summary>
    public IReadOnlyList<ActionQueue> Queues { get; private set; } = [];

    /// <summary>Why listening ended before its time; null where it did not.</summary>
    public Exception? Fault { get; private set; }

    /// <summary>Receives lines for the log.</summary>
    public ChannelWriter<Notice> Notices => notices.Writer;

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        EdgeOptions settings = options.Value;
        var faults = new List<string>();
        IReadOnlyList<LoadedModel> models = await Task.Run(() => ModelLoader.Load(settings, faults), cancellationToken).ConfigureAwait(false);
        if (faults.Count > 0)
        {
            throw new InvalidDataException(string.Join(Environment.NewLine, faults));
        }

        // Standard input says its rate with its first bytes, and a sound server may hold the one who opens: neither is to keep the host from stopping.
        Task<IAudioSource?> opening = Task.Run(() => TryOpen(settings.Source), CancellationToken.None);
        await Task.WhenAny(opening, Task.Delay(Timeout.Infinite, cancellationToken)).ConfigureAwait(false);
        if (!opening.IsCompleted)
        {
            return; // told to stop before there was sound
        }

        IAudioSource? source = await opening.ConfigureAwait(false);
        Queues = [.. Start(settings, models)];
        ListeningInstruments.Add(metrics.Meter, Queues);
        beginning = source is null ? WaitAsync(settings, models) : Task.FromResult<ListeningThread?>(Listen(source, settings, models));
        following = Task.WhenAll(LogAsync(), FollowAsync());
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAny(beginning, Task.Delay(DrainPatience, cancellationToken)).ConfigureAwait(false); // a sound server may hold the one who opens
        if (Thread is not null)
        {
            await Thread.StopAsync().ConfigureAwait(false);
        }

        await Task.WhenAll(Queues.Select(queue => queue.StopAsync(DrainPatience))).ConfigureAwait(false);
        if (Thread is not null && Fault is null)
        {
            long sent = Queues.Sum(queue => queue.Counters.Sent);
            long lost = Queues.Sum(queue => queue.Counters.Dropped + queue.Counters.Failed);
            logger.Stopped(Thread.Heard, sent, lost);
        }

        notices.Writer.TryComplete();
        await Task.WhenAny(following, Task.Delay(DrainPatience, cancellationToken)).ConfigureAwait(false);
    }

    /// <summary>Opens the source.</summary>
    /// <returns>Null where its device is to be waited for; <see cref="WaitingFor"/> tells of it.</returns>
    private IAudioSource? TryOpen(SourceOptions source)
    {
        try
        {
            return sources.Open(source);
        }
        catch (AudioDeviceException e) when (e.IsTransient)
        {
            if (waitingFor is null)
            {
                logger.WaitsForDevice(e.Message);
            }

            waitingFor = e.Message;
            return null;
        }
    }

    /// <summary>Tries until the device is there, and listens to it.</summary>
    /// <returns>Null where the host stops before.</returns>
    private async Task<ListeningThread?> WaitAsync(EdgeOptions settings, IReadOnlyList<LoadedModel> models)
    {
        CancellationToken stopping = lifetime.ApplicationStopping;
        for (TimeSpan pause = FirstRetry; ; pause = pause < LastRetry / 2 ? 2 * pause : LastRetry)
        {
            await Task.Delay(pause, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            IAudioSource? source = stopping.IsCancellationRequested ? null : TryOpen(settings.Source);
            if (stopping.IsCancellationRequested)
            {
                source?.Dispose();
                return null;
            }

            if (source is not null)
            {
                return Listen(source, settings, models);
            }
        }
    }

    /// <summary>Begins to listen; not before the source is there, for the models are prepared for its rate.</summary>
    private ListeningThread Listen(IAudioSource source, EdgeOptions settings, IReadOnlyList<LoadedModel> models)
    {
        ModelBank bank;
        var post = new EventPost(source, Queues, metrics, TimeProvider.System);
        try
        {
            bank = new ModelBank(settings, models, source.SampleRateHz, metrics, post.Post, notices.Writer);
        }
        catch (ArgumentException e)
        {
            source.Dispose();
            throw new InvalidDataException($"{source.Name} does not suit the models: {e.Message}", e);
        }

        var thread = new ListeningThread(source, settings.Source, bank, post);
        ListeningInstruments.Add(metrics.Meter, thread, source, bank);
        (parts, waitingFor) = (new Parts(source, bank, thread), null);
        thread.Start();
        logger.Listens(source.Name, source.SampleRateHz, string.Join(", ", bank.Runners.Select(runner => runner.Name)));
        return thread;
    }

    private IEnumerable<ActionQueue> Start(EdgeOptions settings, IReadOnlyList<LoadedModel> models)
    {
        var context = new ActionContext(logger)
        {
            Models = [.. models.Select(model => KeyValuePair.Create(model.Options.DisplayName, model.EventLabels))],
        };
        foreach (IEventAction action in ownActions)
        {
            yield return new ActionQueue(action, null, logger);
        }

        foreach (ActionOptions entry in settings.Actions)
        {
            yield return actions.Create(entry, context);
        }
    }

    private async Task LogAsync()
    {
        await foreach (Notice notice in notices.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            logger.Tell(notice.Level, notice.Text);
        }
    }

    private async Task FollowAsync()
    {
        try
        {
            if (await beginning.ConfigureAwait(false) is { } thread)
            {
                await thread.Completion.ConfigureAwait(false);
                if (!lifetime.ApplicationStopping.IsCancellationRequested)
                {
                    logger.SourceEnded(Source!.Name, thread.Heard);
                }
            }
        }
        catch (Exception e)
        {
            Fault = e;
            logger.Failed(e.Message);
        }

        lifetime.StopApplication();
    }

    /// <summary>What is there once the source is.</summary>
    private sealed record Parts(IAudioSource Source, ModelBank Bank, ListeningThread Thread);
}
