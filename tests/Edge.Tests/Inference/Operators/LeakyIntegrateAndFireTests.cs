using Edge.Inference;
using Edge.Inference.Kernels;
using Edge.Numerics;
using Edge.Tests.Kernels;

namespace Edge.Tests.Inference.Operators;

public class LeakyIntegrateAndFireTests
{
    private const int Neurons = 11, ZeroPoint = -7;

    [Theory]
    [ClassData(typeof(KernelSets))]
    public void Steps_are_the_kernels_definition(KernelSet set)
    {
        Session session = Network(1).Load(set).CreateSession();
        var parameters = new LeakyIntegrateAndFireParameters(new Rescale(1 << 30, 0, Rounding.Once), new Rescale(1_500_000_000, 5, Rounding.Once), 2_000);
        (short[] membrane, sbyte[] expected) = (new short[Neurons], new sbyte[Neurons]);
        int fired = 0;
        for (int step = 0; step < 30; step++)
        {
            sbyte[] input = new Random(step).Int8s(Neurons);
            LeakyIntegrateAndFireS16.Reference([.. input.Select(x => (short)(x - ZeroPoint))], parameters, membrane, expected);
            input.CopyTo(session.Input);
            session.Step();
            Assert.Equal(expected, session.Output.ToArray());
            fired += expected.Sum(s => s);
        }

        Assert.InRange(fired, 10, 250);
    }

    [Fact]
    public void A_step_of_several_frames_is_as_many_steps_of_one_and_frames_beside_the_sound_do_not_count()
    {
        sbyte[] sound = new Random(4).Int8s(6 * Neurons);
        sbyte[] expected = Run(Network(1), sound, null);
        Assert.Equal(expected, Run(Network(3), sound, null));
        // One frame late, in steps of three: the frame in front and those behind are loud, and no neuron hears them.
        sbyte[] loud = new Random(5).Int8s(3 * Neurons, Pattern.AllMax);
        sbyte[] late = Run(Network(3, delay: 1), [.. loud[..Neurons], .. sound, .. loud[Neurons..]], endBefore: 2);
        Assert.Equal(expected, late[Neurons..(7 * Neurons)]);
        Assert.All(late[..Neurons].Concat(late[(7 * Neurons)..]), spike => Assert.Equal(0, spike));
    }

    [Fact]
    public void A_membrane_in_the_arena_forgets_from_run_to_run()
    {
        sbyte[] input = new Random(6).Int8s(3 * Neurons);
        sbyte[] output = Run(Network(3, memory: "arena"), [.. input, .. input], null);
        Assert.Equal(output[..input.Length], output[input.Length..]);
    }

    [Theory]
    [InlineData("operators/0/outputs", "[1]", "has 1 inputs and 1 outputs; expected 1 and 2")]
    [InlineData("tensors/0/shape", "[1,11]", "has an input of another shape than [1, frames, ..]")]
    [InlineData("tensors/1/scale", "0.5", "has spikes 'spikes' of scale 0.5 and zero point 0; expected 1 and 0")]
    [InlineData("tensors/1/zeroPoint", "1", "has spikes 'spikes' of scale 1 and zero point 1; expected 1 and 0")]
    [InlineData("tensors/2/shape", "[11]", "has 'membrane' of shape [11]; expected [1, 11]")]
    [InlineData("tensors/2/type", "\"int8\"", "has the state 'membrane' of type int8; expected int16")]
    [InlineData("operators/0/threshold", "0", "threshold is 0; expected a whole number from 1 to 32767")]
    [InlineData("operators/0/leakMultiplier", "7", "has multiplier 7 and shift 0 for leakMultiplier")]
    [InlineData("operators/0/chargeMultiplier", "", "chargeMultiplier is missing")]
    public void Everything_about_it_is_checked(string path, string json, string message)
    {
        EdgeFile file = Network(1);
        PlanReaderTests.Put(file.Plan, path, json);
        IReadOnlyList<string> faults = file.Faults();
        Assert.True(faults.Any(f => f.Contains(message, StringComparison.Ordinal)), $"No fault says '{message}': {string.Join("\n", faults)}");
    }

    private static EdgeFile Network(int frames, string memory = "state", int? delay = null)
    {
        var file = new EdgeFile { Rounding = Rounding.Once };
        int x = file.Arena("x", [1, frames, 1, Neurons], ZeroPoint);
        int spikes = file.Arena("spikes", [1, frames, 1, Neurons], scale: 1);
        int membrane = file.Arena("membrane", [1, Neurons], at: memory, type: "int16");
        System.Text.Json.Nodes.JsonObject attributes = new()
        {
            ["leakMultiplier"] = 1 << 30, ["leakMultiplierShift"] = 0, ["chargeMultiplier"] = 1_500_000_000, ["chargeMultiplierShift"] = 5, ["threshold"] = 2_000,
        };
        if (delay is { } d)
        {
            attributes["delay"] = d;
        }

        return file.Operator("leaky-integrate-and-fire", [x], delay is null ? [spikes, membrane] : [spikes, membrane, file.Clock("clock")], attributes).Ends(x, spikes);
    }

    /// <summary>Every output; the sound ends before the step of number <paramref name="endBefore"/>.</summary>
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
