using Edge.Quantization.Graph;

namespace Edge.Quantization.Rewriting.Quantizing;

/// <summary>What an activation makes next to nothing of needs no integers of its own: they are better spent on what is left.</summary>
/// <remarks>A GELU of −4 is −0.0001, a hard-swish of −3 is 0. Behind convolutions of sound both tails are long, and half of the range goes for nothing.</remarks>
internal static class VanishingTails
{
    /// <summary>The value below which each activation gives next to nothing.</summary>
    private static readonly Dictionary<string, float> Ends = new() { ["Gelu"] = -4, ["HardSwish"] = -3 };

    /// <summary>The ranges with those ends cut off that only such activations read.</summary>
    /// <param name="graph">A cleaned-up float graph.</param>
    /// <param name="ranges">Smallest and largest value by name; not changed.</param>
    public static IReadOnlyDictionary<string, (float Min, float Max)> Cut(ModelGraph graph, IReadOnlyDictionary<string, (float Min, float Max)> ranges)
    {
        var cut = new Dictionary<string, (float Min, float Max)>(ranges);
        foreach (string value in graph.Nodes.Where(node => Ends.ContainsKey(node.OpType)).Select(node => node.Inputs[0]).Distinct())
        {
            if (ranges.TryGetValue(value, out (float Min, float Max) range) && !graph.IsOutput(value)
                && graph.ConsumersOf(value).TrueForAll(reader => Ends.ContainsKey(reader.OpType)))
            {
                float end = graph.ConsumersOf(value).Min(reader => Ends[reader.OpType]);
                cut[value] = (Math.Max(range.Min, end), Math.Max(range.Max, end));
            }
        }

        return cut;
    }
}
