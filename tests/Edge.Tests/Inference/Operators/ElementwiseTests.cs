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
        (AddParameters p, JsonObject attributes) = Parameters(rounding);
        sbyte[] input = random.Int8s(21);
        var expected = new sbyte[21];
        AddS8.Reference(input, b, p, expected);
        Assert.Equal(expected, WithConstant("add", b, p.ZeroPoint1, p.OutputZeroPoint, attributes, rounding).Run(set, input));
    }

    [Theory]
    [ClassData(typeof(KernelSets))]
    public void Subtraction_with_either_side_repeated_is_the_kernels_definition(KernelSet set)
    {
        foreach (Rounding rounding in Enum.GetValues<Rounding>())
        {
            var random = new Random(3);
            (AddParameters p, JsonObject attributes) = Parameters(rounding);
            (sbyte[] input, sbyte[] constant) = (random.Int8s(21), random.Int8s(7));
            (sbyte[] difference, sbyte[] reverse) = (new sbyte[21], new sbyte[21]);
            SubtractS8.Reference(input, constant, p, difference);
            Assert.Equal(difference, WithConstant("subtract", constant, p.ZeroPoint1, p.OutputZeroPoint, attributes, rounding).Run(set, input));

            p = p with { ZeroPoint1 = 0, ZeroPoint2 = -128 };
            SubtractS8.Reference(constant, input, p, reverse);
            EdgeFile file = WithConstant("subtract", constant, p.ZeroPoint2, p.OutputZeroPoint, attributes, rounding);
            file.Plan["operators"]![0]!["inputs"] = EdgeFile.Numbers(2, 0);
            Assert.Equal(reverse, file.Run(set, input));
        }
    }

    [Theory]
    [InlineData("operators/0/inputs", "[0,0]", null)]
    [InlineData("tensors/1/shape", "[1,7,3]", "has 'y' of shape [1, 7, 3]; expected [1, 3, 7]")]
    [InlineData("tensors/0/shape", "[1,7,3]", "has inputs of shapes [1, 7, 3] and [7]; one must be the end of the other")]
    [InlineData("tensors/0/zeroPoint", "128", "has 'a' with zero point 128; expected -128 to 127")]
    [InlineData("operators/0/multiplier2", "7", "has multiplier 7 and shift -3 for multiplier2")]
    [InlineData("operators/0/inputs", "[0]", "has 1 inputs and 1 outputs; expected 2 and 1")]
    public void Subtractions_are_checked(string path, string json, string? message)
    {
        EdgeFile file = WithConstant("subtract", new sbyte[7], 0, 0, Parameters(Rounding.Twice).Attributes);
        PlanReaderTests.Put(file.Plan, path, json);
        if (message is null)
        {
            file.Load();
            return;
        }

        Assert.Contains(file.Faults(), f => f.Contains(message, StringComparison.Ordinal));
    }

    private static (AddParameters Parameters, JsonObject Attributes) Parameters(Rounding rounding)
    {
        var p = new AddParameters(
            -128, new Rescale(1 << 30, 0, rounding), 0, new Rescale(1_700_000_000, -3, rounding), new Rescale(1_200_000_000, -18, rounding), 5, -100, 100);
        return (p, new JsonObject
        {
            ["multiplier1"] = p.Scale1.Multiplier, ["multiplier1Shift"] = p.Scale1.Shift, ["multiplier2"] = p.Scale2.Multiplier, ["multiplier2Shift"] = p.Scale2.Shift,
            ["outputMultiplier"] = p.OutputScale.Multiplier, ["outputMultiplierShift"] = p.OutputScale.Shift, ["activationMin"] = -100, ["activationMax"] = 100,
        });
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
