using Edge.Hosting.Actions;

namespace Edge.Hosting.Tests.Actions;

public sealed class LedActionTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly ManualClock clock = new();
    private readonly string led;

    public LedActionTests()
    {
        led = folder.PathTo("ACT");
        Directory.CreateDirectory(led);
        Write("brightness", "7");
        Write("max_brightness", "31");
        Write("trigger", "none [mmc0] timer");
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task An_event_lights_the_lamp_fully_for_its_time()
    {
        await using var action = new LedAction(led, TimeSpan.FromMilliseconds(500), clock);
        Assert.Equal(("none", "0"), (Read("trigger"), Read("brightness")));
        await action.HandleAsync(Some.Event(), TestContext.Current.CancellationToken);
        Assert.Equal("31", Read("brightness"));
        clock.Pass(500);
        Assert.Equal("0", Read("brightness"));
    }

    [Fact]
    public async Task The_lamp_gets_its_trigger_and_brightness_back()
    {
        var action = new LedAction(led, TimeSpan.FromMilliseconds(500), clock);
        await action.HandleAsync(Some.Event(), TestContext.Current.CancellationToken);
        await action.DisposeAsync();
        Assert.Equal(("mmc0", "7"), (Read("trigger"), Read("brightness")));
    }

    [Fact]
    public async Task A_lamp_that_is_unplugged_fails_its_events_and_works_once_it_is_back()
    {
        Directory.Move(led, led + ".gone");
        await using var action = new LedAction(led, TimeSpan.FromMilliseconds(500), clock);
        IOException gone = await Assert.ThrowsAsync<IOException>(() => action.HandleAsync(Some.Event(), TestContext.Current.CancellationToken).AsTask());
        Assert.Contains("was the lamp unplugged?", gone.Message);
        Directory.Move(led + ".gone", led);
        await action.HandleAsync(Some.Event(), TestContext.Current.CancellationToken);
        Assert.Equal("31", Read("brightness"));
    }

    [Fact]
    public async Task A_lamp_that_was_taken_halfway_gets_its_trigger_back()
    {
        File.Move(Path.Combine(led, "brightness"), Path.Combine(led, "away"));
        Directory.CreateDirectory(Path.Combine(led, "brightness")); // nothing can be written there
        var action = new LedAction(led, TimeSpan.FromMilliseconds(500), clock);
        Assert.Equal("none", Read("trigger"));
        Write("trigger", "[none] mmc0 timer"); // as the system shows it now
        Directory.Delete(Path.Combine(led, "brightness"));
        File.Move(Path.Combine(led, "away"), Path.Combine(led, "brightness"));
        await action.HandleAsync(Some.Event(), TestContext.Current.CancellationToken);
        await action.DisposeAsync();
        Assert.Equal(("mmc0", "7"), (Read("trigger"), Read("brightness")));
    }

    [Fact]
    public void An_absent_lamp_is_a_fault_that_lists_those_there_are()
    {
        Directory.CreateDirectory(folder.PathTo("PWR"));
        Assert.Equal([$"x: Led is 'LED0', which is not in {folder.Path}; expected one of ACT, PWR."], Faults("LED0"));
        Assert.Equal(["x: Led is missing; expected one of ACT, PWR."], Faults(null));
        Assert.Empty(Faults("ACT"));
    }

    [Fact]
    public void A_lamp_that_may_not_be_written_is_told_with_the_way_out() =>
        Assert.Contains("udev rule", LedAction.Explain(new UnauthorizedAccessException(), "/sys/class/leds/ACT/brightness"));

    private string[] Faults(string? name)
    {
        var faults = new List<string>();
        new ActionFactory().Check(new ActionOptions { Kind = "led", Led = name, LedFolder = folder.Path }, "x", faults);
        return [.. faults];
    }

    private string Read(string file) => File.ReadAllText(Path.Combine(led, file)).Trim();

    private void Write(string file, string value) => File.WriteAllText(Path.Combine(led, file), value + "\n");
}
