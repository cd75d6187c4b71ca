using Edge.Quantization.Graph;

namespace Edge.Quantization.Graph.Patterns;

/// <summary>A scaled dot-product attention in a graph: softmax(scale · query · keyᵀ + mask) · value over several heads.</summary>
/// <remarks>Source: Vaswani et al., Attention Is All You Need, 2017.</remarks>
public sealed record AttentionPattern
{
    private static readonly HashSet<string> Moves = ["Reshape", "Transpose", "Squeeze", "Unsqueeze", "Flatten", "Identity"];

    /// <summary>The MatMul or Gemm of the query's linear layer; null where the query comes from no linear layer of its own, as for key and value.</summary>
    public Node? Query { get; private init; }

    /// <summary>The MatMul or Gemm of the key's linear layer.</summary>
    public Node? Key { get; private init; }

    /// <summary>The MatMul or Gemm of the value's linear layer.</summary>
    public Node? Value { get; private init; }

    /// <summary>Number of heads; 0 where the shapes do not tell.</summary>
    public int Heads { get; private init; }

    /// <summary>Channels of the query and key of one head; 0 where the shapes do not tell.</summary>
    public int HeadSize { get; private init; }

    /// <summary>The MatMul of query and key.</summary>
    public required Node Scores { get; init; }

    /// <summary>What nodes outside the projections multiply the scores by; 1 once it is folded into a projection.</summary>
    public double Scale { get; private init; }

    /// <summary>The value that is added to the scores; null where there is none.</summary>
    public string? Mask { get; private init; }

    /// <summary>The softmax over the keys.</summary>
    public required Node Softmax { get; init; }

    /// <summary>The MatMul of the softmax and the values.</summary>
    public required Node Values { get; init; }

    /// <summary>The MatMul or Gemm of the output projection; null where another operator follows.</summary>
    public Node? Output { get; private init; }

    /// <summary>The nodes that multiply by a constant, from the projections to the softmax.</summary>
    internal IReadOnlyList<Node> ScaleNodes { get; private init; } = [];

    /// <summary>The layer that a scale can be folded into; null where others read the queries and the keys too, or there is no such layer.</summary>
    internal LinearLayer? ScaledLayer { get; private init; }

    /// <summary>Every attention of a graph in opset 21, in the graph's order.</summary>
    public static IReadOnlyList<AttentionPattern> FindAll(ModelGraph graph) =>
        [.. graph.Nodes.Where(node => node is { OpType: "Softmax", Domain: "" }).Select(node => Find(graph, node)).OfType<AttentionPattern>()];

    private static AttentionPattern? Find(ModelGraph graph, Node softmax)
    {
        int? rank = graph.Describe(softmax.Inputs[0])?.Shape?.Count;
        if (softmax.Int("axis", -1) is var axis && axis != -1 && axis != rank - 1)
        {
            return null;
        }

        if (ScoresOf(graph, softmax.Inputs[0]) is not { } scores || ReaderBehindMoves(graph, softmax.Outputs[0]) is not { OpType: "MatMul" } values
            || graph.Constant(values.Inputs[1]) is not null)
        {
            return null;
        }

        Path query = Trace(graph, scores.Product.Inputs[0]), key = Trace(graph, scores.Product.Inputs[1]), value = Trace(graph, values.Inputs[1]);
        int headSize = (int)Math.Max(0, graph.Describe(scores.Product.Inputs[0])?.Shape?[^1].Size ?? 0);
        Node[] scales = [.. query.Scales, .. key.Scales, .. scores.Scales];
        return new AttentionPattern
        {
            Query = query.Layer?.Product,
            Key = key.Layer?.Product,
            Value = value.Layer?.Product,
            HeadSize = headSize,
            Heads = headSize == 0 ? 0 : (query.Layer ?? key.Layer)?.Channels / headSize ?? HeadsOf(graph, scores.Product.Outputs[0]),
            Scores = scores.Product,
            Scale = scales.Aggregate(1.0, (product, node) => product * FactorOf(graph, node)!.Value),
            Mask = scores.Mask,
            Softmax = softmax,
            Values = values,
            Output = ReaderBehindMoves(graph, values.Outputs[0]) is { OpType: "MatMul" or "Gemm" } output && LinearLayer.EndingAt(graph, output.Outputs[0]) is not null ? output : null,
            ScaleNodes = scales,
            ScaledLayer = !query.IsPrivate || !key.IsPrivate || !scores.IsPrivate ? null : query.Layer is { IsReadOnce: true } first ? first : key.Layer is { IsReadOnce: true } second ? second : null,
        };
    }

