using Edge.Hosting.Actions;

namespace Edge.Hosting.Tests.Actions;

public class TimedOutputTests
{
    private readonly ManualClock clock = new();
    private readonly List<bool> levels = [];

    [Fact]
    public void It_is_on_for_its_time()
    {
        using TimedOutput output = Make();
        output.Trigger();
        clock.Pass(499);
        Assert.Equal([true], levels);
        clock.Pass(1);
        Assert.Equal([true, false], levels);
    }

    [Fact]
    public void Being_asked_again_makes_it_longer_without_a_flicker()
    {
        using TimedOutput output = Make();
        output.Trigger();
        clock.Pass(400);
        output.Trigger();
        clock.Pass(400);
        Assert.Equal([true], levels);
        clock.Pass(100);
        Assert.Equal([true, false], levels);
        output.Trigger();
        Assert.Equal([true, false, true], levels);
    }

    [Fact]
    public void Disposing_turns_it_off_at_once()
    {
        TimedOutput output = Make();
        output.Trigger();
        output.Dispose();
        clock.Pass(1000);
        Assert.Equal([true, false], levels);
        Assert.Throws<ObjectDisposedException>(output.Trigger);
    }

    [Fact]
    public void A_device_that_fails_while_it_is_turned_off_does_not_end_the_program()
    {
        using var output = new TimedOutput(isOn => { levels.Add(isOn); Fail(isOn); }, TimeSpan.FromMilliseconds(500), clock);
        output.Trigger();
        clock.Pass(500);
        Assert.Equal([true, false], levels);
        output.Trigger();
        Assert.Equal([true, false, true], levels);

        static void Fail(bool isOn) => _ = isOn ? 0 : throw new InvalidOperationException("the bus is gone");
    }

    private TimedOutput Make() => new(levels.Add, TimeSpan.FromMilliseconds(500), clock);
}
