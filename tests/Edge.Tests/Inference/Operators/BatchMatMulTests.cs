using Edge.Inference.Kernels;
using Edge.Numerics;
using Edge.Tests.Kernels;

namespace Edge.Tests.Inference.Operators;

public class BatchMatMulTests
{
    [Theory]
    [ClassData(typeof(KernelSets))]
    public void Scores_are_the_kernels_definition(KernelSet set)
    {
        sbyte[] input = new Random(1).Int8s(5 * 2 * 9);
        var expected = new sbyte[5 * 2 * 5];
        BatchMatMulS8.Reference(input, input, new BatchMatMulShape(5, 2, 9, 5, true), new BatchMatMulParameters(4, 4, new Rescale(1_500_000_000, -8), 7), expected);
        Assert.Equal(expected, File([1, 5, 2, 5], transposeB: 1).Run(set, input));
    }

    [Fact]
    public void Shapes_that_do_not_meet_are_a_fault()
    {
        Assert.Contains(File([1, 5, 2, 9], transposeB: 1).Faults(), f => f.Contains("'y' of shape [1, 5, 2, 9]; expected [1, 5, 2, 5]", StringComparison.Ordinal));
        Assert.Contains(File([1, 5, 2, 9], transposeB: 0).Faults(), f => f.Contains("'x' of shape [1, 5, 2, 9]; expected [1, 9, 2, 9]", StringComparison.Ordinal));
    }

    [Fact]
    public void A_depth_whose_sums_could_leave_32_bits_is_a_fault()
    {
        var file = new EdgeFile();
        int x = file.Arena("x", [1, 1, 1, 16_385]);
        int y = file.Arena("y", [1, 1, 1, 1]);
        file.Operator("batch-matmul", [x, x], y, new() { ["transposeB"] = 1, ["multiplier"] = 1 << 30, ["multiplierShift"] = 0 }).Ends(x, y);
        Assert.Contains(file.Faults(), f => f.Contains("adds 16385 products for one output; expected 1 to 16384", StringComparison.Ordinal));
    }

    private static EdgeFile File(int[] outputShape, int transposeB)
    {
        var file = new EdgeFile();
        int x = file.Arena("x", [1, 5, 2, 9], 4);
        int y = file.Arena("y", outputShape, 7);
        return file.Operator("batch-matmul", [x, x], y, new() { ["transposeB"] = transposeB, ["multiplier"] = 1_500_000_000, ["multiplierShift"] = -8 }).Ends(x, y);
    }
}
