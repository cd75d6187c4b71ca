using System.Diagnostics.Metrics;
using Edge.Audio;
using Edge.Hosting.Actions;
using Edge.Hosting.Listening;

namespace Edge.Hosting.Metrics;

/// <summary>The instruments of the meter "Edge".</summary>
internal sealed class EdgeMetrics
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "Edge";

    private readonly Meter meter;

    /// <summary>Makes the instruments that count by themselves.</summary>
    public EdgeMetrics(IMeterFactory factory)
    {
        meter = factory.Create(MeterName);
        FrameDuration = meter.CreateHistogram(
            "edge.frame.duration", "s", "Processor time that a model takes for one block of sound.", null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1] });
        Detections = meter.CreateCounter<long>("edge.detections", "{event}", "Events that models told of.");
        Reloads = meter.CreateCounter<long>("edge.model.reloads", "{file}", "Model files that were replaced, by outcome.");
    }

    /// <summary>Processor time by block and model.</summary>
    public Histogram<double> FrameDuration { get; }

    /// <summary>Events by model and label.</summary>
    public Counter<long> Detections { get; }

    /// <summary>Replaced model files by model and outcome.</summary>
    public Counter<long> Reloads { get; }

    /// <summary>Makes the instruments that read from what listens; once.</summary>
    public void Observe(ListeningThread thread, IAudioSource source, ModelBank bank, IReadOnlyList<ActionQueue> queues)
    {
        meter.CreateObservableCounter("edge.audio.heard", () => thread.Heard.TotalSeconds, "s", "Sound that was heard.");
        if (source is ICaptureSource live)
        {
            Observe(live);
        }

        meter.CreateObservableGauge("edge.model.cost", () => bank.Runners.Select(one => new Measurement<double>(one.Cost.Share, one.ModelTag)), "1", "Share of one core that a model took over the last ten seconds of sound.");
        meter.CreateObservableGauge("edge.model.state", () => bank.Runners.SelectMany(States), null, "1 for the state that a model is in.");
        meter.CreateObservableGauge(
            "edge.score.drift", () => bank.Runners.Where(one => !double.IsNaN(one.Drift)).Select(one => new Measurement<double>(one.Drift, one.ModelTag)),
            null, "Population stability index of a model's highest scores in the last hour against its first; above 0.25 something has changed.");
        Observe(queues);
    }

    private void Observe(ICaptureSource live)
    {
        meter.CreateObservableCounter("edge.audio.overruns", () => live.Counters.Overruns, "{overrun}", "Times that sound was lost because nobody took it in time.");
        meter.CreateObservableCounter("edge.audio.lost_frames", () => live.Counters.LostFrames + live.Counters.SkippedFrames, "{frame}", "Frames that were lost.");
        meter.CreateObservableCounter("edge.audio.device_losses", () => live.Counters.DeviceLosses, "{loss}", "Times that the device went away.");
        meter.CreateObservableGauge(
            "edge.audio.level", () => live.Level is { Window.Ticks: > 0 } level ? [new Measurement<double>(level.RmsDbfs)] : Array.Empty<Measurement<double>>(), "dB", "Loudness of the last seconds, 0 for full scale.");
    }

    private void Observe(IReadOnlyList<ActionQueue> queues)
    {
        Count("edge.actions.sent", "Events that an action handled.", counters => counters.Sent);
        Count("edge.actions.dropped", "Events that an action lost because its queue was full.", counters => counters.Dropped);
        Count("edge.actions.failed", "Events that an action gave up.", counters => counters.Failed);
        Count("edge.actions.retried", "Tries beyond the first.", counters => counters.Retried);
        meter.CreateObservableGauge("edge.actions.pending", () => queues.Select(queue => Measured(queue, counters => counters.Pending)), "{event}", "Events that wait for an action.");

        void Count(string name, string description, Func<ActionCounters, long> value) =>
            meter.CreateObservableCounter(name, () => queues.Select(queue => Measured(queue, value)), "{event}", description);
    }

    private static Measurement<long> Measured(ActionQueue queue, Func<ActionCounters, long> value) =>
        new(value(queue.Counters), new KeyValuePair<string, object?>("action", queue.Name));

    private static IEnumerable<Measurement<long>> States(ModelRunner runner) =>
    [
        State(runner, ModelState.Running, "running"),
        State(runner, ModelState.Waiting, "waiting"),
        State(runner, ModelState.GivenWay, "given-way"),
    ];

    private static Measurement<long> State(ModelRunner runner, ModelState state, string name) =>
        new(runner.State == state ? 1 : 0, runner.ModelTag, new("state", name));
}
