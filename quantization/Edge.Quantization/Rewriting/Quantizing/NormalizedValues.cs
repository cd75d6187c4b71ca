using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Patterns;

namespace Edge.Quantization.Rewriting.Quantizing;

/// <summary>The values whose rounding a normalization makes larger, so that 8 bits may be too few for them.</summary>
/// <remarks>
/// A layer normalization brings loud and quiet frames to one size, and with a quiet frame the rounding of its few steps: loud frames set the
/// scale of the sums that run through a transformer. A softmax of attention scores or logits is their exponential: a step of 0.1 is 10 per cent. A
/// Legendre memory is a sum over all that was heard, and a spiking neuron makes 0 or 1 of what is a step from its threshold.
/// </remarks>
internal static class NormalizedValues
{
    /// <summary>
    /// The values that softmaxes, layer normalizations and spiking neurons read, for layer normalizations with what the sums that make them add; and what
    /// Legendre memories read and make.
    /// </summary>
    /// <param name="graph">A cleaned-up float graph.</param>
    /// <returns>Each value once.</returns>
    public static IReadOnlyList<string> Find(ModelGraph graph)
    {
        var found = new List<string>();
        found.AddRange(graph.Nodes.Where(node => node.OpType == "Softmax").Select(node => node.Inputs[0]).Distinct());
        found.AddRange(graph.Nodes.Where(node => LeakyIntegrateAndFirePattern.Find(graph, node) is not null).Select(node => node.Inputs[1]).Distinct());
        found.AddRange(graph.Nodes.Where(node => LegendreMemoryPattern.Find(graph, node) is not null).SelectMany(node => (string[])[node.Inputs[0], node.Outputs[0]]).Distinct());
        var open = new Stack<string>(graph.Nodes.Where(node => node.OpType is "LayerNormalization" or "InstanceNormalization").Select(node => node.Inputs[0]));
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
