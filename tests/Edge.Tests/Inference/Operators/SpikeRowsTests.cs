using Edge.Inference;
using Edge.Inference.Kernels;
using Edge.Numerics;
using Edge.Tests.Kernels;

namespace Edge.Tests.Inference.Operators;

/// <summary>Layers over spikes, whose zeros are skipped where they are many.</summary>
public class SpikeRowsTests
{
    [Theory]
    [ClassData(typeof(KernelSets))]
    public void Layers_over_spikes_give_the_bits_of_the_reference_however_many_fire(KernelSet set)
    {
        var random = new Random(1);
        Session expected = Network().Load().CreateSession(), session = Network().Load(set).CreateSession();
        foreach (double share in (double[])[0, 0.02, 0.1, 0.24, 0.26, 0.49, 0.51, 1])
        {
            for (int i = 0; i < session.Input.Length; i++)
            {
                session.Input[i] = (sbyte)(random.NextDouble() < share ? 1 : 0);
            }

            session.Input.CopyTo(expected.Input);
            session.Step();
            expected.Step();
            Assert.Equal(expected.Output.ToArray(), session.Output.ToArray());
        }
    }

    [Theory]
    [ClassData(typeof(KernelSets))]
    public void A_tensor_that_looks_like_spikes_and_is_none_is_multiplied_in_full(KernelSet set)
    {
        sbyte[] input = new Random(2).Int8s(2 * 37);
        Assert.Equal(Network().Run(KernelSet.Reference, input), Network().Run(set, input));
    }

    /// <summary>A history of spikes, a convolution over three frames of it, and a fully connected layer over the newest frames.</summary>
    private static EdgeFile Network()
    {
        var random = new Random(7);
        var file = new EdgeFile { Rounding = Rounding.Once };
        int x = file.Arena("x", [1, 2, 1, 37], scale: 1);
        int past = file.State("past", [1, 4, 1, 37], scale: 1);
        int conv = file.Arena("conv", [1, 2, 1, 19], 3);
        int full = file.Arena("full", [1, 2, 1, 19], 3);
        int y = file.Arena("y", [1, 2, 1, 38], 3);
        file.Operator("history", [x], past);
        file.Operator("convolution", [past, file.Int8s("w1", [19, 3, 1, 37], random.Weights(19 * 111)), file.Int32s("b1", [19], random.Int32s(19, 90)), Scales(file, "q1")], conv);
        file.Operator("fully-connected", [x, file.Int8s("w2", [19, 37], random.Weights(19 * 37)), file.Int32s("b2", [19], random.Int32s(19, 90)), Scales(file, "q2")], full);
        return file.Operator("concatenate", [conv, full], y, new() { ["axis"] = 3 }).Ends(x, y);
    }

    private static int Scales(EdgeFile file, string name) => file.Requantization(
        name, new Requantization([.. Enumerable.Repeat(1_400_000_000, 19)], [.. Enumerable.Repeat(-3, 19)], 0, -128, 127, Rounding.Once));
}
