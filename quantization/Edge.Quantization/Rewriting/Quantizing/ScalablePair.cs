using Edge.Quantization.Analysis.Report;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Patterns;

namespace Edge.Quantization.Rewriting.Quantizing;

/// <summary>A layer that makes channels and all layers that read them, with nothing in between that scaling a channel would change.</summary>
/// <param name="Value">The value that the first layer makes, its bias included.</param>
/// <param name="ChannelAxis">Its dimension of channels; negative ones count from the last.</param>
/// <param name="Channels">Number of channels.</param>
/// <param name="Producer">Conv, Gemm, MatMul or LayerNormalization.</param>
/// <param name="Bias">Name of the constant that the producer adds; null where it adds none.</param>
/// <param name="Readers">The layers that read the channels.</param>
internal sealed record ScalablePair(string Value, int ChannelAxis, int Channels, Node Producer, string? Bias, IReadOnlyList<ScalablePair.Reader> Readers)
{
    /// <summary>A layer that reads the channels.</summary>
    /// <param name="Node">Conv, Gemm or MatMul.</param>
    /// <param name="Inner">Consecutive inputs of the layer that belong to one channel: 1, or more behind a Flatten.</param>
    internal sealed record Reader(Node Node, int Inner)
    {
        /// <summary>Each output channel reads one input channel only.</summary>
        public bool IsDepthwise(ModelGraph graph) => Node.OpType == "Conv" && Node.Int("group", 1) > 1 && graph.Initializers[Node.Inputs[1]].Dims[1] == 1;
    }

    /// <summary>Whether all readers keep channels apart.</summary>
    public bool OnlyDepthwise { get; private init; }

    /// <summary>All pairs of a graph; no constant of one belongs to another layer too.</summary>
    public static IReadOnlyList<ScalablePair> FindAll(ModelGraph graph)
    {
        Dictionary<string, int> uses = graph.Nodes.SelectMany(node => node.Inputs).CountBy(input => input).ToDictionary();
        return [.. graph.Nodes.Select(node => Find(graph, node, uses)).OfType<ScalablePair>()];
    }

    /// <summary>Largest |weight| with which a layer that mixes channels reads each channel; 0 where none does.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="skipDepthwise">Leaves out layers that keep channels apart: their weights have a scale for each.</param>
    public double[] LargestReadingWeights(ModelGraph graph, bool skipDepthwise)
    {
        var largest = new double[Channels];
        foreach (Reader reader in Readers.Where(reader => !skipDepthwise || !reader.IsDepthwise(graph)))
        {
            float[] weights = graph.Initializers[reader.Node.Inputs[1]].ToFloats();
            Func<int, int> channelOf = InputChannel(graph, reader);
            for (int i = 0; i < weights.Length; i++)
            {
                ref double known = ref largest[channelOf(i)];
                known = Math.Max(known, Math.Abs(weights[i]));
            }
        }

        return largest;
    }

    /// <summary>Divides each channel by its factor in the producer and multiplies it by the same in all readers.</summary>
    public void Scale(ModelGraph graph, double[] factors)
    {
        string weightName = Producer.Inputs[1];
        Tensor weights = graph.Initializers[weightName];
        int axis = Producer.OpType == "LayerNormalization" ? 0 : WeightLayer.OutputAxis(Producer, weights);
        int inner = WeightLayer.InnerSize(weights.Dims, axis);
        graph.Initializers[weightName] = Map(weights, (weight, i) => weight / factors[i / inner % Channels]);
        if (Bias is not null)
        {
            graph.Initializers[Bias] = Map(graph.Initializers[Bias], (bias, i) => bias / factors[i % Channels]);
        }

        foreach (Reader reader in Readers)
        {
            string name = reader.Node.Inputs[1];
            Func<int, int> channelOf = InputChannel(graph, reader);
            graph.Initializers[name] = Map(graph.Initializers[name], (weight, i) => weight * factors[channelOf(i)]);
        }

        static Tensor Map(Tensor tensor, Func<double, int, double> map) => Tensor.Of(tensor.Dims, [.. tensor.ToFloats().Select((value, i) => (float)map(value, i))]);
    }

    private static ScalablePair? Find(ModelGraph graph, Node node, Dictionary<string, int> uses)
    {
        bool isNorm = node.OpType == "LayerNormalization";
        if ((!isNorm && !WeightLayer.Is(graph, node)) || !IsOwn(node.Inputs[1]) || (isNorm && node.Int("axis", -1) != -1)
            || (node.OpType == "Gemm" && (node.Float("alpha", 1) != 1 || node.Float("beta", 1) != 1)))
        {
            return null;
        }

        Tensor weights = graph.Initializers[node.Inputs[1]];
        int channels = isNorm ? weights.Count : (int)weights.Dims[WeightLayer.OutputAxis(node, weights)];
        string value = node.Outputs[0];
        string? bias = node.OpType == "MatMul" ? null : node.Input(2);
        if (node.OpType == "MatMul" && graph.ConsumersOf(value) is [{ OpType: "Add" } add] && !graph.IsOutput(value)
            && add.Inputs.Find(graph.Initializers.ContainsKey) is { } added)
        {
            (bias, value) = (added, add.Outputs[0]);
        }

        if (bias is not null && (!IsOwn(bias) || graph.Initializers[bias].Count != channels || graph.Initializers[bias].ElementType != ElementType.Float32))
        {
            return null;
        }

        int axis = node.OpType == "Conv" ? 1 : -1;
        var readers = new List<Reader>();
        return channels > 1 && new ChannelPath(graph, channels, IsOwn).Follow(value, axis, 1, readers) && readers.Count > 0
            ? new ScalablePair(value, axis, channels, node, bias, readers) { OnlyDepthwise = readers.TrueForAll(reader => reader.IsDepthwise(graph)) }
            : null;

        bool IsOwn(string constant) => graph.Initializers.GetValueOrDefault(constant)?.ElementType == ElementType.Float32 && uses[constant] == 1;
    }

    /// <summary>The channel that each of a reader's weights multiplies.</summary>
    private Func<int, int> InputChannel(ModelGraph graph, Reader reader)
    {
        Tensor weights = graph.Initializers[reader.Node.Inputs[1]];
        int taps = WeightLayer.InnerSize(weights.Dims, 1);
        if (reader.Node.OpType == "Conv")
        {
            int perGroup = (int)weights.Dims[1], outputs = (int)(weights.Dims[0] / reader.Node.Int("group", 1));
            return i => i / taps % perGroup + i / taps / perGroup / outputs * perGroup;
        }

        bool outputFirst = reader.Node.OpType == "Gemm" && reader.Node.Int("transB", 0) != 0;
        int columns = (int)weights.Dims[1];
        return i => (outputFirst ? i % columns : i / columns) / reader.Inner % Channels;
    }
}
