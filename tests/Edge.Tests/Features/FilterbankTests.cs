using Edge.Features;
using Edge.Features.Design;
using Edge.Numerics;

namespace Edge.Tests.Features;

public class FilterbankTests
{
    [Fact]
    public void Triangles_are_those_of_the_C_library()
    {
        MicroFilterbankDesign.Create(new MicroOptions(), 512, out int firstBin, out int[] widths, out short[] weightsQ12);
        Assert.Equal(5, firstBin);
        Assert.Equal(
            [1, 2, 1, 2, 2, 2, 2, 2, 3, 2, 3, 3, 3, 3, 3, 4, 4, 3, 5, 4, 5, 5, 5, 5, 6, 6, 7, 7, 7, 8, 8, 9, 9, 9, 11, 10, 12, 12, 13, 13, 15],
            widths);
        Assert.Equal([1377, 2719, 2852, 1244, 321, 3775, 1971, 2125], weightsQ12[..8]);
    }

    [Fact]
    public void Gain_curve_is_that_of_the_C_library()
    {
        short[] table = MicroDesign.PcanGains(new MicroOptions(), 7);
        Assert.Equal([32636, 32633], table[..2]);
        Assert.Equal([32443, -190, 0], Octave(7));
        Assert.Equal([31158, -1409, 62], Octave(10));
        Assert.Equal([18672, -7458, 1952], Octave(14));
        Assert.Equal([762, -596, 232], Octave(20));
        Assert.Equal([0, 0, 0], Octave(32));

        short[] Octave(int n) => table[(3 * n - 4)..(3 * n - 1)];
    }

    [Fact]
    public void Every_variant_gives_the_magnitudes_of_the_reference()
    {
        short[] spectrum = Signals.Noise(514, 32_767);
        (spectrum[20], spectrum[21]) = (short.MinValue, short.MinValue);
        foreach (int channels in (int[])[1, 32, 40, 128])
        {
            var options = new MicroOptions { Channels = channels };
            var expected = new uint[channels];
            new Filterbank(options, 512, KernelSet.Reference).Apply(spectrum, 2, expected);
            foreach (KernelSet kernels in InstructionSet.Supported)
            {
                var magnitudes = new uint[channels];
                new Filterbank(options, 512, kernels).Apply(spectrum, 2, magnitudes);
                Assert.Equal(expected, magnitudes);
            }
        }
    }
}
