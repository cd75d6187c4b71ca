using Edge.Audio;

namespace Edge.Tests.Audio;

public sealed class CaptureWatchTests : IDisposable
{
    private static readonly CaptureLevel Good = new(TimeSpan.FromSeconds(5), -12, -30, 0, 0, 0);

    private readonly FakeCapture source = new(channels: 2);
    private long nowMs;

    public void Dispose() => source.Dispose();

    [Fact]
    public void A_quiet_microphone_is_told_once_after_it_had_time_to_be_loud()
    {
        CaptureWatch watch = Watch();
        source.Level = Good with { RmsDbfs = -62.4 };
        Assert.Empty(watch.Look());
        nowMs += 10_000;
        Assert.Equal("microphone at -62 dBFS: turn the gain up", Assert.Single(watch.Look()).Text);
        for (int second = 0; second < 600; second++, nowMs += 1_000)
        {
            Assert.Empty(watch.Look());
        }
    }

    [Fact]
    public void A_microphone_that_was_loud_enough_once_may_be_quiet()
    {
        CaptureWatch watch = Watch();
        source.Level = Good;
        Assert.Empty(watch.Look());
        source.Level = Good with { RmsDbfs = -75 };
        nowMs += 60_000;
        Assert.Empty(watch.Look());
    }

    [Theory]
    [InlineData(-1, 0.02, 0, 0ul, "microphone clips, 2 % of samples are at full scale: turn the gain down")]
    [InlineData(-20, 0, -0.043, 0ul, "microphone has a DC offset of -4.3 % of full scale: switch its high-pass filter on, or use another")]
    [InlineData(-20, 0, 0, 0b01ul, "1 of 2 channels give nothing: hear channel 1 alone (--channel 1), for the mean of all is too quiet")]
    [InlineData(-120, 0, 0.5, 0b11ul, "microphone gives nothing but silence: it is muted, or this is another input; `alsamixer` shows its switches, `edge devices` other devices")]
    public void Each_fault_of_the_level_is_told_with_what_to_do(double rmsDbfs, double clipped, double offset, ulong dead, string expected)
    {
        CaptureWatch watch = Watch();
        source.Level = new CaptureLevel(TimeSpan.FromSeconds(5), -1, rmsDbfs, offset, clipped, dead);
        Assert.Equal(expected, Assert.Single(watch.Look()).Text);
    }

    [Fact]
    public void What_comes_and_goes_is_told_again_after_a_minute_without_it()
    {
        CaptureWatch watch = Watch();
        CaptureLevel clipping = Good with { ClippedShare = 0.5 };
        source.Level = clipping;
        Assert.Single(watch.Look());
        (source.Level, nowMs) = (Good, nowMs + 30_000);
        Assert.Empty(watch.Look());
        source.Level = clipping;
        Assert.Empty(watch.Look());
        nowMs += 60_000;
        Assert.Single(watch.Look());
    }

    [Fact]
    public void A_device_that_goes_and_comes_back_is_told()
    {
        CaptureWatch watch = Watch();
        (source.State, source.Trouble) = (CaptureState.WaitingForDevice, "hw:1: No such device.");
        Assert.Equal("hw:1: No such device. Waiting for it.", Assert.Single(watch.Look()).Text);
        Assert.Empty(watch.Look());
        source.State = CaptureState.Capturing;
        Assert.Equal("fake is back", Assert.Single(watch.Look()).Text);
    }

    [Fact]
    public void Overruns_and_a_clock_that_is_far_off_are_told()
    {
        CaptureWatch watch = Watch();
        source.Counters = new CaptureCounters(2, 0, 0, 8_000, 0);
        Assert.StartsWith("2 overrun(s), 500 ms lost", Assert.Single(watch.Look()).Text);
        source.DriftPpm = -2_000;
        Assert.StartsWith("the device's clock is 2000 ppm slow: 15968 frames a second in place of 16000", Assert.Single(watch.Look()).Text);
        source.DriftPpm = 90;
        nowMs += 120_000;
        Assert.Empty(watch.Look());
    }

    [Fact]
    public void Looking_allocates_nothing_without_news()
    {
        CaptureWatch watch = Watch();
        source.Level = Good;
        Assert.Equal(0, Sources.AllocatedBy(() => watch.Look()));
    }

    private CaptureWatch Watch() => new(source, () => nowMs);
}
