using System.Text.Json.Nodes;
using Edge.Inference.Kernels;
using Edge.Numerics;
using Edge.Tests.Kernels;

namespace Edge.Tests.Inference.Operators;

public class ElementwiseTests
{
    [Theory]
    [ClassData(typeof(KernelSets))]
    public void Addition_of_a_repeated_constant_is_the_kernels_definition(KernelSet set) =>
        Assert.All(Enum.GetValues<Rounding>(), rounding => CheckAddition(set, rounding));

    private static void CheckAddition(KernelSet set, Rounding rounding)
    {
        var random = new Random(1);
        sbyte[] b = random.Int8s(7);
        var p = new AddParameters(
            -128, new Rescale(1 << 30, 0, rounding), 0, new Rescale(1_700_000_000, -3, rounding), new Rescale(1_200_000_000, -18, rounding), 5, -100, 100);
        var attributes = new JsonObject
        {
            ["multiplier1"] = p.Scale1.Multiplier, ["multiplier1Shift"] = p.Scale1.Shift, ["multiplier2"] = p.Scale2.Multiplier, ["multiplier2Shift"] = p.Scale2.Shift,
            ["outputMultiplier"] = p.OutputScale.Multiplier, ["outputMultiplierShift"] = p.OutputScale.Shift, ["activationMin"] = -100, ["activationMax"] = 100,
        };
        sbyte[] input = random.Int8s(21);
        var expected = new sbyte[21];
        AddS8.Reference(input, b, p, expected);
        Assert.Equal(expected, WithConstant("add", b, p.ZeroPoint1, p.OutputZeroPoint, attributes, rounding).Run(set, input));
    }

    [Theory]
    [ClassData(typeof(KernelSets))]
    public void Multiplication_by_a_repeated_constant_is_the_kernels_definition(KernelSet set) =>
        Assert.All(Enum.GetValues<Rounding>(), rounding => CheckMultiplication(set, rounding));

    private static void CheckMultiplication(KernelSet set, Rounding rounding)
    {
        var random = new Random(2);
        sbyte[] b = random.Int8s(7);
        var p = new MultiplyParameters(-3, 0, new Rescale(1_100_000_000, -7, rounding), 127, -128, 127);
        sbyte[] input = random.Int8s(21);
        var expected = new sbyte[21];
        MultiplyS8.Reference(input, b, p, expected);
        JsonObject attributes = new() { ["outputMultiplier"] = p.OutputScale.Multiplier, ["outputMultiplierShift"] = p.OutputScale.Shift };
        Assert.Equal(expected, WithConstant("multiply", b, p.ZeroPoint1, p.OutputZeroPoint, attributes, rounding).Run(set, input));
    }

    [Fact]
    public void Shapes_that_do_not_end_alike_are_a_fault()
    {
        EdgeFile file = WithConstant("multiply", new sbyte[3], 0, 0, new() { ["outputMultiplier"] = 1 << 30, ["outputMultiplierShift"] = 0 });
        Assert.Contains(file.Faults(), f => f.Contains("[1, 3, 7] and [3]", StringComparison.Ordinal));
    }

    private static EdgeFile WithConstant(string kind, sbyte[] constant, int zeroPoint, int outputZeroPoint, JsonObject attributes, Rounding rounding = Rounding.Twice)
    {
        var file = new EdgeFile { Rounding = rounding };
        int a = file.Arena("a", [1, 3, 7], zeroPoint);
        int y = file.Arena("y", [1, 3, 7], outputZeroPoint);
        return file.Operator(kind, [a, file.Int8s("b", [constant.Length], constant)], y, attributes).Ends(a, y);
    }
}
