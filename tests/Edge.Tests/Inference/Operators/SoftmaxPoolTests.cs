using System.Text.Json.Nodes;
using Edge.Inference;
using Edge.Inference.Kernels;
using Edge.Numerics;
using Edge.Tests.Kernels;

namespace Edge.Tests.Inference.Operators;

public class SoftmaxPoolTests
{
    private const int Width = 2, Channels = 3, Lanes = Width * Channels;

    private static readonly Rescale Exponent = new(1_700_000_000, 22);
    private static readonly Rescale Scale = new(1_400_000_000, -20);

    [Theory]
    [ClassData(typeof(KernelSets))]
    public void Steps_are_the_kernels_definition(KernelSet set)
    {
        Session session = Network(1, 1).Load(set).CreateSession();
        (long[] weights, long[] sums, sbyte[] largest) = (new long[Lanes], new long[Lanes], new sbyte[Lanes]);
        for (int step = 0; step < 20; step++)
        {
            sbyte[] input = new Random(step).Int8s(Lanes);
            var expected = new sbyte[Lanes];
            SoftmaxPoolS8.Add(input, -9, input, SoftmaxS8.Exponentials(Exponent), weights, sums, largest);
            SoftmaxPoolS8.Finish(weights, sums, Scale, 7, expected);
            input.CopyTo(session.Input);
            session.Step();
            Assert.Equal(expected, session.Output.ToArray());
        }
    }

    [Theory]
    [InlineData(6, 6)]
    [InlineData(6, 2)]
    [InlineData(6, 1)]
    [InlineData(3, 3)]
    public void A_step_of_several_frames_is_as_many_steps_of_one(int frames, int results)
    {
        Session one = Network(1, 1).Load().CreateSession();
        Session several = Network(frames, results).Load().CreateSession();
        sbyte[] input = new Random(3).Int8s(3 * frames * Lanes);
        for (int step = 0; step < 3; step++)
        {
            input.AsSpan(step * frames * Lanes, frames * Lanes).CopyTo(several.Input);
            several.Step();
            for (int frame = 0; frame < frames; frame++)
            {
                input.AsSpan((step * frames + frame) * Lanes, Lanes).CopyTo(one.Input);
                one.Step();
                if ((frame + 1) % (frames / results) == 0)
                {
                    Assert.Equal(one.Output.ToArray(), several.Output.Slice(frame / (frames / results) * Lanes, Lanes).ToArray());
                }
            }
        }
    }

    [Fact]
    public void Without_states_every_run_begins_anew()
    {
        Session states = Network(4, 1).Load().CreateSession();
        Session arena = Network(4, 1, "arena").Load().CreateSession();
        sbyte[] first = Step(states, 1), second = Step(states, 2);
        Assert.Equal(first, Step(arena, 1));
        states.Reset();
        sbyte[] alone = Step(states, 2);
        Assert.NotEqual(second, alone);
        Assert.Equal(alone, Step(arena, 2));
    }

    /// <summary>Frames before the first and behind the last, where a delay brings some, weigh nothing.</summary>
    [Theory]
    [InlineData(1, 1, 5)]
    [InlineData(3, 2, 4)]
    [InlineData(5, 2, 3)]
    [InlineData(4, 4, 1)]
    public void With_a_delay_only_frames_of_the_sound_are_pooled(int delay, int frames, int steps)
    {
        Session plain = Network(1, 1).Load().CreateSession();
        Session delayed = Network(frames, frames, delay: delay).Load().CreateSession();
        for (int round = 0; round < 2; round++)
        {
            sbyte[] sound = new Random(round).Int8s(steps * frames * Lanes);
            sbyte[] expected = [], found = [];
            for (int at = 0; at < sound.Length; at += Lanes)
            {
                sound.AsSpan(at, Lanes).CopyTo(plain.Input);
                plain.Step();
                expected = [.. expected, .. plain.Output];
            }

            sbyte[] padded = [.. new Random(8).Int8s(delay * Lanes), .. sound, .. new Random(9).Int8s(2 * frames * Lanes)];
            for (int at = 0; at + frames * Lanes <= padded.Length; at += frames * Lanes)
            {
                if (at == sound.Length)
                {
                    delayed.End();
                }

                padded.AsSpan(at, frames * Lanes).CopyTo(delayed.Input);
                delayed.Step();
                found = [.. found, .. delayed.Output];
            }

            Assert.All(found[..(delay * Lanes)], mean => Assert.Equal(7, mean));
            Assert.Equal(expected, found[(delay * Lanes)..(delay * Lanes + expected.Length)]);
            Assert.All(found[(delay * Lanes + expected.Length)..].Chunk(Lanes), mean => Assert.Equal(expected[^Lanes..], mean));
            plain.Reset();
            delayed.Reset();
        }
    }

