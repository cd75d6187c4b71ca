using Edge.Audio;

namespace Edge.Tests.Audio;

public class CaptureClockTests
{
    private const int RateHz = 16_000;
    private const int PeriodFrames = 320;
    private const long Second = 1_000_000_000;
    private const long StartNs = 77 * Second;

    [Theory]
    [InlineData(0)]
    [InlineData(120)]
    [InlineData(-300)]
    public void Drift_is_measured_through_delays(int ppm)
    {
        var clock = new CaptureClock(RateHz);
        long lost = Run(clock, frames: 0, periods: 60 * 50, StartNs, ppm, worstDelayNs: 15_000_000);
        Assert.Equal(0, lost);
        Assert.InRange(clock.DriftPpm!.Value, ppm - 25, ppm + 25);
    }

    [Fact]
    public void Drift_is_not_told_before_it_can_be_nor_of_what_is_no_live_sound()
    {
        var clock = new CaptureClock(RateHz);
        Run(clock, 0, 9 * 50, StartNs);
        Assert.Null(clock.DriftPpm);
        var unpaced = new CaptureClock(RateHz);
        Run(unpaced, 0, 60 * 50, StartNs, ppm: 1_000_000);
        Assert.Null(unpaced.DriftPpm);
    }

    [Fact]
    public void A_gap_is_as_long_as_the_clock_says_and_time_goes_on_behind_it()
    {
        var clock = new CaptureClock(RateHz);
        Run(clock, 0, 500, StartNs);
        long frames = 500 * PeriodFrames;
        long gapNs = 2_500_000_000;
        clock.Break();
        long lost = clock.Observe(frames + PeriodFrames, StartNs + (10 * Second) + gapNs + (Second / 50));
        Assert.Equal(40_000, lost);
        Assert.Equal(StartNs + (10 * Second) + gapNs, clock.TimeOf(frames + lost));
        Assert.Equal(0, Run(clock, frames + lost + PeriodFrames, 500, StartNs));
    }

    [Fact]
    public void What_was_not_lost_is_not_filled()
    {
        var clock = new CaptureClock(RateHz);
        Run(clock, 0, 500, StartNs);
        clock.Break();
        Assert.Equal(0, clock.Observe(501 * PeriodFrames, StartNs + (10 * Second)));
    }

    [Fact]
    public void Frames_that_are_missing_without_a_word_are_noticed_within_seconds()
    {
        var clock = new CaptureClock(RateHz);
        Run(clock, 0, 500, StartNs);
        // From now on everything is half a second late: 8,000 frames never came.
        Assert.Equal(8_000, Run(clock, 500 * PeriodFrames, 200, StartNs + (Second / 2)));
        var jitter = new CaptureClock(RateHz);
        Assert.Equal(0, Run(jitter, 0, 3_000, StartNs, worstDelayNs: 400_000_000));
    }

    /// <summary>Lets periods come; a lost frame is counted as the capturing thread does.</summary>
    private static long Run(CaptureClock clock, long frames, int periods, long startNs, int ppm = 0, long worstDelayNs = 0)
    {
        var random = new Random(3);
        if (frames == 0)
        {
            clock.Start(startNs);
        }

        long lost = 0;
        for (int i = 0; i < periods; i++)
        {
            frames += PeriodFrames;
            long dueNs = startNs + (long)(frames * 1e9 / (RateHz * (1 + (ppm / 1e6))));
            lost += clock.Observe(frames + lost, dueNs + (worstDelayNs == 0 ? 0 : random.NextInt64(worstDelayNs)));
        }

        return lost;
    }
}
