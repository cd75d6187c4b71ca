using Edge.Quantization.Graph;

namespace Edge.Quantization.Analysis.Report;

/// <summary>Which axis of a value holds its channels.</summary>
internal static class ChannelAxis
{
    /// <summary>Axis 1 behind convolutions and pools, the last one elsewhere; followed through what only moves or maps values.</summary>
    /// <param name="graph">A float graph.</param>
    /// <param name="value">A value of it.</param>
    /// <param name="rank">Number of its dimensions.</param>
    public static int Find(ModelGraph graph, string value, int rank)
    {
        int axis = Math.Max(Follow(graph, value, rank, graph.Nodes.Count), 0);
        return Math.Min(axis, Math.Max(rank - 1, 0));
    }

    private static int Follow(ModelGraph graph, string value, int rank, int steps)
    {
        Node? node = steps > 0 ? graph.ProducerOf(value) : null;
        switch (node?.OpType)
        {
            case "Conv" or "ConvTranspose" or "MaxPool" or "AveragePool" or "GlobalAveragePool" or "GlobalMaxPool" or "BatchNormalization":
                return 1;
            case "Transpose" when node.Ints("perm") is { Length: > 0 } order:
                int source = Follow(graph, node.Inputs[0], rank, steps - 1);
                return order.IndexOf(source);
            case "Relu" or "Clip" or "Sigmoid" or "Tanh" or "Gelu" or "HardSwish" or "HardSigmoid" or "LeakyRelu" or "Elu" or "Erf" or "Pad" or "Add" or "Mul" or "Sub" or "Div" or "Concat" or "Slice":
                string? activation = node.Inputs.Find(input => input.Length > 0 && graph.Constant(input) is null);
                return activation is null ? rank - 1 : Follow(graph, activation, rank, steps - 1);
            default:
                return rank - 1;
        }
    }
}
