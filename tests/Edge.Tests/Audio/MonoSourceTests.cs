using Edge.Audio;

namespace Edge.Tests.Audio;

public class MonoSourceTests
{
    [Fact]
    public void Mono_at_the_wanted_rate_passes_unchanged()
    {
        short[] samples = SyntheticSignal.Generate(1, 20_000);
        using MonoSource source = new(Sources.Pcm(samples, 16000), 16000);
        Assert.Equal(samples, Sources.ReadAll(source, 160));
        Assert.Equal(20_000, source.SamplesRead);
        Assert.Equal(TimeSpan.FromSeconds(1.25), source.TimeOf(source.SamplesRead));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(0)]
    [InlineData(2)]
    public void Channels_are_mixed_or_chosen_and_then_resampled(int? channel)
    {
        short[] frames = SyntheticSignal.Generate(4, 3 * 30_000);
        short[] mono = new short[30_000];
        _ = channel is int c ? ChannelMix.Select(frames, 3, c, mono) : ChannelMix.Mean(frames, 3, mono);
        short[] expected = ResamplerTests.Resample(44100, 16000, mono);
        foreach (int piece in new[] { 1, 333, 100_000 })
        {
            TrickleStream pipe = new(WavBytes.Int16(frames), piece, 5000);
            using MonoSource source = new(new RawPcmSource(pipe, 44100, 3), 16000, channel);
            Assert.Equal(expected, Sources.ReadAll(source, piece));
            Assert.Equal(expected.Length, source.SamplesRead);
        }
    }

    [Theory]
    [InlineData(8000)]
    [InlineData(11025)]
    [InlineData(44100)]
    [InlineData(96000)]
    [InlineData(44101)]
    public void A_click_keeps_its_time(int rateHz)
    {
        short[] samples = new short[rateHz];
        samples[rateHz / 2] = 32000; // at 0.5 s, to within half a sample of an odd rate
        using MonoSource source = new(Sources.Pcm(samples, rateHz), 16000);
        short[] heard = Sources.ReadAll(source);
        Assert.Equal(16000, heard.Length);
        int peak = Array.IndexOf(heard, heard.Max());
        Assert.InRange(source.TimeOf(peak).TotalSeconds, 0.5 - (1.0 / 16000), 0.5 + (1.0 / 16000));
    }

    [Fact]
    public void A_channel_that_is_not_there_is_the_callers_fault()
    {
        using RawPcmSource stereo = Sources.Pcm([1, 2], 16000, 2);
        Assert.Contains("no channel 2; expected 0 to 1", Assert.Throws<ArgumentOutOfRangeException>(() => new MonoSource(stereo, 16000, 2)).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => new MonoSource(stereo, 16000, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new MonoSource(stereo, 7000));
    }

    [Fact]
    public void The_inner_source_is_disposed_with_it()
    {
        MemoryStream stream = new(new byte[8]);
        new MonoSource(new RawPcmSource(stream, 16000), 16000).Dispose();
        Assert.False(stream.CanRead);
    }

    [Theory]
    [InlineData(16000)]
    [InlineData(44100)]
    public void Reading_allocates_nothing(int rateHz)
    {
        using MonoSource source = new(Sources.Pcm(new short[200_000], rateHz, 2), 16000);
        short[] buffer = new short[160];
        Assert.Equal(0, Sources.AllocatedBy(() =>
        {
            for (int i = 0; i < 50; i++)
            {
                Assert.True(source.Read(buffer) > 0);
            }
        }));
    }
}
