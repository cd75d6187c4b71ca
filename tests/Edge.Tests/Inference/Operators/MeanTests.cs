using Edge.Inference.Kernels;
using Edge.Numerics;
using Edge.Tests.Kernels;

namespace Edge.Tests.Inference.Operators;

public class MeanTests
{
    [Theory]
    [ClassData(typeof(KernelSets))]
    public void Result_is_the_kernels_definition(KernelSet set)
    {
        var factor = new Rescale(1 << 30, 2);
        Check(set, Rounding.Once, "3", MeanScale.Nearest(factor with { Rounding = Rounding.Once }, 15));
        Check(set, Rounding.Once, "2", MeanScale.Nearest(factor with { Rounding = Rounding.Once }, 15));
        Check(set, Rounding.Twice, "3", MeanScale.RoundedDown(factor, 15));
        Check(set, Rounding.Twice, "2", MeanScale.DividedLast(factor, 15)); // what a version says about a file never changes
    }

    private static void Check(KernelSet set, Rounding rounding, string version, MeanScale scale)
    {
        var file = new EdgeFile { Rounding = rounding };
        file.Metadata["version"] = version;
        int x = file.Arena("x", [1, 5, 3, 9], -128);
        int y = file.Arena("y", [1, 9], 17, 0.05);
        file.Operator("mean", [x], y, new() { ["multiplier"] = 1 << 30, ["multiplierShift"] = 2 }).Ends(x, y);
        sbyte[] input = new Random(1).Int8s(5 * 3 * 9);
        var expected = new sbyte[9];
        MeanS8.Reference(input, -128, scale, 17, expected);
        Assert.Equal(expected, file.Run(set, input));
    }
}
