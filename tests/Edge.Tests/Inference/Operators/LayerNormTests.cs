using Edge.Inference.Kernels;
using Edge.Numerics;
using Edge.Tests.Kernels;

namespace Edge.Tests.Inference.Operators;

public class LayerNormTests
{
    private static readonly int[] Gamma = [1_500_000_000, -1_200_000_000, 0, 3, 4, 0];
    private static readonly int[] Beta = [70_000, -1, 0];

    [Theory]
    [ClassData(typeof(KernelSets))]
    public void Result_is_the_kernels_definition(KernelSet set)
    {
        sbyte[] input = new Random(1).Int8s(12);
        var expected = new sbyte[12];
        // 9 · 2^30 · 2^(10 − 31 + 16)
        LayerNormS8.Reference(input, new LayerNormParameters(Gamma[..3], Gamma[3..], Beta, 9L << 25, -4), expected);
        Assert.Equal(expected, File(3, Gamma, 10).Run(set, input));
    }

    [Fact]
    public void Gamma_out_of_range_is_a_fault()
    {
        Assert.Contains(File(3, [5, 0, 0, 0, 0, 0], 0).Faults(), f => f.Contains("multiplier 5 and shift 0 for channel 0 of 'gamma'", StringComparison.Ordinal));
        Assert.Contains(File(3, [int.MinValue, 0, 0, 31, 0, 0], 0).Faults(), f => f.Contains("shift 31 for channel 0", StringComparison.Ordinal));
    }

    [Fact]
    public void An_epsilon_that_leaves_64_bits_is_a_fault() =>
        Assert.Contains(File(3, Gamma, 23).Faults(), f => f.Contains("epsilonShift 23; expected -31 to 22", StringComparison.Ordinal));

    [Fact]
    public void Rows_too_wide_for_the_sums_are_a_fault() =>
        Assert.Contains(File(4_096, Gamma, 0).Faults(), f => f.Contains("rows of 4096; expected 1 to 4095", StringComparison.Ordinal));

    private static EdgeFile File(int width, int[] gamma, int epsilonShift)
    {
        var file = new EdgeFile();
        int x = file.Arena("x", [1, 4, width], 9);
        int y = file.Arena("y", [1, 4, width], -4);
        int[] inputs = [x, file.Int32s("gamma", [2, gamma.Length / 2], gamma), file.Int32s("beta", [Beta.Length], Beta)];
        return file.Operator("layer-norm", inputs, y, new() { ["epsilon"] = 1 << 30, ["epsilonShift"] = epsilonShift }).Ends(x, y);
    }
}
