using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Patterns;

namespace Edge.Quantization.Rewriting.Compression;

/// <summary>A Conv of one group, Gemm or MatMul by a constant, seen as a matrix: outputs = W·inputs + b.</summary>
/// <remarks>Inputs are ordered as the layer's moments are: channel by channel, the taps of a channel together.</remarks>
internal sealed class MatrixLayer
{
    private readonly ModelGraph graph;
    private readonly Tensor weights;
    private readonly bool outputFirst;
    private readonly (Node Holder, int Index)? bias;

    private MatrixLayer(ModelGraph graph, Node node, Tensor weights, bool outputFirst, (Node Holder, int Index)? bias)
    {
        (this.graph, Node, this.weights, this.outputFirst, this.bias) = (graph, node, weights, outputFirst, bias);
        Outputs = (int)weights.Dims[outputFirst ? 0 : ^1];
        Channels = (int)weights.Dims[outputFirst ? 1 : 0];
        Taps = weights.Count / (Outputs * Channels);
    }

    /// <summary>The node.</summary>
    public Node Node { get; }

    /// <summary>Rows of W.</summary>
    public int Outputs { get; }

    /// <summary>Input channels.</summary>
    public int Channels { get; }

    /// <summary>Positions of the kernel; 1 for a product.</summary>
    public int Taps { get; }

    /// <summary>Columns of W: channels times taps.</summary>
    public int Inputs => Channels * Taps;

    /// <summary>True where the layer has a bias of its own, which can change.</summary>
    public bool TakesBias => bias is not null;

    /// <summary>The axis of the weights that input channels lie along.</summary>
    public int InputAxis => outputFirst ? 1 : 0;

    /// <summary>The matrix view of a node; null where it is no such layer, or another node reads its weights too.</summary>
    public static MatrixLayer? Find(ModelGraph graph, Node node)
    {
        if (node.OpType is not ("Conv" or "Gemm" or "MatMul") || !graph.Initializers.TryGetValue(node.Inputs[1], out Tensor? weights)
            || graph.ConsumersOf(node.Inputs[1]).Count != 1 || LegendreMemoryPattern.Find(graph, node) is not null)
        {
            return null;
        }

        return node.OpType switch
        {
            "Conv" when node.Int("group", 1) == 1 => new MatrixLayer(graph, node, weights, true, OwnBias(graph, node)),
            "Gemm" when node.Float("alpha", 1) == 1 && node.Float("beta", 1) == 1 && node.Int("transA", 0) == 0 =>
                new MatrixLayer(graph, node, weights, node.Int("transB", 0) != 0, OwnBias(graph, node)),
            "MatMul" when weights.Dims.Length == 2 => new MatrixLayer(graph, node, weights, false, AddedBias(graph, node)),
            _ => null,
        };
    }

    /// <summary>W, [outputs, inputs].</summary>
    public double[] ReadWeights()
    {
        float[] stored = weights.ToFloats();
        return outputFirst ? Array.ConvertAll(stored, value => (double)value) : Transpose(Array.ConvertAll(stored, value => (double)value), Channels, Outputs);
    }

    /// <summary>b, [outputs]; zeros where the layer has none.</summary>
    public double[] ReadBias()
    {
        var values = new double[Outputs];
        if (bias is { } place)
        {
            float[] stored = graph.Initializers[place.Holder.Inputs[place.Index]].ToFloats();
            for (int o = 0; o < values.Length; o++)
            {
                values[o] = stored[stored.Length == 1 ? 0 : o];
            }
        }

        return values;
    }

    /// <summary>Gives the layer other weights, with other input channels perhaps, and another bias; under the names they have.</summary>
    /// <param name="matrix">[outputs, channels · taps].</param>
    /// <param name="channels">Input channels.</param>
    /// <param name="newBias">[outputs]; left alone where the layer cannot have one.</param>
    public void Write(double[] matrix, int channels, double[] newBias)
    {
        graph.Initializers[Node.Inputs[1]] = Pack(matrix, channels, Outputs);
        WriteBias(newBias);
    }

