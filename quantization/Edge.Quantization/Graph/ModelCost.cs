namespace Edge.Quantization.Graph;

/// <summary>What a float network costs: weights to store, products to compute.</summary>
/// <param name="Parameters">Elements of the float constants.</param>
/// <param name="MultiplyAccumulates">Products of convolutions, fully connected layers and attention for one sample; those of element-wise operators are left out, as usual.</param>
public readonly record struct ModelCost(long Parameters, long MultiplyAccumulates)
{
    /// <summary>Counts a graph.</summary>
    /// <param name="graph">A cleaned-up float graph.</param>
    /// <param name="shapes">Shape of each value for the sample.</param>
    public static ModelCost Of(ModelGraph graph, IReadOnlyDictionary<string, ValueInfo> shapes)
    {
        long parameters = graph.Initializers.Values.Where(tensor => tensor.ElementType == ElementType.Float32).Sum(tensor => (long)tensor.Count);
        return new ModelCost(parameters, graph.Nodes.Sum(node => Products(graph, node, shapes)));
    }

    /// <summary>Products of one node.</summary>
    public static long Products(ModelGraph graph, Node node, IReadOnlyDictionary<string, ValueInfo> shapes)
    {
        long outputs = shapes.GetValueOrDefault(node.Outputs[0])?.StaticShape?.Aggregate(1L, (product, dim) => product * dim) ?? 0;
        return node.OpType switch
        {
            // Weights are [out, in / group, kernel]: every output takes in / group · kernel products.
            "Conv" => outputs * (Elements(node.Inputs[1]) / Math.Max(1, Shape(node.Inputs[1]) is [var channels, ..] ? channels : 1)),
            "ConvTranspose" => (shapes.GetValueOrDefault(node.Inputs[0])?.StaticShape?.Aggregate(1L, (product, dim) => product * dim) ?? 0)
                * (Elements(node.Inputs[1]) / Math.Max(1, Shape(node.Inputs[1]) is [var inputs, ..] ? inputs : 1)),
            "Gemm" => outputs * (Shape(node.Inputs[0]) is { Length: 2 } shape ? shape[node.Int("transA", 0) != 0 ? 0 : 1] : 0),
            "MatMul" => outputs * (Shape(node.Inputs[0]) is [.., var depth] ? depth : 0),
            _ => 0,
        };

        long[]? Shape(string value) => graph.Initializers.TryGetValue(value, out Tensor? tensor) ? tensor.Dims.ToArray() : shapes.GetValueOrDefault(value)?.StaticShape;

        long Elements(string value) => Shape(value)?.Aggregate(1L, (product, dim) => product * dim) ?? 0;
    }
}
