using System.Diagnostics.Metrics;
using Edge.Audio;
using Edge.Hosting.Actions;

namespace Edge.Hosting.Listening;

/// <summary>Instruments that read the state of what listens when somebody asks, and cost nothing else.</summary>
internal static class ListeningInstruments
{
    /// <summary>Makes those of source and models; once for each meter.</summary>
    public static void Add(Meter meter, ListeningThread thread, IAudioSource source, ModelBank bank)
    {
        meter.CreateObservableCounter("edge.audio.heard", () => thread.Heard.TotalSeconds, "s", "Sound that was heard.");
        if (source is ICaptureSource live)
        {
            Add(meter, live);
        }

        meter.CreateObservableGauge("edge.model.cost", () => bank.Runners.Select(one => new Measurement<double>(one.Cost.Share, one.ModelTag)), "1", "Share of one core that a model took over the last ten seconds of sound.");
        meter.CreateObservableGauge("edge.model.state", () => bank.Runners.SelectMany(States), null, "1 for the state that a model is in.");
        meter.CreateObservableGauge(
            "edge.score.drift", () => bank.Runners.Where(one => !double.IsNaN(one.Drift)).Select(one => new Measurement<double>(one.Drift, one.ModelTag)),
            null, "Population stability index of a model's highest scores in the last hour against its first; above 0.25 something has changed.");
    }

    /// <summary>Makes those of the actions; once for each meter.</summary>
    public static void Add(Meter meter, IReadOnlyList<ActionQueue> queues)
    {
        Count("edge.actions.sent", "Events that an action handled.", counters => counters.Sent);
        Count("edge.actions.dropped", "Events that an action lost because its queue was full.", counters => counters.Dropped);
        Count("edge.actions.failed", "Events that an action gave up.", counters => counters.Failed);
        Count("edge.actions.retried", "Tries beyond the first.", counters => counters.Retried);
        meter.CreateObservableGauge("edge.actions.pending", () => queues.Select(queue => Measured(queue, counters => counters.Pending)), "{event}", "Events that wait for an action.");

        void Count(string name, string description, Func<ActionCounters, long> value) =>
            meter.CreateObservableCounter(name, () => queues.Select(queue => Measured(queue, value)), "{event}", description);
    }

    private static void Add(Meter meter, ICaptureSource live)
    {
        meter.CreateObservableCounter("edge.audio.overruns", () => live.Counters.Overruns, "{overrun}", "Times that sound was lost because nobody took it in time.");
        meter.CreateObservableCounter("edge.audio.lost_frames", () => live.Counters.LostFrames + live.Counters.SkippedFrames, "{frame}", "Frames that were lost.");
        meter.CreateObservableCounter("edge.audio.device_losses", () => live.Counters.DeviceLosses, "{loss}", "Times that the device went away.");
        meter.CreateObservableGauge(
            "edge.audio.level", () => live.Level is { Window.Ticks: > 0 } level ? [new Measurement<double>(level.RmsDbfs)] : Array.Empty<Measurement<double>>(), "dB", "Loudness of the last seconds, 0 for full scale.");
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