    /// <summary>Leaves the layer some of its outputs.</summary>
    /// <param name="kept">Their indices.</param>
    public void KeepOutputs(int[] kept)
    {
        ConstantSlice.Keep(graph, new AxisOf(Node.Inputs[1], outputFirst ? 0 : weights.Dims.Length - 1), kept);
        if (bias is { } place && graph.Initializers[place.Holder.Inputs[place.Index]].Count == Outputs)
        {
            ConstantSlice.Keep(graph, new AxisOf(place.Holder.Inputs[place.Index], 0), kept);
        }
    }

    /// <summary>Puts two layers in the place of this one.</summary>
    /// <param name="target">The graph.</param>
    /// <param name="first">[rank, inputs].</param>
    /// <param name="rank">Channels in between.</param>
    /// <param name="second">[outputs, rank].</param>
    /// <param name="newBias">[outputs], of the second layer.</param>
    public void Cut(ModelGraph target, double[] first, int rank, double[] second, double[] newBias)
    {
        string thin = target.UniqueName($"{Node.Outputs[0]}.thin");
        string weight = Node.Inputs[1];
        string firstWeight = target.UniqueName($"{weight}.thin");
        target.Initializers[firstWeight] = Pack(first, Channels, rank);
        long[] dims = [.. weights.Dims.ToArray().Select(_ => 1L)];
        (dims[outputFirst ? 0 : ^1], dims[outputFirst ? 1 : 0]) = (Outputs, rank);
        target.Initializers[weight] = Pack(second, dims, Outputs, rank);
        var inner = new Node(Node.OpType, [Node.Inputs[0], firstWeight], [thin], Node.Name.Length > 0 ? $"{Node.Name}/thin" : "")
        {
            Attributes = new(Node.Attributes),
        };
        foreach (string window in (string[])["kernel_shape", "strides", "pads", "dilations"])
        {
            Node.Attributes.Remove(window); // the second is a plain 1x1 convolution; the first keeps the stride
        }

        Node.Inputs[0] = thin;
        target.Nodes.Insert(target.Nodes.IndexOf(Node), inner);
        WriteBias(newBias);
    }

    private void WriteBias(double[] values)
    {
        if (bias is { } place)
        {
            graph.Initializers[place.Holder.Inputs[place.Index]] = Tensor.Of([values.Length], Array.ConvertAll(values, value => (float)value));
        }
    }

    /// <summary>A matrix [rows, channels · taps] in the layer's own memory order and the window's shape.</summary>
    private Tensor Pack(double[] matrix, int channels, int rows)
    {
        long[] dims = weights.Dims.ToArray();
        (dims[outputFirst ? 0 : ^1], dims[outputFirst ? 1 : 0]) = (rows, channels);
        return Pack(matrix, dims, rows, channels);
    }

    private Tensor Pack(double[] matrix, long[] dims, int rows, int channels) =>
        Tensor.Of(dims, Array.ConvertAll(outputFirst ? matrix : Transpose(matrix, rows, channels), value => (float)value));

    private static (Node, int)? OwnBias(ModelGraph graph, Node node) => node.Input(2) is { } name && IsOwn(graph, name) ? (node, 2) : null;

    private static (Node, int)? AddedBias(ModelGraph graph, Node node) =>
        WeightLayer.BiasBehind(graph, node) is { } bias && IsOwn(graph, bias.Add.Inputs[bias.Index]) ? bias : null;

    private static bool IsOwn(ModelGraph graph, string constant) => graph.Initializers.ContainsKey(constant) && graph.ConsumersOf(constant).Count == 1;

    private static double[] Transpose(double[] matrix, int rows, int columns)
    {
        var transposed = new double[matrix.Length];
        for (int r = 0; r < rows; r++)
        {
            for (int c = 0; c < columns; c++)
            {
                transposed[c * rows + r] = matrix[r * columns + c];
            }
        }

        return transposed;
    }
}
