using Edge.Quantization.Graph;

namespace Edge.Quantization.Rewriting;

/// <summary>Makes constants of what is known of shapes, also where the batch or the time is open.</summary>
internal static class ShapeFolding
{
    /// <summary>Folds Shape, Size, single dimensions taken from a Shape, and computed targets of Reshape and Expand.</summary>
    /// <param name="graph">The graph in opset 21, its shapes inferred.</param>
    /// <returns>True where the graph changed.</returns>
    public static bool Apply(ModelGraph graph)
    {
        bool changed = false;
        foreach (Node node in graph.Nodes.Where(node => node.Domain.Length == 0).ToList())
        {
            changed |= node.OpType switch
            {
                "Shape" => FoldShape(graph, node),
                "Size" => FoldSize(graph, node),
                "Gather" => FoldGather(graph, node),
                "Slice" => FoldSlice(graph, node),
                "Reshape" or "Expand" => FoldTarget(graph, node),
                _ => false,
            };
        }

        graph.RemoveDeadNodes();
        return changed;
    }

    private static bool FoldShape(ModelGraph graph, Node node) =>
        Dimensions(graph, node) is { } dims && dims.All(dim => dim.IsKnown) && Replace(graph, node, Tensor.Vector([.. dims.Select(dim => dim.Size)]));

    private static bool FoldSize(ModelGraph graph, Node node) =>
        graph.Describe(node.Inputs[0])?.StaticShape is { } dims && Replace(graph, node, Tensor.Of([], [dims.Aggregate(1L, (product, dim) => product * dim)]));

    private static bool FoldGather(ModelGraph graph, Node node)
    {
        if (graph.ProducerOf(node.Inputs[0]) is not { OpType: "Shape" } shape || Dimensions(graph, shape) is not { } dims
            || graph.Constant(node.Inputs[1]) is not { } indices)
        {
            return false;
        }

        Dimension[] taken = [.. indices.ToLongs().Select(i => i < 0 ? i + dims.Length : i).Select(i => i >= 0 && i < dims.Length ? dims[i] : Dimension.Unknown)];
        return Array.TrueForAll(taken, dim => dim.IsKnown) && Replace(graph, node, Tensor.Of(indices.Dims, [.. taken.Select(dim => dim.Size)]));
    }

    private static bool FoldSlice(ModelGraph graph, Node node)
    {
        if (graph.ProducerOf(node.Inputs[0]) is not { OpType: "Shape" } shape || Dimensions(graph, shape) is not { } dims
            || graph.Constant(node.Input(1)) is not { Count: 1 } start || graph.Constant(node.Input(2)) is not { Count: 1 } end
            || (graph.Constant(node.Input(4))?.ToLongs() ?? [1]) is not [1])
        {
            return false;
        }

        int from = Position(start.ToLongs()[0]), to = Position(end.ToLongs()[0]);
        Dimension[] taken = from < to ? dims[from..to] : [];
        return Array.TrueForAll(taken, dim => dim.IsKnown) && Replace(graph, node, Tensor.Vector([.. taken.Select(dim => dim.Size)]));

        int Position(long index) => (int)Math.Clamp(index < 0 ? index + dims.Length : index, 0, dims.Length);
    }

    /// <summary>A computed target becomes constant where at most one dimension is open, or the open ones are the input's own at the same place.</summary>
    private static bool FoldTarget(ModelGraph graph, Node node)
    {
        if (graph.Constant(node.Inputs[1]) is not null || graph.Describe(node.Outputs[0])?.Shape is not { } shape || node.Int("allowzero", 0) != 0)
        {
            return false;
        }

        IReadOnlyList<Dimension> source = graph.Describe(node.Inputs[0])?.Shape ?? [];
        bool reshape = node.OpType == "Reshape";
        long copied = reshape ? 0 : 1; // Expand leaves a dimension alone where the target says 1
        int offset = reshape ? 0 : source.Count - shape.Count;
        long[] target = [.. shape.Select((dim, i) => dim.IsKnown ? dim.Size : IsCopied(dim, i + offset) ? copied : -1)];
        int open = target.Count(size => size == -1);
        if (open > (reshape ? 1 : 0) || (reshape && shape.Any(dim => dim.Size == 0)))
        {
            return false;
        }

        string name = graph.UniqueName($"{node.Outputs[0]}.shape");
        graph.Initializers[name] = Tensor.Vector(target);
        node.Inputs[1] = name;
        return true;

        bool IsCopied(Dimension dim, int at) => dim.Symbol is not null && at >= 0 && at < source.Count && source[at] == dim;
    }

    /// <summary>The dimensions that a Shape node gives.</summary>
    private static Dimension[]? Dimensions(ModelGraph graph, Node shape)
    {
        if (graph.Describe(shape.Inputs[0])?.Shape is not { } dims)
        {
            return null;
        }

        int start = Position(shape.Int("start", 0)), end = Position(shape.Int("end", dims.Count));
        return start < end ? [.. dims.Skip(start).Take(end - start)] : [];

        int Position(long index) => (int)Math.Clamp(index < 0 ? index + dims.Count : index, 0, dims.Count);
    }

    private static bool Replace(ModelGraph graph, Node node, Tensor value)
    {
        if (graph.IsOutput(node.Outputs[0]))
        {
            return false;
        }

        graph.Nodes.Remove(node);
        graph.Initializers[node.Outputs[0]] = value;
        return true;
    }
}
