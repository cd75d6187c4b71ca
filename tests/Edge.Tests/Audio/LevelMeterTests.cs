using Edge.Audio;

namespace Edge.Tests.Audio;

public class LevelMeterTests
{
    [Fact]
    public void A_sine_has_its_peak_and_three_decibels_less_of_power()
    {
        CaptureLevel level = Measure(1, 2, i => 3_276.8 * Math.Sin(2 * Math.PI * 1_000 * i / 16_000));
        Assert.Equal(-20, level.PeakDbfs, 0.01);
        Assert.Equal(-23.01, level.RmsDbfs, 0.01);
        Assert.Equal((0.0, 0UL, TimeSpan.FromSeconds(2)), (level.ClippedShare, level.DeadChannels, level.Window));
        Assert.Equal(0, level.DcOffset, 1e-4);
    }

    [Fact]
    public void Each_channel_is_measured_and_the_worst_is_told()
    {
        // Channel 0 is dead with an offset, channel 1 clips a quarter of the time, channel 2 is zeros.
        CaptureLevel level = Measure(3, 1, i => (i % 3) switch { 0 => -1_638.4, 1 => i / 3 % 4 == 0 ? 40_000 : -2_000, _ => 0 });
        Assert.Equal((0.25, 0b101UL), (level.ClippedShare, level.DeadChannels));
        Assert.Equal(0, level.PeakDbfs, 0.01);
        Assert.Equal(((0.25 * 32_767) - 1_500) / 32_768, level.DcOffset, 1e-3);
    }

    [Fact]
    public void Silence_is_as_low_as_can_be_told_and_nothing_is_told_before_a_second()
    {
        CaptureLevel level = Measure(1, 1, _ => 0);
        Assert.Equal((-96.3, -120.0, 0.0, 1UL), (level.PeakDbfs, level.RmsDbfs, level.DcOffset, level.DeadChannels));
        var meter = new LevelMeter(16_000, 1);
        meter.Add(new short[15_999]);
        Assert.Equal(default, meter.Level);
    }

    [Fact]
    public void Only_the_last_seconds_count()
    {
        CaptureLevel level = Measure(1, 20, i => i < 15 * 16_000 ? 30_000 : 3_276.8 * (i % 2 == 0 ? 1 : -1));
        Assert.Equal((TimeSpan.FromSeconds(5), -20.0), (level.Window, Math.Round(level.PeakDbfs, 2)));
    }

    [Fact]
    public void Measuring_allocates_nothing()
    {
        var meter = new LevelMeter(16_000, 2);
        var second = new short[32_000];
        Assert.Equal(0, Sources.AllocatedBy(() => meter.Add(second)));
    }

    private static CaptureLevel Measure(int channels, int seconds, Func<int, double> sample)
    {
        var meter = new LevelMeter(16_000, channels);
        short[] samples = [.. Enumerable.Range(0, seconds * 16_000 * channels).Select(i => (short)Math.Clamp(Math.Round(sample(i)), short.MinValue, short.MaxValue))];
        for (int i = 0; i < samples.Length; i += 321 * channels)
        {
            meter.Add(samples.AsSpan(i, Math.Min(321 * channels, samples.Length - i)));
        }

        return meter.Level;
    }
}
