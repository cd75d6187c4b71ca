using Edge.Inference;
using Edge.Inference.Kernels;
using Edge.Numerics;
using Edge.Tests.Kernels;

namespace Edge.Tests.Inference.Operators;

public class SvdfTests
{
    private const int Features = 5, Units = 3, Rank = 2, Memory = 4;

    private static readonly sbyte[] FeatureWeights = new Random(1).Weights(Units * Rank * Features);
    private static readonly short[] TimeWeights = [.. new Random(2).Int32s(Units * Rank * Memory, 32_767).Select(w => (short)w)];
    private static readonly int[] Bias = [1_000_000, -2_000_000, 3];

    [Theory]
    [ClassData(typeof(KernelSets))]
    public void Steps_are_the_kernels_definition_of_either_rounding(KernelSet set)
    {
        foreach (Rounding rounding in Enum.GetValues<Rounding>())
        {
            var parameters = new SvdfParameters(
                FeatureWeights, MatrixS8.FoldZeroPoint(new int[Units * Rank], FeatureWeights, Features, -9), TimeWeights, Bias,
                new Rescale(1_200_000_000, 1, rounding), new Rescale(1_900_000_000, -20, rounding), 7, -128, 100);
            Session session = Network(1, rounding).Load(set).CreateSession();
            var state = new short[Units * Rank * Memory];
            for (int step = 0; step < 10; step++)
            {
                sbyte[] input = new Random(step).Int8s(Features);
                var expected = new sbyte[Units];
                SvdfS8.Reference(input, parameters, state, expected, new int[Units * Rank]);
                input.CopyTo(session.Input);
                session.Step();
                Assert.Equal(expected, session.Output.ToArray());
            }
        }
    }

    [Fact]
    public void A_step_of_several_frames_is_as_many_steps_of_one()
    {
        Session one = Network(1).Load().CreateSession();
        Session three = Network(3).Load().CreateSession();
        sbyte[] input = new Random(3).Int8s(6 * Features);
        for (int step = 0; step < 2; step++)
        {
            input.AsSpan(step * 3 * Features, 3 * Features).CopyTo(three.Input);
            three.Step();
            for (int frame = 0; frame < 3; frame++)
            {
                input.AsSpan((step * 3 + frame) * Features, Features).CopyTo(one.Input);
                one.Step();
                Assert.Equal(one.Output.ToArray(), three.Output.Slice(frame * Units, Units).ToArray());
            }
        }
    }

    [Theory]
    [InlineData("operators/0/outputs", "[1]", "has 4 inputs and 1 outputs; expected 4 and 2")]
    [InlineData("operators/0/outputs", "[1,1]", "has the state 'y' of 3 dimensions; expected [filters, memory]")]
    [InlineData("operators/0/outputs", "[1,1]", "writes 'y' over its own result 'y'")]
    [InlineData("tensors/2/at", "\"arena\"", "writes 'state', which is no state")]
    [InlineData("tensors/2/type", "\"int8\"", "has the state 'state' of type int8; expected int16")]
    [InlineData("tensors/2/zeroPoint", "1", "has the state 'state' with zero point 1; expected 0")]
    [InlineData("tensors/2/shape", "[6,3]", "has 'timeWeights' of shape [6, 4]; expected [6, 3]")]
    [InlineData("tensors/2/shape", "[24]", "has the state 'state' of 1 dimensions; expected [filters, memory]")]
    [InlineData("operators/0/rank", "3", "has 3 units of rank 3 for 6 filters; expected filters / rank units")]
    [InlineData("operators/0/rank", "0", "rank is 0; expected a whole number from 1")]
    [InlineData("operators/0/rank", "", "rank is missing")]
    [InlineData("operators/0/featureMultiplier", "5", "has multiplier 5 and shift 1 for featureMultiplier; expected 0 or 2^30 to 2^31-1, and -31 to 30")]
    [InlineData("operators/0/timeMultiplierShift", "31", "timeMultiplierShift is 31; expected a whole number from -31 to 30")]
    [InlineData("operators/0/inputs/2", "3", "has 'featureWeights' of type int8; expected int16")]
    [InlineData("operators/0/inputs/3", "4", "has 'timeWeights' of type int16; expected int32")]
    [InlineData("operators/0/inputs/1", "0", "computes 'x'; expected a constant from the file")]
    [InlineData("operators/0/inputs", "[0,3,4,5,2]", "writes 'state' over its own input 'state'")]
    [InlineData("tensors/0/type", "\"int16\"", "has 'x' of type int16; expected int8")]
    [InlineData("tensors/1/shape", "[1,1,4]", "has 'bias' of shape [3]; expected [4]")]
    public void Everything_about_it_is_checked(string path, string json, string message)
    {
        EdgeFile file = Network(1);
        PlanReaderTests.Put(file.Plan, path, json);
        IReadOnlyList<string> faults = file.Faults();
        Assert.True(faults.Any(f => f.Contains(message, StringComparison.Ordinal)), $"No fault says '{message}': {string.Join("\n", faults)}");
    }

    [Fact]
    public void Its_cost_is_counted_by_frame()
    {
        Assert.Equal(Units * Rank * (Features + Memory), Network(1).Load().MultiplyAccumulates);
        Assert.Equal(3 * Units * Rank * (Features + Memory), Network(3).Load().MultiplyAccumulates);
    }

    private static EdgeFile Network(int frames, Rounding rounding = Rounding.Twice)
    {
        var file = new EdgeFile { Rounding = rounding };
        int x = file.Arena("x", [1, frames, Features], -9);
        int y = file.Arena("y", [1, frames, Units], 7);
        int state = file.Arena("state", [Units * Rank, Memory], at: "state", type: "int16");
        int[] inputs =
        [
            x, file.Int8s("featureWeights", [Units * Rank, Features], FeatureWeights), file.Int16s("timeWeights", [Units * Rank, Memory], TimeWeights), file.Int32s("bias", [Units], Bias),
        ];
        return file.Operator("svdf", inputs, [y, state], new()
        {
            ["rank"] = Rank, ["featureMultiplier"] = 1_200_000_000, ["featureMultiplierShift"] = 1, ["timeMultiplier"] = 1_900_000_000, ["timeMultiplierShift"] = -20,
            ["activationMax"] = 100,
        }).Ends(x, y);
    }
}
