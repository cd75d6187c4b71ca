using Edge.Quantization.Graph;

namespace Edge.Quantization.Rewriting.Quantizing;

/// <summary>The sums that layer normalizations read: what a transformer's blocks add to, one after the other.</summary>
/// <remarks>
/// A layer normalization brings loud and quiet frames to one size, and with a quiet frame the rounding of its few steps. Loud frames set
/// the scale of the stream, so 8 bits leave the quiet ones next to nothing.
/// </remarks>
internal static class ResidualStream
{
    /// <summary>The values that layer normalizations read, and what the sums that make them add.</summary>
    /// <param name="graph">A cleaned-up float graph.</param>
    /// <returns>Each value once, readers before what they read.</returns>
    public static IReadOnlyList<string> Find(ModelGraph graph)
    {
        var found = new List<string>();
        var open = new Stack<string>(graph.Nodes.Where(node => node.OpType == "LayerNormalization").Select(node => node.Inputs[0]));
        while (open.TryPop(out string? value))
        {
            if (found.Contains(value) || graph.Constant(value) is not null)
            {
                continue;
            }

            found.Add(value);
            Node? maker = graph.ProducerOf(value);
            while (maker is not null && ActivationGroups.IsMove(maker))
            {
                maker = graph.ProducerOf(maker.Inputs[0]);
            }

            // MatMul and the Add of a constant vector are one layer, whose sums are not rounded between them.
            if (maker is { OpType: "Add" } && !maker.Inputs.Exists(input => graph.Constant(input) is { Dims.Length: 1 }))
            {
                maker.Inputs.ForEach(open.Push);
            }
        }

        return found;
    }
}