    [Theory]
    [InlineData("operators/0/outputs", "[1]", "has 2 inputs and 1 outputs; expected 2 and 3")]
    [InlineData("tensors/1/shape", "[1,4,2,3]", "gives 4 results of 6 frames; expected a whole number of frames for each")]
    [InlineData("tensors/1/shape", "[1,2,2,2]", "has 'y' of shape [1, 2, 2, 2]; expected [1, 2, 2, 3]")]
    [InlineData("tensors/1/shape", "[2,2,3]", "has 'y' of shape [2, 2, 3]; expected 4 dimensions")]
    [InlineData("tensors/2/type", "\"int16\"", "has the state 'sums' of type int16; expected int32")]
    [InlineData("tensors/2/shape", "[2,2,3]", "has 'sums' of shape [2, 2, 3]; expected [2, 2, 3, 2]")]
    [InlineData("tensors/2/zeroPoint", "1", "has the sums 'sums' with zero point 1; expected 0")]
    [InlineData("tensors/2/offset", "52", "has the sums 'sums' at byte 52; expected a multiple of 8")]
    [InlineData("tensors/2/at", "\"arena\"", "has one of 'sums' and 'largest' at state; expected both, or neither")]
    [InlineData("tensors/3/zeroPoint", "1", "has 'x' and 'largest' with different scale or zero point")]
    [InlineData("tensors/3/shape", "[3,2]", "has 'largest' of shape [3, 2]; expected [2, 3]")]
    [InlineData("operators/0/multiplierShift", "-1", "has multiplierShift -1; expected 0 to 30")]
    [InlineData("operators/0/multiplier", "", "multiplier is missing")]
    [InlineData("operators/0/outputMultiplier", "7", "has multiplier 7 and shift -20 for outputMultiplier")]
    [InlineData("operators/0/inputs", "[0,2]", "has 'sums' of type int32; expected int8")]
    [InlineData("operators/0/inputs", "[0,1]", "has 'y' of shape [1, 2, 2, 3]; expected [1, 6, 2, 3]")]
    [InlineData("operators/0/outputs", "[1,3,2]", "has the state 'largest' of type int8; expected int32")]
    public void Everything_about_it_is_checked(string path, string json, string message)
    {
        EdgeFile file = Network(6, 2);
        PlanReaderTests.Put(file.Plan, path, json);
        IReadOnlyList<string> faults = file.Faults();
        Assert.True(faults.Any(f => f.Contains(message, StringComparison.Ordinal)), $"No fault says '{message}': {string.Join("\n", faults)}");
    }

    private static sbyte[] Step(Session session, int seed)
    {
        new Random(seed).Int8s(session.Input.Length).CopyTo(session.Input);
        session.Step();
        return session.Output.ToArray();
    }

    private static EdgeFile Network(int frames, int results, string memory = "state", int? delay = null)
    {
        var file = new EdgeFile();
        int x = file.Arena("x", [1, frames, Width, Channels], -9);
        int y = file.Arena("y", [1, results, Width, Channels], 7);
        int sums = file.Arena("sums", [2, Width, Channels, 2], scale: 0, at: memory, type: "int32");
        int largest = file.Arena("largest", [Width, Channels], -9, at: memory);
        var attributes = new JsonObject
        {
            ["multiplier"] = Exponent.Multiplier, ["multiplierShift"] = Exponent.Shift, ["outputMultiplier"] = Scale.Multiplier, ["outputMultiplierShift"] = Scale.Shift,
        };
        int[] outputs = [y, sums, largest];
        if (delay is not null)
        {
            attributes["delay"] = delay;
            outputs = [.. outputs, file.Clock("clock")];
        }

        return file.Operator("softmax-pool", [x, x], outputs, attributes).Ends(x, y);
    }
}
