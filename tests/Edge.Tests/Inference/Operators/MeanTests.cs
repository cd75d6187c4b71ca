using Edge.Inference.Kernels;
using Edge.Numerics;
using Edge.Tests.Kernels;

namespace Edge.Tests.Inference.Operators;

public class MeanTests
{
    [Theory]
    [ClassData(typeof(KernelSets))]
    public void Result_is_the_kernels_definition(KernelSet set) =>
        Assert.All(Enum.GetValues<Rounding>(), rounding => Check(set, rounding));

    private static void Check(KernelSet set, Rounding rounding)
    {
        var file = new EdgeFile { Rounding = rounding };
        int x = file.Arena("x", [1, 5, 3, 9], -128);
        int y = file.Arena("y", [1, 9], 17, 0.05);
        file.Operator("mean", [x], y, new() { ["multiplier"] = 1 << 30, ["multiplierShift"] = 2 }).Ends(x, y);
        sbyte[] input = new Random(1).Int8s(5 * 3 * 9);
        var expected = new sbyte[9];
        MeanS8.Reference(input, -128, new Rescale(1 << 30, 2, rounding), 17, expected);
        Assert.Equal(expected, file.Run(set, input));
    }
}
