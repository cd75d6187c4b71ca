using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Patterns;

namespace Edge.Quantization.Rewriting.Canonical;

/// <summary>A node that scales and shifts every channel by constants: y = Scale·x + Offset.</summary>
/// <param name="Input">The value x.</param>
/// <param name="Scale">One factor a channel, or one for all.</param>
/// <param name="Offset">One number a channel, or one for all.</param>
/// <param name="ChannelsFromEnd">Channels are this many axes before the last one; null where one pair of numbers serves all.</param>
internal sealed record ChannelAffine(string Input, double[] Scale, double[] Offset, int? ChannelsFromEnd)
{
    /// <summary>What a BatchNormalization, Neg, or an Add, Sub, Mul or Div with a constant is; null for every other node.</summary>
    /// <exception cref="GraphFormatException">The parameters of a batch normalization are computed.</exception>
    public static ChannelAffine? Of(ModelGraph graph, Node node)
    {
        if (node.Domain.Length > 0 || node.OpType is not ("BatchNormalization" or "Neg" or "Add" or "Sub" or "Mul" or "Div"))
        {
            return null;
        }

        return node.OpType switch
        {
            "BatchNormalization" => OfNormalization(graph, node),
            "Neg" => new ChannelAffine(node.Inputs[0], [-1], [0], null),
            _ => OfArithmetic(graph, node),
        };
    }

    /// <summary>Scale and offset for a layer's channels; null where they lie along another axis.</summary>
    public (double[] Scale, double[] Offset)? For(LinearLayer layer) =>
        Scale.Length == 1 ? ([.. Enumerable.Repeat(Scale[0], layer.Channels)], [.. Enumerable.Repeat(Offset[0], layer.Channels)])
        : ChannelsFromEnd == layer.ChannelsFromEnd && Scale.Length == layer.Channels ? (Scale, Offset)
        : null;

    /// <summary>γ·(x − μ)/√(σ² + ε) + β.</summary>
    private static ChannelAffine OfNormalization(ModelGraph graph, Node node)
    {
        float[] gamma = Parameter(1), beta = Parameter(2), mean = Parameter(3), variance = Parameter(4);
        double epsilon = node.Float("epsilon", 1e-5f);
        double[] scale = [.. gamma.Select((g, c) => g / Math.Sqrt(variance[c] + epsilon))];
        int? fromEnd = graph.Describe(node.Inputs[0])?.Shape?.Count - 2;
        return new ChannelAffine(node.Inputs[0], scale, [.. beta.Select((b, c) => b - mean[c] * scale[c])], fromEnd);

        float[] Parameter(int index) => graph.Constant(node.Input(index))?.ToFloats()
            ?? throw new GraphFormatException(graph.Name, $"{node}", $"input {index} is computed; expected a constant. Export the model in evaluation mode.");
    }

    private static ChannelAffine? OfArithmetic(ModelGraph graph, Node node)
    {
        int at = node.Inputs.FindIndex(input => graph.Constant(input) is not null);
        if (at < 0 || graph.Constant(node.Inputs[1 - at]) is not null || graph.Constant(node.Inputs[at]) is not { ElementType: ElementType.Float32, Count: > 0 } constant)
        {
            return null;
        }

        int wide = constant.Dims.ToArray().Count(dim => dim != 1);
        if (wide > 1 || (node.OpType == "Div" && at == 0))
        {
            return null;
        }

        double[] values = Array.ConvertAll(constant.ToFloats(), value => (double)value);
        double[] ones = [.. values.Select(_ => 1.0)], zeros = new double[values.Length];
        (double[] scale, double[] offset) = node.OpType switch
        {
            "Add" => (ones, values),
            "Sub" when at == 0 => ([.. values.Select(_ => -1.0)], values),
            "Sub" => (ones, [.. values.Select(value => -value)]),
            "Mul" => (values, zeros),
            _ => ([.. values.Select(value => 1 / value)], zeros),
        };
        int? fromEnd = wide == 0 ? null : constant.Dims.Length - 1 - constant.Dims.ToArray().ToList().FindIndex(dim => dim != 1);
        int rank = graph.Describe(node.Inputs[1 - at])?.Shape?.Count ?? 1;
        return constant.Dims.Length <= rank ? new ChannelAffine(node.Inputs[1 - at], scale, offset, fromEnd) : null;
    }
}
