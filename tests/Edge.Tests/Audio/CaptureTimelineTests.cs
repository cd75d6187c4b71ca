using Edge.Audio;

namespace Edge.Tests.Audio;

public class CaptureTimelineTests
{
    private const int RateHz = 16_000;
    private const int PeriodFrames = 320;
    private const long Second = 1_000_000_000;

    [Fact]
    public void A_gap_of_seconds_becomes_zeros()
    {
        CaptureTimeline timeline = Begin(seconds: 5);
        timeline.Break();
        Assert.Equal(9 * RateHz, timeline.Observe(PeriodFrames, (14 * Second) + (Second / 50)));
        Assert.Equal((9 * RateHz, 0), (timeline.LostFrames, timeline.SkippedFrames));
        Assert.Equal(14 * Second, timeline.TimeOf(14 * RateHz));
    }

    [Fact]
    public void Of_a_longer_gap_ten_seconds_become_zeros_and_the_rest_is_skipped()
    {
        const int GapSeconds = 3_600;
        CaptureTimeline timeline = Begin(seconds: 5);
        timeline.Break();
        Assert.Equal(10 * RateHz, timeline.Observe(PeriodFrames, ((5 + GapSeconds) * Second) + (Second / 50)));
        Assert.Equal((10 * RateHz, (GapSeconds - 10) * RateHz), (timeline.LostFrames, timeline.SkippedFrames));
        // The zeros stand where the sound ended, and what comes behind them is of an hour later.
        Assert.Equal([0, 0, (GapSeconds - 10) * RateHz], ((int[])[5, 14, 15]).Select(second => timeline.SkippedBefore(second * RateHz)));
        Assert.Equal([4 * Second, 14 * Second, (5 + GapSeconds) * Second], ((int[])[4, 14, 15]).Select(second => timeline.TimeOf(second * RateHz)));
    }

    [Fact]
    public void Keeping_time_allocates_nothing()
    {
        CaptureTimeline timeline = Begin(seconds: 1);
        long timeNs = Second;
        Assert.Equal(0, Sources.AllocatedBy(() =>
        {
            for (int i = 0; i < 1_000; i++)
            {
                timeline.Observe(PeriodFrames, timeNs += Second / 50);
                timeline.Deliver(PeriodFrames);
            }
        }));
    }

    private static CaptureTimeline Begin(int seconds)
    {
        var timeline = new CaptureTimeline(RateHz);
        timeline.Start(0);
        for (long i = 1; i <= seconds * 50; i++)
        {
            Assert.Equal(0, timeline.Observe(PeriodFrames, i * Second / 50));
            timeline.Deliver(PeriodFrames);
        }

        return timeline;
    }
}
