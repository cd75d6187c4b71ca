using Edge.Inference.Kernels;
using Edge.Numerics;
using Edge.Tests.Kernels;

namespace Edge.Tests.Inference.Operators;

public class SoftmaxTests
{
    [Theory]
    [ClassData(typeof(KernelSets))]
    public void Result_is_the_kernels_definition(KernelSet set)
    {
        sbyte[] input = new Random(1).Int8s(3 * 11);
        var expected = new sbyte[input.Length];
        SoftmaxS8.Reference(input, 11, new Rescale(1_500_000_000, 23), expected);
        Assert.Equal(expected, File(11).Run(set, input));
    }

    [Theory]
    [InlineData("scale", 0.25)]
    [InlineData("zeroPoint", 0)]
    public void Another_output_scale_than_the_specifications_is_a_fault(string field, double value)
    {
        EdgeFile file = File(11);
        file.Plan["tensors"]![1]![field] = field == "scale" ? value : (int)value;
        Assert.Contains(file.Faults(), f => f.Contains("1/256", StringComparison.Ordinal));
    }

    [Fact]
    public void Rows_too_wide_for_the_sum_are_a_fault() =>
        Assert.Contains(File(4_096).Faults(), f => f.Contains("rows of 4096; expected 1 to 4095", StringComparison.Ordinal));

    private static EdgeFile File(int width)
    {
        var file = new EdgeFile();
        int x = file.Arena("x", [1, 3, width], 4);
        int y = file.Arena("y", [1, 3, width], -128, 1.0 / 256);
        return file.Operator("softmax", [x], y, new() { ["multiplier"] = 1_500_000_000, ["multiplierShift"] = 23 }).Ends(x, y);
    }
}
