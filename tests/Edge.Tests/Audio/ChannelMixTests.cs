using Edge.Audio;

namespace Edge.Tests.Audio;

public class ChannelMixTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(64)]
    public void The_mean_is_rounded_to_nearest_with_ties_up(int channels)
    {
        short[] frames = SyntheticSignal.Generate(2, 500 * channels);
        Array.Fill(frames, short.MinValue, 0, channels);
        Array.Fill(frames, short.MaxValue, channels, channels);
        short[] mono = new short[500];
        Assert.Equal(500, ChannelMix.Mean(frames, channels, mono));
        Assert.Equal(frames.Chunk(channels).Select(f => (short)Math.Floor(f.Average(s => (double)s) + 0.5)), mono);
    }

    [Fact]
    public void One_channel_is_taken_as_it_is()
    {
        short[] mono = new short[3];
        Assert.Equal(2, ChannelMix.Select([1, 2, 3, 4, 5, 6], 3, 1, mono));
        Assert.Equal([2, 5, 0], mono);
    }

    [Fact]
    public void Wrong_shapes_are_the_callers_fault()
    {
        short[] mono = new short[2];
        Assert.Throws<ArgumentException>(() => ChannelMix.Mean([1, 2, 3], 2, mono));
        Assert.Throws<ArgumentException>(() => ChannelMix.Mean([1, 2, 3], 1, mono));
        Assert.Throws<ArgumentOutOfRangeException>(() => ChannelMix.Mean([1], 0, mono));
        Assert.Throws<ArgumentOutOfRangeException>(() => ChannelMix.Mean(new short[65], 65, mono));
        Assert.Throws<ArgumentOutOfRangeException>(() => ChannelMix.Select([1, 2], 2, 2, mono));
        Assert.Throws<ArgumentOutOfRangeException>(() => ChannelMix.Select([1, 2], 2, -1, mono));
    }
}
