using Edge.Cli.Diagnosis;

namespace Edge.Tests.Cli.Diagnosis;

public class ClockCheckTests
{
    [Theory]
    [InlineData(2026, true, Verdict.Ok)]
    [InlineData(2026, null, Verdict.Ok)]
    [InlineData(2026, false, Verdict.Warning)]
    [InlineData(1970, false, Verdict.Fault)]
    internal void A_clock_that_no_one_has_set_is_told_of(int year, bool? synchronized, Verdict expected)
    {
        Machine machine = new() { Now = () => new DateTimeOffset(year, 1, 2, 3, 4, 5, TimeSpan.Zero), IsClockSynchronized = () => synchronized };
        Assert.Equal(expected, Assert.Single(ClockCheck.Run(machine)).Verdict);
    }

    [Fact]
    public void The_kernel_is_asked_without_harm() => Assert.NotEmpty(ClockCheck.Run(new Machine()));
}
