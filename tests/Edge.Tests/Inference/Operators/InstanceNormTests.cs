using Edge.Inference;
using Edge.Inference.Kernels;
using Edge.Numerics;
using Edge.Tests.Kernels;

namespace Edge.Tests.Inference.Operators;

public class InstanceNormTests
{
    private static readonly int[] Gamma = [1_500_000_000, -1_200_000_000, 0, 3, 4, 0];
    private static readonly int[] Beta = [70_000, -1, 0];

    [Theory]
    [ClassData(typeof(KernelSets))]
    public void Result_is_the_kernels_definition_over_frames_and_columns(KernelSet set)
    {
        sbyte[] input = new Random(1).Int8s(4 * 2 * 3);
        var expected = new short[input.Length];
        InstanceNormS16.Reference(
            [.. input.Select(x => (short)(x - 9))], InstanceNormParameters.Create(8, Gamma[..3], Gamma[3..], Beta, 1 << 30, 10, -4), sbyte.MinValue, sbyte.MaxValue, expected);
        Assert.Equal(expected.Select(y => (sbyte)y), File(Gamma).Run(set, input));
    }

    [Fact]
    public void Samples_of_16_bits_go_in_and_a_scale_of_8_comes_out()
    {
        var file = new EdgeFile { Rounding = Rounding.Once };
        int x = file.Arena("x", [1, 5, 1, 1], type: "int16"), y = file.Arena("y", [1, 5, 1, 1]);
        file.Operator("instance-norm", [x, file.Int32s("gamma", [2, 1], 1 << 30, 7), file.Int32s("beta", [1], 0)], y, new() { ["epsilon"] = 0, ["epsilonShift"] = 0 }).Ends(x, y);
        Session session = file.Load().CreateSession();
        short[] samples = [-30_000, -15_000, 0, 15_000, 30_000];
        samples.CopyTo(session.InputInt16);
        session.Step();

        Assert.Equal(10, session.Input.Length); // bytes
        Assert.Equal([-91, -45, 0, 45, 91], session.Output.ToArray()); // 64·(x/15,000)/√2
    }

    [Fact]
    public void Input_of_8_bits_has_no_values_of_16() => Assert.Throws<InvalidOperationException>(() => File(Gamma).Load().CreateSession().InputInt16.Length);

    [Theory]
    [InlineData("3", "goes in or comes out")] // what read version 3 knows no such input
    public void Input_of_16_bits_needs_version_4(string version, string fault)
    {
        var file = new EdgeFile { Rounding = Rounding.Once };
        file.Metadata["version"] = version;
        int x = file.Arena("x", [1, 2], type: "int16"), y = file.Arena("y", [1, 2]);
        file.Operator("requantize", [x], y, new() { ["multiplier"] = 1 << 30, ["multiplierShift"] = 0 }).Ends(x, y);
        Assert.Contains(file.Faults(), f => f.Contains(fault, StringComparison.Ordinal));
    }

    [Fact]
    public void Output_of_16_bits_is_a_fault()
    {
        var file = new EdgeFile { Rounding = Rounding.Once };
        int x = file.Arena("x", [1, 2]), y = file.Arena("y", [1, 2], type: "int16");
        file.Operator("requantize", [x], y, new() { ["multiplier"] = 1 << 30, ["multiplierShift"] = 0 }).Ends(x, y);
        Assert.Contains(file.Faults(), f => f.Contains("'y' goes in or comes out", StringComparison.Ordinal));
    }

    [Fact]
    public void Numbers_out_of_range_are_faults()
    {
        Assert.Contains(File([1 << 30, 0, 0, 16, 0, 0]).Faults(), f => f.Contains("shift 16 for channel 0 of 'gamma'; expected 0 or 2^30 to 2^31-1 in magnitude, and -31 to 15", StringComparison.Ordinal));
        Assert.Contains(File(Gamma, 32_768).Faults(), f => f.Contains("normalizes 65536 values together; expected 1 to 32767", StringComparison.Ordinal));
        Assert.Contains(File(Gamma, rounding: Rounding.Twice).Faults(), f => f.Contains("expected rounding single", StringComparison.Ordinal));
    }

    private static EdgeFile File(int[] gamma, int frames = 4, Rounding rounding = Rounding.Once)
    {
        var file = new EdgeFile { Rounding = rounding };
        int x = file.Arena("x", [1, frames, 2, 3], 9);
        int y = file.Arena("y", [1, frames, 2, 3], -4);
        int[] inputs = [x, file.Int32s("gamma", [2, 3], gamma), file.Int32s("beta", [3], Beta)];
        return file.Operator("instance-norm", inputs, y, new() { ["epsilon"] = 1 << 30, ["epsilonShift"] = 10 }).Ends(x, y);
    }
}
