using Edge.Detection;
using Edge.Hosting.Actions;

namespace Edge.Hosting.Tests.Actions;

/// <summary>Events to test with.</summary>
internal static class Some
{
    public static readonly DateTimeOffset Time = new(2026, 1, 31, 8, 15, 0, 250, TimeSpan.Zero);

    public static DeviceEvent Event(long sequence = 1, string label = "alexa", string model = "wake-words", float score = 0.88f, EventPhase phase = EventPhase.Complete) =>
        new(new AudioEvent(label, TimeSpan.FromSeconds(1.234), TimeSpan.FromSeconds(1.81), score, model) { Phase = phase, MeanScore = score }, Time, "microphone", sequence);
}
