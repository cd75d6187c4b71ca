using Edge.Features;
using Edge.Numerics;

namespace Edge.Tests.Features;

public class WindowTests
{
    [Theory]
    [InlineData(33)]
    [InlineData(40)]
    [InlineData(400)]
    [InlineData(480)]
    [InlineData(2047)]
    public void Every_variant_gives_the_bits_and_the_peak_of_the_reference(int samples)
    {
        short[] lowest = [.. Enumerable.Repeat(short.MinValue, samples)];
        foreach (short[] frame in (short[][])[Signals.Noise(samples, 32_767), Signals.Noise(samples, 1), lowest, new short[samples]])
        {
            var expected = new short[samples];
            int peak = new Window(samples, KernelSet.Reference).Apply(frame, expected);
            foreach (KernelSet kernels in InstructionSet.Supported)
            {
                var weighted = new short[samples];
                Assert.Equal(peak, new Window(samples, kernels).Apply(frame, weighted));
                Assert.Equal(expected, weighted);
            }
        }
    }

    [Fact]
    public void A_weighted_sample_without_magnitude_does_not_count_in_the_peak()
    {
        // In the middle of 480 samples the window is 4096/4096, and -(-32768) is no int16.
        var frame = new short[480];
        frame[240] = short.MinValue;
        frame[100] = 1000;
        int peak = new Window(480, KernelSet.Reference).Apply(frame, new short[480]);
        Assert.InRange(peak, 1, 1000);
    }
}
