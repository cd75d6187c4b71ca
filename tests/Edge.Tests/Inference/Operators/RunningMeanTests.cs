using Edge.Inference;
using Edge.Inference.Kernels;
using Edge.Inference.Operators;
using Edge.Numerics;
using Edge.Tests.Kernels;

namespace Edge.Tests.Inference.Operators;

public class RunningMeanTests
{
    private const int Channels = 9, ZeroPoint = 12, OutputZeroPoint = -3;

    [Theory]
    [ClassData(typeof(KernelSets))]
    public void After_each_step_it_is_the_mean_operator_over_all_frames_so_far(KernelSet set)
    {
        foreach (string type in (string[])["int8", "int16"])
        {
            Session session = Network(1, output: type).Load(set).CreateSession();
            sbyte[] input = new Random(1).Int8s(40 * Channels);
            for (int step = 0; step < 40; step++)
            {
                input.AsSpan(step * Channels, Channels).CopyTo(session.Input);
                session.Step();
                var file = new EdgeFile { Rounding = Rounding.Once };
                int x = file.Arena("x", [1, step + 1, 1, Channels], ZeroPoint);
                int y = file.Arena("y", [1, 1, 1, Channels], OutputZeroPoint);
                file.Operator("mean", [x], y, new() { ["multiplier"] = 1_600_000_000, ["multiplierShift"] = 0 }).Ends(x, y);
                Assert.Equal(file.Run(KernelSet.Reference, input[..((step + 1) * Channels)]), session.Output.ToArray());
            }
        }
    }

    [Fact]
    public void Frames_beside_the_sound_do_not_count()
    {
        sbyte[] sound = new Random(4).Int8s(4 * Channels);
        sbyte[] expected = Run(Network(2), sound, null);
        sbyte[] loud = new Random(5).Int8s(2 * Channels, Pattern.AllMax);
        sbyte[] late = Run(Network(2, delay: 1), [.. loud[..Channels], .. sound, .. loud[Channels..]], endBefore: 2);
        Assert.All(late[..Channels], mean => Assert.Equal(OutputZeroPoint, mean));
        Assert.Equal(expected, late[Channels..(5 * Channels)]);
        Assert.Equal(expected[^Channels..], late[(5 * Channels)..]); // nothing new
    }

    [Fact]
    public void Where_32_bits_are_full_the_frames_so_far_count_half()
    {
        // A million hours of frames: the count begins at its limit, and the sums at what they would be.
        EdgeFile file = Network(1);
        int sums = file.Int32s("sums.initial", [1, Channels], [.. Enumerable.Repeat(-100 * RunningMean.MostFrames8, Channels)]);
        int count = file.Int32s("count.initial", [1], RunningMean.MostFrames8);
        (file.Plan["tensors"]![2]!["initial"], file.Plan["tensors"]![3]!["initial"]) = (sums, count);
        Session session = file.Load().CreateSession();
        session.Input.Fill(127);
        session.Step();
        var scale = new Rescale(1_600_000_000, 0, Rounding.Once);
        int half = RunningMean.MostFrames8 / 2;
        int expected = scale.Over(half + 1).Apply(-100 * half + 127 - ZeroPoint) + OutputZeroPoint;
        Assert.All(session.Output.ToArray(), mean => Assert.Equal(expected, mean));
    }

    [Fact]
    public void Sums_in_the_arena_begin_anew_at_every_run()
    {
        sbyte[] input = new Random(6).Int8s(2 * Channels);
        sbyte[] output = Run(Network(2, memory: "arena"), [.. input, .. input], null);
        Assert.Equal(output[..input.Length], output[input.Length..]);
    }

    [Theory]
    [InlineData("operators/0/outputs", "[1,2]", "has 1 inputs and 2 outputs; expected 1 and 3")]
    [InlineData("tensors/1/shape", "[1,1,9]", "has 'y' of shape [1, 1, 9]; expected [1, 1, 1, 9]")]
    [InlineData("tensors/2/type", "\"int16\"", "has the state 'sums' of type int16; expected int32")]
    [InlineData("tensors/2/zeroPoint", "4", "has sums or a count with a zero point other than 0")]
    [InlineData("tensors/3/shape", "[2]", "has 'count' of shape [2]; expected [1]")]
    [InlineData("tensors/3/at", "\"arena\"", "has one of 'sums' and 'count' at state; expected both")]
    [InlineData("rounding", "\"double\"", "stands in a plan of double rounding; expected rounding single")]
    [InlineData("operators/0/multiplier", "1", "has multiplier 1 and shift 0 for multiplier")]
    public void Everything_about_it_is_checked(string path, string json, string message)
    {
        EdgeFile file = Network(1, output: "int8");
        PlanReaderTests.Put(file.Plan, path, json);
        IReadOnlyList<string> faults = file.Faults();
        Assert.True(faults.Any(f => f.Contains(message, StringComparison.Ordinal)), $"No fault says '{message}': {string.Join("\n", faults)}");
    }

    /// <summary>The mean, and for an output of int16 what brings it to int8 unchanged.</summary>
    private static EdgeFile Network(int frames, string memory = "state", int? delay = null, string output = "int8")
    {
        var file = new EdgeFile { Rounding = Rounding.Once };
        int x = file.Arena("x", [1, frames, 1, Channels], ZeroPoint);
        int y = file.Arena("y", [1, frames, 1, Channels], output == "int8" ? OutputZeroPoint : 0, type: output);
        int[] states = [file.Arena("sums", [1, Channels], scale: 0, at: memory, type: "int32"), file.Arena("count", [1], scale: 0, at: memory, type: "int32")];
        System.Text.Json.Nodes.JsonObject attributes = new() { ["multiplier"] = 1_600_000_000, ["multiplierShift"] = 0 };
        if (delay is { } d)
        {
            attributes["delay"] = d;
        }

        file.Operator("running-mean", [x], delay is null ? [y, .. states] : [y, .. states, file.Clock("clock")], attributes);
        if (output == "int8")
        {
            return file.Ends(x, y);
        }

        int narrow = file.Arena("narrow", [1, frames, 1, Channels], OutputZeroPoint);
        return file.Operator("requantize", [y], narrow, new() { ["multiplier"] = 1 << 30, ["multiplierShift"] = 1 }).Ends(x, narrow);
    }

    private static sbyte[] Run(EdgeFile file, sbyte[] input, int? endBefore)
    {
        Session session = file.Load().CreateSession();
        var output = new List<sbyte>();
        for (int step = 0; step * session.Input.Length < input.Length; step++)
        {
            if (step == endBefore)
            {
                session.End();
            }

            input.AsSpan(step * session.Input.Length, session.Input.Length).CopyTo(session.Input);
            session.Step();
            output.AddRange(session.Output);
        }

        return [.. output];
    }
}
