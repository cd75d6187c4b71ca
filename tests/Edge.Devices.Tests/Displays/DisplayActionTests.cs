using Edge.Devices.Displays;
using Edge.Hosting.Actions;

namespace Edge.Devices.Tests.Displays;

public class DisplayActionTests
{
    [Fact]
    public async Task An_event_shows_its_label_time_and_score()
    {
        var display = new FakeDisplay();
        await using var action = new DisplayAction(() => display, "1, 0x27", null, new Utc());
        await action.HandleAsync(Some.Event("a long name for a sound"), TestContext.Current.CancellationToken);
        await action.HandleAsync(Some.Event(), TestContext.Current.CancellationToken);
        Assert.Equal("alexa           ", display.Above);
        Assert.Equal("08:15:00    88 %", display.Below);
        Assert.True(display.IsLit);
    }

    [Theory]
    [InlineData("Tür auf", "T?r auf         ")]
    [InlineData("a\nb\0", "a?b?            ")]
    [InlineData("a long name for a sound", "a long name for ")]
    public void A_label_is_cut_and_filled_to_the_width(string label, string above) => Assert.Equal(above, DisplayAction.Lines(Some.Event(label), TimeZoneInfo.Utc).Above);

    [Fact]
    public async Task Once_stopped_the_display_is_dark_and_empty()
    {
        var display = new FakeDisplay();
        var action = new DisplayAction(() => display, "1, 0x27", null);
        await action.HandleAsync(Some.Event(), TestContext.Current.CancellationToken);
        await action.DisposeAsync();
        Assert.Equal(new string(' ', 16), display.Above);
        Assert.False(display.IsLit);
        Assert.True(display.IsDisposed);
    }

    [Fact]
    public async Task A_display_that_was_unplugged_is_set_up_anew()
    {
        var displays = new Queue<FakeDisplay>([new FakeDisplay { IsGone = true }, new FakeDisplay()]);
        FakeDisplay first = displays.Peek(), second = displays.Last();
        await using var action = new DisplayAction(displays.Dequeue, "1, 0x27", null, new Utc());
        IOException gone = await Assert.ThrowsAsync<IOException>(() => action.HandleAsync(Some.Event(), TestContext.Current.CancellationToken).AsTask());
        Assert.StartsWith("no display answers on bus 1, 0x27: Error 121.", gone.Message);
        Assert.True(first.IsDisposed);
        await action.HandleAsync(Some.Event(), TestContext.Current.CancellationToken);
        Assert.Equal("alexa           ", second.Above);
    }

    [Fact]
    public void An_absent_bus_is_a_fault_that_lists_those_there_are()
    {
        string devices = Directory.CreateTempSubdirectory("edge-devices-").FullName;
        File.WriteAllText(Path.Combine(devices, "i2c-20"), "");
        var faults = new List<string>();
        new DisplayKind(devices).Check(new ActionOptions { Address = 3 }, faults);
        Assert.Contains("Address is 3; expected 8 to 119", faults[0]);
        Assert.Contains("expected one of 20.", faults[1]);
        Directory.Delete(devices, recursive: true);
    }

    private sealed class Utc : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;
    }
}
