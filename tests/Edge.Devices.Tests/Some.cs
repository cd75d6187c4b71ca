using Edge.Detection;
using Edge.Hosting.Actions;

namespace Edge.Devices.Tests;

/// <summary>An event to test with.</summary>
internal static class Some
{
    public static DeviceEvent Event(string label = "alexa", float score = 0.876f) => new(
        new AudioEvent(label, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), score, "wake-words"),
        new DateTimeOffset(2026, 1, 31, 8, 15, 0, TimeSpan.Zero), "microphone", 1);
}
