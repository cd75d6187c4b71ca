using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Patterns;

namespace Edge.Quantization.Rewriting.Quantizing;

/// <summary>Follows channels from the layer that makes them to those that read them, through nodes that commute with scaling a channel by a positive factor.</summary>
/// <param name="graph">The graph.</param>
/// <param name="channels">Number of channels.</param>
/// <param name="isOwn">Whether a constant is read by one node only.</param>
internal sealed class ChannelPath(ModelGraph graph, int channels, Func<string, bool> isOwn)
{
    /// <summary>Finds all readers.</summary>
    /// <param name="value">A value with the channels.</param>
    /// <param name="axis">1 for the second dimension, -1 for the last; no other place is followed.</param>
    /// <param name="inner">Consecutive elements of one channel along that dimension; 0 for as many as the reader's weights say.</param>
    /// <param name="readers">Receives the readers.</param>
    /// <returns>False where anything else reads the channels.</returns>
    public bool Follow(string value, int axis, int inner, List<ScalablePair.Reader> readers) =>
        !graph.IsOutput(value) && graph.ConsumersOf(value).TrueForAll(node => node.Inputs[0] == value && node.Inputs.Count(input => input == value) == 1 && Pass(node, axis, inner, readers));

    private bool Pass(Node node, int axis, int inner, List<ScalablePair.Reader> readers)
    {
        switch (node.OpType)
        {
            case "Relu" or "LeakyRelu":
                return Follow(node.Outputs[0], axis, inner, readers);
            case "MaxPool" or "AveragePool" or "GlobalAveragePool" or "GlobalMaxPool" when axis == 1 && node.Outputs.Count == 1:
                return Follow(node.Outputs[0], 1, 1, readers);
            case "Pad" when FillsWithZeros(node):
                return Follow(node.Outputs[0], axis, inner, readers);
            case "Transpose":
                return FollowTranspose(node, axis, inner, readers);
            case "ReduceMean" or "ReduceMax" or "Squeeze":
                return FollowReduction(node, axis, inner, readers);
            case "Flatten" when axis == 1 && node.Int("axis", 1) == 1:
                return Follow(node.Outputs[0], -1, 0, readers);
            case "Conv" when axis == 1 && IsReader(node):
                return Read(node, (int)(graph.Initializers[node.Inputs[1]].Dims[1] * node.Int("group", 1)), 1, readers);
            case "Gemm" or "MatMul" when axis == -1 && IsReader(node):
                Tensor weights = graph.Initializers[node.Inputs[1]];
                int inputs = (int)weights.Dims[node.OpType == "Gemm" && node.Int("transB", 0) != 0 ? 1 : 0];
                return Read(node, inputs, inner, readers);
            default:
                return false;
        }
    }

    private bool Read(Node node, int inputs, int inner, List<ScalablePair.Reader> readers)
    {
        inner = inner == 0 ? inputs / channels : inner;
        if (inner * channels != inputs)
        {
            return false;
        }

        readers.Add(new ScalablePair.Reader(node, inner));
        return true;
    }

    private bool IsReader(Node node) =>
        WeightLayer.Is(graph, node) && isOwn(node.Inputs[1]) && node.Int("transA", 0) == 0
        && (node.OpType != "MatMul" || graph.Initializers[node.Inputs[1]].Dims.Length == 2);

    private bool FillsWithZeros(Node node) =>
        node.String("mode", "constant") != "constant" || node.Input(2) is null || graph.Constant(node.Input(2)) is { ElementType: ElementType.Float32, Count: 1 } fill && fill.ToFloats()[0] == 0;

    private bool FollowTranspose(Node node, int axis, int inner, List<ScalablePair.Reader> readers)
    {
        long[] order = node.Ints("perm").ToArray();
        int to = Array.IndexOf(order, axis < 0 ? order.Length - 1 : axis);
        return order.Length > 0 && (to == 1 || to == order.Length - 1) && Follow(node.Outputs[0], to == order.Length - 1 ? -1 : to, inner, readers);
    }

    private bool FollowReduction(Node node, int axis, int inner, List<ScalablePair.Reader> readers)
    {
        long[] axes = graph.Constant(node.Input(1))?.ToLongs() ?? node.Ints("axes").ToArray();
        if (graph.Describe(node.Inputs[0])?.Shape is not { Count: var rank } || axes.Length == 0)
        {
            return false;
        }

        axes = Array.ConvertAll(axes, a => a < 0 ? a + rank : a);
        int channel = axis < 0 ? rank - 1 : axis;
        bool keeps = node.OpType != "Squeeze" && node.Int("keepdims", 1) != 0;
        int to = keeps ? channel : channel - axes.Count(a => a < channel), newRank = keeps ? rank : rank - axes.Length;
        return !axes.Contains(channel) && (to == 1 || to == newRank - 1) && Follow(node.Outputs[0], to == newRank - 1 ? -1 : to, inner, readers);
    }
}
