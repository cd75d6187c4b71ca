using Edge.Inference.Kernels;
using Edge.Numerics;
using Edge.Tests.Kernels;

namespace Edge.Tests.Inference.Operators;

public class RequantizeTests
{
    [Theory]
    [ClassData(typeof(KernelSets))]
    public void Result_is_the_kernels_definition(KernelSet set) =>
        Assert.All(Enum.GetValues<Rounding>(), rounding => Check(set, rounding));

    private static void Check(KernelSet set, Rounding rounding)
    {
        var file = new EdgeFile { Rounding = rounding };
        int x = file.Arena("x", [1, 2, 11], -7, 0.1);
        int y = file.Arena("y", [1, 2, 11], 90, 0.15);
        file.Operator("requantize", [x], y, new() { ["multiplier"] = 1_431_655_765, ["multiplierShift"] = 0 }).Ends(x, y);
        sbyte[] input = new Random(1).Int8s(22);
        var expected = new sbyte[22];
        RequantizeS8.Reference(input, -7, new Rescale(1_431_655_765, 0, rounding), 90, expected);
        Assert.Equal(expected, file.Run(set, input));
    }
}
