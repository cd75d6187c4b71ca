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
/// <remarks>Where the sound ends, the host is stopped; where the source fails, too, and <see cref="Fault"/> says why.</remarks>
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

    private readonly ILogger logger = loggers.CreateLogger("Edge");
    private readonly Channel<Notice> notices = Channel.CreateBounded<Notice>(
        new BoundedChannelOptions(NoticesKept) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    private Task following = Task.CompletedTask;

    /// <summary>The thread that listens; null before the start.</summary>
    public ListeningThread? Thread { get; private set; }

    /// <summary>The models; null before the start.</summary>
    public ModelBank? Bank { get; private set; }

    /// <summary>Where the sound comes from; null before the start.</summary>
    public IAudioSource? Source { get; private set; }

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

        IAudioSource source = sources.Open(settings.Source);
        try
        {
            Queues = [.. Start(settings, models)];
            var post = new EventPost(source, Queues, metrics, TimeProvider.System);
            Bank = new ModelBank(settings, models, source.SampleRateHz, metrics, post.Post, notices.Writer);
            Thread = new ListeningThread(source, settings.Source, Bank, post);
        }
        catch (ArgumentException e)
        {
            source.Dispose();
            throw new InvalidDataException($"{source.Name} does not suit the models: {e.Message}", e);
        }

        Source = source;
        ListeningInstruments.Add(metrics.Meter, Thread, source, Bank, Queues);
        following = Task.WhenAll(LogAsync(), FollowAsync(Thread.Completion));
        Thread.Start();
        string names = string.Join(", ", Bank.Runners.Select(runner => runner.Name));
        logger.Listens(source.Name, source.SampleRateHz, names);
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
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

    private async Task FollowAsync(Task listening)
    {
        try
        {
            await listening.ConfigureAwait(false);
            if (!lifetime.ApplicationStopping.IsCancellationRequested)
            {
                logger.SourceEnded(Source!.Name, Thread!.Heard);
            }
        }
        catch (Exception e)
        {
            Fault = e;
            logger.Failed(e.Message);
        }

        lifetime.StopApplication();
    }
}
