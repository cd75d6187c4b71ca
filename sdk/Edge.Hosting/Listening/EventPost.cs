using Edge.Audio;
using Edge.Detection;
using Edge.Hosting.Actions;
using Edge.Hosting.Metrics;

namespace Edge.Hosting.Listening;

/// <summary>Gives what models hear its time by the clock on the wall and hands it to every action's queue; waits for none.</summary>
/// <param name="source">Where the sound comes from; a live one says the time itself.</param>
/// <param name="queues">One for each action.</param>
/// <param name="metrics">Counts.</param>
/// <param name="clock">The wall clock, for sources that know none.</param>
internal sealed class EventPost(IAudioSource source, IReadOnlyList<ActionQueue> queues, EdgeMetrics metrics, TimeProvider clock)
{
    private readonly ICaptureSource? live = source as ICaptureSource;
    private DateTimeOffset? began;
    private long sequence;

    /// <summary>The stream's first sound has come.</summary>
    /// <param name="heard">How much of it.</param>
    public void Begin(TimeSpan heard) => began ??= clock.GetUtcNow() - heard;

    /// <summary>Hands over an event.</summary>
    public void Post(ModelRunner runner, in AudioEvent heard)
    {
        DateTimeOffset time = live?.TimeOf(heard.Start) ?? (began ?? clock.GetUtcNow()) + heard.Start;
        AudioEvent shifted = heard with { Start = heard.Start + SkippedBefore(heard.Start), End = heard.End + SkippedBefore(heard.End) };
        var posted = new DeviceEvent(shifted, time, source.Name, ++sequence);
        for (int i = 0; i < queues.Count; i++)
        {
            queues[i].TryPost(posted);
        }

        metrics.Detections.Add(1, runner.ModelTag, new("label", heard.Label));
    }

    private TimeSpan SkippedBefore(TimeSpan time) => live?.SkippedBefore(time) ?? TimeSpan.Zero;
}
