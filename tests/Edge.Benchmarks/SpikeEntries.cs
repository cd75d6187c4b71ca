using System.Globalization;
using Edge.Inference;
using Edge.Numerics;
using Edge.Quantization.Compilation;

namespace Edge.Benchmarks;

/// <summary>A layer over spikes, one frame, by the share of neurons that fire, beside the same layer with all of its products.</summary>
internal static class SpikeEntries
{
    private const int Channels = 256;

    public static void Add(Contest contest)
    {
        foreach (KernelSet kernels in InstructionSet.Supported.Where(set => set != KernelSet.Reference))
        {
            string group = string.Create(CultureInfo.InvariantCulture, $"fully connected over 768 spikes to {Channels} channels, {kernels.ToString().ToLowerInvariant()}");
            Add(contest, group, "all products", kernels, scale: 0.5, share: 0.1);
            foreach (double share in (double[])[0.02, 0.05, 0.1, 0.2, 0.3])
            {
                Add(contest, group, $"{share:0 %} of the neurons fire", kernels, scale: 1, share);
            }
        }
    }

    private static void Add(Contest contest, string group, string name, KernelSet kernels, double scale, double share)
    {
        Session session = Layer(scale, kernels).CreateSession();
        var random = new Random(1);
        foreach (ref sbyte spike in session.Input)
        {
            spike = (sbyte)(random.NextDouble() < share ? 1 : 0);
        }

        contest.Add(new Entry(group, name, session.Step, 1));
    }

    private static Model Layer(double scale, KernelSet kernels)
    {
        const int depth = 768;
        var random = new Random(1);
        var weights = new sbyte[Channels * depth];
        random.NextBytes((byte[])(Array)weights);
        var draft = new PlanDraft();
        draft.Input = draft.AddActivation("x", [1, 1, 1, depth], scale, 0);
        draft.Output = draft.AddActivation("y", [1, 1, 1, Channels], 1, 0);
        int[] rescale = [.. Enumerable.Repeat(1_500_000_000, Channels), .. Enumerable.Repeat(-5, Channels)];
        draft.AddOperator(
            "fully-connected",
            [
                draft.Input, draft.AddConstant("weight", [Channels, depth], Array.ConvertAll(weights, w => Math.Max(w, (sbyte)-127))),
                draft.AddConstant("bias", [Channels], new int[Channels]), draft.AddConstant("rescale", [2, Channels], rescale),
            ],
            draft.Output);
        MemoryPlanner.Place(draft);
        return Model.Load(EdgeFile.Write(draft, "spikes", []), "spikes", kernels);
    }
}
