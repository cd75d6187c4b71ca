namespace Edge.Quantization.Graph.Patterns;

/// <summary>A softmax pool in a graph: the sum along an axis, time, of values times the softmax along that axis of their logits; one operator on the device.</summary>
/// <remarks>Also called attentive pooling or attention over time; see Okabe, Koshinaka, Shinoda, "Attentive statistics pooling" (2018).</remarks>
internal sealed record SoftmaxPoolPattern
{
    /// <summary>The value that is pooled.</summary>
    public required string Values { get; init; }

    /// <summary>The logits of its weights, of the same shape.</summary>
    public required string Logits { get; init; }

    /// <summary>The Softmax along the axis.</summary>
    public required Node Softmax { get; init; }

    /// <summary>The Mul of values and weights.</summary>
    public required Node Product { get; init; }

    /// <summary>The ReduceSum that the pattern ends in.</summary>
    public required Node Sum { get; init; }

    /// <summary>The axis of the values that is summed over, from the front.</summary>
    public required int Axis { get; init; }

    /// <summary>Whether the sum has that axis still, of size 1.</summary>
    public bool KeepsAxis => Sum.Int("keepdims", 1) != 0;

    /// <summary>Every pool of a graph in opset 13 or later, in the graph's order.</summary>
    public static IReadOnlyList<SoftmaxPoolPattern> FindAll(ModelGraph graph) => [.. graph.Nodes.Select(node => Find(graph, node)).OfType<SoftmaxPoolPattern>()];

    /// <summary>The pool that ends in a node; null where none does.</summary>
    /// <param name="graph">A float graph, or one with QuantizeLinear and DequantizeLinear.</param>
    /// <param name="sum">Any of its nodes.</param>
    public static SoftmaxPoolPattern? Find(ModelGraph graph, Node sum)
    {
        if (sum is not { OpType: "ReduceSum", Domain: "" } || ReadOnce(graph, sum.Inputs[0], "Mul") is not { } product)
        {
            return null;
        }

        int index = product.Inputs.FindIndex(input => ReadOnce(graph, input, "Softmax") is not null);
        if (index < 0 || product.Inputs[0] == product.Inputs[1])
        {
            return null;
        }

        Node softmax = graph.ProducerOf(product.Inputs[index])!;
        (string values, string logits) = (product.Inputs[1 - index], softmax.Inputs[0]);
        long[] axes = graph.Constant(sum.Input(1))?.ToLongs() ?? sum.Ints("axes").ToArray();
        int? rank = graph.Describe(values)?.Shape?.Count ?? graph.Describe(logits)?.Shape?.Count;
        return axes is [var axis] && Positive(axis, rank) is { } along && along == Positive(softmax.Int("axis", -1), rank) && graph.Constant(values) is null
            && HaveOneShape(graph, values, logits)
            ? new SoftmaxPoolPattern { Values = values, Logits = logits, Softmax = softmax, Product = product, Sum = sum, Axis = along }
            : null;
    }

    /// <summary>The node of a kind that makes a value which one node alone reads.</summary>
    private static Node? ReadOnce(ModelGraph graph, string value, string kind) =>
        graph.ProducerOf(value) is { Domain: "" } node && node.OpType == kind && graph.ConsumersOf(value).Count == 1 && !graph.IsOutput(value) ? node : null;

    private static int? Positive(long axis, int? rank) => axis >= 0 ? (int)axis : rank is { } known ? (int)axis + known : null;

    /// <summary>False where a dimension that both shapes tell differs: such logits repeat along the values, which the device does not do.</summary>
    private static bool HaveOneShape(ModelGraph graph, string values, string logits)
    {
        IReadOnlyList<Dimension>? a = graph.Describe(values)?.Shape, b = graph.Describe(logits)?.Shape;
        return a is null || b is null || (a.Count == b.Count && a.Zip(b).All(pair => !pair.First.IsKnown || !pair.Second.IsKnown || pair.First.Size == pair.Second.Size));
    }
}