    /// <summary>The number that a node multiplies a value by; null where it does something else.</summary>
    internal static double? FactorOf(ModelGraph graph, Node node) => node.OpType switch
    {
        "Mul" when (graph.Constant(node.Inputs[1]) ?? graph.Constant(node.Inputs[0])) is { Count: 1 } factor => factor.ToFloats()[0],
        "Div" when graph.Constant(node.Inputs[1]) is { Count: 1 } divisor => 1.0 / divisor.ToFloats()[0],
        _ => null,
    };

    private static string DataInput(ModelGraph graph, Node node) => node.Inputs[graph.Constant(node.Inputs[0]) is null ? 0 : 1];

    /// <summary>Back from the softmax to the product of query and key, over scales, moves and the sum with one mask.</summary>
    private static (Node Product, List<Node> Scales, string? Mask, bool IsPrivate)? ScoresOf(ModelGraph graph, string value)
    {
        var scales = new List<Node>();
        bool isPrivate = true;
        string? mask = null;
        while (graph.ProducerOf(value) is { Domain: "" } node)
        {
            isPrivate &= IsPrivate(graph, value);
            if (node.OpType == "MatMul")
            {
                return node.Inputs.Exists(input => graph.Constant(input) is not null) ? null : (node, scales, mask, isPrivate);
            }

            if (FactorOf(graph, node) is not null)
            {
                scales.Add(node);
                value = DataInput(graph, node);
            }
            else if (node.OpType == "Add" && mask is null && scales.Count == 0)
            {
                int product = LeadsToProduct(graph, node.Inputs[0]) ? 0 : 1;
                mask = node.Inputs[1 - product];
                value = node.Inputs[product];
            }
            else if (Moves.Contains(node.OpType) && node.OpType != "Transpose")
            {
                value = node.Inputs[0];
            }
            else
            {
                return null;
            }
        }

        return null;
    }

    private static bool LeadsToProduct(ModelGraph graph, string value)
    {
        while (graph.ProducerOf(value) is { Domain: "" } node && node.OpType != "MatMul")
        {
            if (FactorOf(graph, node) is null && !Moves.Contains(node.OpType))
            {
                return false;
            }

            value = DataInput(graph, node);
        }

        return graph.ProducerOf(value) is not null;
    }

    /// <summary>Back from an operand to the linear layer that made it, over moves and scales.</summary>
    private static Path Trace(ModelGraph graph, string value)
    {
        var scales = new List<Node>();
        bool isPrivate = true;
        while (true)
        {
            isPrivate &= IsPrivate(graph, value);
            if (LinearLayer.EndingAt(graph, value) is { Product.OpType: not "Conv" } layer)
            {
                return new Path(layer, scales, isPrivate);
            }

            if (graph.ProducerOf(value) is not { Domain: "" } node || !(Moves.Contains(node.OpType) || FactorOf(graph, node) is not null))
            {
                return new Path(null, scales, isPrivate || scales.Count == 0);
            }

            if (!Moves.Contains(node.OpType))
            {
                scales.Add(node);
            }

            value = DataInput(graph, node);
        }
    }

    /// <summary>The one node that reads a value, behind reshapes and transposes; null where several do.</summary>
    private static Node? ReaderBehindMoves(ModelGraph graph, string value)
    {
        while (graph.ConsumersOf(value) is [{ } reader])
        {
            if (!Moves.Contains(reader.OpType))
            {
                return reader;
            }

            value = reader.Outputs[0];
        }

        return null;
    }

    private static int HeadsOf(ModelGraph graph, string scores) =>
        graph.Describe(scores)?.Shape is { Count: >= 3 } shape ? (int)Math.Max(0, shape[^3].Size) : 0;

    private static bool IsPrivate(ModelGraph graph, string value) => graph.ConsumersOf(value).Count == 1 && !graph.IsOutput(value);

    private sealed record Path(LinearLayer? Layer, List<Node> Scales, bool IsPrivate);
}
