using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Patterns;
using Edge.Quantization.Rewriting.Quantizing;

namespace Edge.Quantization.Analysis.Report;

/// <summary>What lies between the quantized values that a layer reads and the one that it makes.</summary>
/// <param name="Value">The quantized value that it makes.</param>
/// <param name="Nodes">The float graph's nodes, in order; none for an input of the model.</param>
/// <param name="Product">The convolution or matrix product with constant weights among them; null where there is none.</param>
/// <param name="Weights">Its weights.</param>
/// <param name="StoredConstants">The real values of all constants that are stored as integers, by the name of the node's output and the input's index.</param>
internal sealed record AnalyzedLayer(
    QuantizedValue Value, IReadOnlyList<Node> Nodes, Node? Product, QuantizedWeights? Weights, IReadOnlyDictionary<(string Output, int Input), Tensor> StoredConstants)
{
    /// <summary>The operators: "Conv + Relu"; "input" for an input of the model.</summary>
    public string Kind => Nodes.Count == 0 ? "input" : string.Join(" + ", Nodes.Select(node => node.OpType));

    /// <summary>True where values are only moved, and so lose nothing that they have not lost before.</summary>
    public bool OnlyMoves => Nodes.Count > 0 && Nodes.All(ActivationGroups.IsMove);

    /// <summary>Multiply-accumulates for one element of the layer's value; 0 where it multiplies nothing.</summary>
    public long MultiplyAccumulatesPerElement(ModelGraph graph)
    {
        if (Product is not null)
        {
            Tensor weights = graph.Constant(Product.Inputs[1])!;
            return weights.Count / Math.Max(weights.Dims[WeightLayer.OutputAxis(Product, weights)], 1);
        }

        Node? product = Nodes.FirstOrDefault(node => node.OpType == "MatMul");
        return product is not null && graph.Describe(product.Inputs[0])?.Shape is [.., { IsKnown: true } depth] ? depth.Size : 0;
    }

    /// <summary>The layers of a float graph, given what is quantized of it; in order of execution.</summary>
    /// <param name="graph">The float graph that the quantized one was made of.</param>
    /// <param name="quantized">The quantized graph; null where only its values are known.</param>
    /// <param name="values">The quantized values, by their names in the float graph.</param>
    public static IReadOnlyList<AnalyzedLayer> Find(ModelGraph graph, ModelGraph? quantized, IReadOnlyList<QuantizedValue> values)
    {
        var byName = new Dictionary<string, QuantizedValue>();
        foreach (QuantizedValue value in values)
        {
            byName.TryAdd(value.Name, value);
        }

        Dictionary<string, Node> stored = quantized is null ? [] : StoredNodes(quantized);
        return [.. graph.Inputs.Select(input => input.Name).Concat(graph.Nodes.SelectMany(node => node.Outputs))
            .Where(byName.ContainsKey).Select(name => Make(graph, quantized, stored, byName, byName[name]))];
    }

    private static AnalyzedLayer Make(ModelGraph graph, ModelGraph? quantized, Dictionary<string, Node> stored, Dictionary<string, QuantizedValue> values, QuantizedValue value)
    {
        List<Node> nodes = Region(graph, value.Name, values);
        Node? product = nodes.Find(node => node.OpType is "Conv" or "Gemm" or "MatMul" && graph.Constant(node.Input(1)) is { ElementType: ElementType.Float32 });
        var constants = new Dictionary<(string, int), Tensor>();
        QuantizedWeights? weights = null;
        foreach (Node node in nodes)
        {
            for (int i = 0; i < node.Inputs.Count; i++)
            {
                if (graph.Constant(node.Inputs[i]) is not { ElementType: ElementType.Float32 } constant)
                {
                    continue;
                }

                Node? restore = quantized is not null && stored.TryGetValue(node.Outputs[0], out Node? twin) && i < twin.Inputs.Count ? quantized.ProducerOf(twin.Inputs[i]) : null;
                Tensor? restored = restore is { OpType: "DequantizeLinear" } ? Restore(quantized!, restore) : null;
                restored = restored?.Count == constant.Count ? restored.Reshape(constant.Dims) : null;
                if (restored is not null)
                {
                    constants[(node.Outputs[0], i)] = restored;
                }

                if (node == product && i == 1)
                {
                    int bits = restored is null ? 8 : quantized!.Constant(restore!.Inputs[0])!.ElementType.SizeBits();
                    bool perChannel = restored is null || quantized!.Constant(restore!.Input(1))!.Count > 1;
                    weights = QuantizedWeights.Measure(node.Inputs[1], constant, restored, bits, perChannel, WeightLayer.OutputAxis(node, constant));
                }
            }
        }

        return new AnalyzedLayer(value, nodes, product, weights, constants);
    }

    /// <summary>The nodes behind a value up to quantized values, inputs and constants, in the graph's order.</summary>
    private static List<Node> Region(ModelGraph graph, string value, Dictionary<string, QuantizedValue> values)
    {
        var nodes = new HashSet<Node>();
        var open = new Stack<string>([value]);
        while (open.TryPop(out string? name))
        {
            if (graph.ProducerOf(name) is { } node && nodes.Add(node))
            {
                foreach (string input in node.Inputs.Where(input => !values.ContainsKey(input)))
                {
                    open.Push(input);
                }
            }
        }

        return [.. graph.Nodes.Where(nodes.Contains)];
    }

    /// <summary>Nodes of the quantized graph by the names that their outputs have in the float graph.</summary>
    private static Dictionary<string, Node> StoredNodes(ModelGraph quantized)
    {
        var names = QuantizedValue.Find(quantized).ToLookup(value => value.Source, value => value.Name);
        var nodes = new Dictionary<string, Node>();
        foreach (Node node in quantized.Nodes)
        {
            foreach (string output in node.Outputs)
            {
                nodes[names[output].FirstOrDefault(output)] = node;
            }
        }

        return nodes;
    }

    /// <summary>scale · (stored − zero point), as DequantizeLinear computes it of a constant; null where it reads no constant.</summary>
    internal static Tensor? Restore(ModelGraph graph, Node restore)
    {
        if (graph.Constant(restore.Inputs[0]) is not { } stored || graph.Constant(restore.Input(1)) is not { } scale)
        {
            return null;
        }

        int[] integers = stored.ToInts();
        float[] scales = scale.ToFloats();
        int[] zeroPoints = graph.Constant(restore.Input(2))?.ToInts() ?? new int[scales.Length];
        int axis = (int)restore.Int("axis", 1);
        axis = axis < 0 ? axis + stored.Dims.Length : axis;
        int inner = scales.Length == 1 ? 1 : WeightLayer.InnerSize(stored.Dims, axis);
        var values = new float[integers.Length];
        for (int i = 0; i < values.Length; i++)
        {
            int channel = scales.Length == 1 ? 0 : i / inner % scales.Length;
            values[i] = scales[channel] * (integers[i] - zeroPoints[zeroPoints.Length == 1 ? 0 : channel]);
        }

        return Tensor.Of(stored.Dims, values);
    }
}
