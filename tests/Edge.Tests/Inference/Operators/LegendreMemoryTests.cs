using Edge.Inference;
using Edge.Inference.Kernels;
using Edge.Numerics;
using Edge.Tests.Kernels;

namespace Edge.Tests.Inference.Operators;

public class LegendreMemoryTests
{
    private const int Order = 5, ZeroPoint = -100;

    private static readonly short[] Matrix = [.. new Random(1).Int32s(Order * Order, 12_000).Select(a => (short)a)];
    private static readonly short[] Vector = [3, -20_000, 32_767, 1, -1];
    private static readonly int[] Shifts = [15, 14, 13, 12, 0, 3, -2, 0, 15, -15];

    [Theory]
    [ClassData(typeof(KernelSets))]
    public void Steps_are_the_kernels_definition(KernelSet set)
    {
        Session session = Network(1).Load(set).CreateSession();
        (short[] state, sbyte[] expected) = (new short[Order], new sbyte[Order]);
        for (int step = 0; step < 20; step++)
        {
            session.Input[0] = (sbyte)(step * 37);
            session.Step();
            LegendreMemoryS16.Reference((sbyte)(step * 37) - ZeroPoint, new LegendreMemoryParameters(Matrix, Shifts[..Order], Vector, Shifts[Order..]), state, new int[Order]);
            RequantizeS8(state, expected);
            Assert.Equal(expected, session.Output.ToArray());
        }
    }

    [Fact]
    public void A_step_of_several_frames_is_as_many_steps_of_one()
    {
        sbyte[] input = new Random(3).Int8s(6);
        Assert.Equal(Run(Network(1), input), Run(Network(3), input));
    }

    [Fact]
    public void A_memory_in_the_arena_forgets_from_run_to_run()
    {
        sbyte[] input = [50, 60, 70, 50, 60, 70];
        sbyte[] output = Run(Network(3, memory: "arena"), input);
        Assert.Equal(output[..(3 * Order)], output[(3 * Order)..]);
        Assert.Equal(Run(Network(3), input)[..(3 * Order)], output[..(3 * Order)]);
    }

    [Fact]
    public void Frames_that_are_not_of_the_sound_leave_it_as_it_is()
    {
        sbyte[] sound = [50, 60, 70, -80];
        sbyte[] expected = Run(Network(1), sound);
        Session session = Network(1, delay: 2).Load().CreateSession();
        var output = new List<sbyte>();
        foreach (sbyte value in (sbyte[])[99, 98, .. sound, 97, 96])
        {
            if (value == 97)
            {
                session.End();
                // Two frames of the sound are still to come where the memory stands two frames behind.
            }

            session.Input[0] = value;
            session.Step();
            output.AddRange(session.Output);
        }

        sbyte[] zeros = Run(Network(1), [ZeroPoint]);
        Assert.Equal([.. zeros, .. zeros], output[..(2 * Order)]);
        Assert.Equal(expected, output[(2 * Order)..(6 * Order)]);
    }

    [Theory]
    [InlineData("operators/0/outputs", "[1]", "has 4 inputs and 1 outputs; expected 4 and 2")]
    [InlineData("tensors/2/type", "\"int8\"", "has the state 'memory' of type int8; expected int16")]
    [InlineData("tensors/2/shape", "[4]", "has 'memory' of shape [4]; expected [5]")]
    [InlineData("tensors/2/zeroPoint", "1", "has the state 'memory' with zero point 1; expected 0")]
    [InlineData("tensors/2/scale", "0.3", "has 'm' and 'memory' of different scales")]
    [InlineData("tensors/1/type", "\"int8\"", "has the state 'm' of type int8; expected int16")]
    [InlineData("tensors/0/shape", "[1,1,1,2]", "has the input 'u' of shape [1, 1, 1, 2]; expected one value a frame")]
    [InlineData("tensors/0/shape", "[1]", "has an input or output of fewer than two dimensions")]
    [InlineData("operators/0/inputs/1", "4", "has 'B' of shape [5]; expected [5, 5]")]
    [InlineData("operators/0/inputs/2", "3", "has 'A' of shape [5, 5]; expected [5]")]
    [InlineData("operators/0/inputs/3", "4", "has 'B' of type int16; expected int32")]
    [InlineData("operators/0/delay", "0", "has 4 inputs and 2 outputs; expected 4 and 3")]
    public void Everything_about_it_is_checked(string path, string json, string message)
    {
        EdgeFile file = Network(1);
        PlanReaderTests.Put(file.Plan, path, json);
        IReadOnlyList<string> faults = file.Faults();
        Assert.True(faults.Any(f => f.Contains(message, StringComparison.Ordinal)), $"No fault says '{message}': {string.Join("\n", faults)}");
    }

    [Fact]
    public void A_row_that_could_leave_32_bits_is_a_fault()
    {
        short[] matrix = [.. Matrix];
        matrix.AsSpan(2 * Order, Order).Fill(14_000);
        string fault = Assert.Single(Network(1, matrix: matrix).Faults());
        Assert.Contains("may sum up to 2301206301 in row 2; 32 bits hold 2147483647. Give the row fewer fraction bits", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Shifts_beyond_their_range_are_a_fault()
    {
        Assert.Contains("has fraction bits 16 and input shift 3 in row 0; expected 0 to 15, and -15 to 15", Assert.Single(Network(1, shifts: [16, .. Shifts[1..]]).Faults()), StringComparison.Ordinal);
    }

    [Fact]
    public void Its_cost_is_counted_by_frame() => Assert.Equal(3 * Order * (Order + 1), Network(3).Load().MultiplyAccumulates);

    /// <summary>u, the memory, and its int16 output divided by 256 to int8.</summary>
    private static EdgeFile Network(int frames, string memory = "state", int? delay = null, short[]? matrix = null, int[]? shifts = null)
    {
        var file = new EdgeFile { Rounding = Rounding.Once };
        int u = file.Arena("u", [1, frames, 1, 1], ZeroPoint);
        int m = file.Arena("m", [1, frames, 1, Order], type: "int16");
        int state = file.Arena("memory", [Order], at: memory, type: "int16");
        int[] inputs = [u, file.Int16s("A", [Order, Order], matrix ?? Matrix), file.Int16s("B", [Order], Vector), file.Int32s("shifts", [2, Order], shifts ?? Shifts)];
        file.Operator("legendre-memory", inputs, delay is null ? [m, state] : [m, state, file.Clock("clock")], delay is { } d ? new() { ["delay"] = d } : null);
        int y = file.Arena("y", [1, frames, 1, Order]);
        return file.Operator("requantize", [m], y, new() { ["multiplier"] = 1 << 30, ["multiplierShift"] = -7 }).Ends(u, y);
    }

    private static sbyte[] Run(EdgeFile file, sbyte[] input)
    {
        Session session = file.Load().CreateSession();
        var output = new List<sbyte>();
        for (int i = 0; i < input.Length; i += session.Input.Length)
        {
            input.AsSpan(i, session.Input.Length).CopyTo(session.Input);
            session.Step();
            output.AddRange(session.Output);
        }

        return [.. output];
    }

    private static void RequantizeS8(short[] state, sbyte[] output)
    {
        for (int i = 0; i < state.Length; i++)
        {
            output[i] = FixedPoint.SaturateToInt8((state[i] + 128) >> 8);
        }
    }
}
