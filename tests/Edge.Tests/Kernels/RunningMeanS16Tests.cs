using Edge.Inference.Kernels;
using Edge.Numerics;

namespace Edge.Tests.Kernels;

public class RunningMeanS16Tests
{
    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(35)]
    public void Vector128_gives_the_bits_of_the_reference(int channels)
    {
        var random = new Random(channels);
        for (int round = 0; round < 100; round++)
        {
            int[] sums = random.Int32s(channels, 1 << 30);
            var scale = new Rescale(random.Multiplier(), random.Next(-20, 3), Rounding.Once);
            (short[] expected, short[] output) = (new short[channels], new short[channels]);
            RunningMeanS16.Reference(sums, scale, 5, -128, 127, expected);
            RunningMeanS16.RunVector128(sums, scale, 5, -128, 127, output);
            Assert.Equal(expected, output);
        }
    }

    [Fact]
    public void After_each_frame_it_is_the_mean_of_the_frames_so_far()
    {
        var random = new Random(1);
        const int channels = 3, frames = 200;
        var scale = new Rescale(1_500_000_000, 1, Rounding.Once);
        sbyte[] input = random.Int8s(frames * channels);
        (int[] sums, short[] mean, sbyte[] expected) = (new int[channels], new short[channels], new sbyte[channels]);
        for (int frame = 0; frame < frames; frame++)
        {
            RunningMeanS16.Add([.. input.AsSpan(frame * channels, channels).ToArray().Select(x => (short)(x - 7))], sums);
            RunningMeanS16.Reference(sums, scale.Over(frame + 1), -9, -128, 127, mean);
            MeanS8.Reference(input.AsSpan(0, (frame + 1) * channels), 7, MeanScale.Nearest(scale, frame + 1), -9, expected);
            Assert.Equal(expected.Select(m => (short)m), mean);
        }
    }
}
