using Edge.Quantization.Graph;

namespace Edge.Quantization.Rewriting.Canonical;

/// <summary>Makes constants of what is known of shapes, also where the batch or the time is open.</summary>
internal sealed class ShapeFolding
{
    private static readonly HashSet<string> Arithmetic = ["Shape", "Gather", "Slice", "Concat", "Squeeze", "Unsqueeze", "Cast", "Mul", "Add"];

    private readonly ModelGraph graph;
    private readonly ShapeArithmetic shapes;

    private ShapeFolding(ModelGraph graph) => (this.graph, shapes) = (graph, new ShapeArithmetic(graph));

    /// <summary>Folds dimensions that are known, and the computed targets of Reshape and Expand.</summary>
    /// <param name="graph">The graph in opset 21, its shapes inferred.</param>
    /// <returns>True where the graph changed.</returns>
    public static bool Apply(ModelGraph graph)
    {
        var folding = new ShapeFolding(graph);
        bool changed = false;
        foreach (Node node in graph.Nodes.Where(node => node.Domain.Length == 0).ToList())
        {
            changed |= node.OpType switch
            {
                "Size" => folding.FoldSize(node),
                "Reshape" => folding.FoldReshape(node),
                "Expand" => folding.FoldExpand(node),
                _ => Arithmetic.Contains(node.OpType) && folding.FoldNumbers(node),
            };
        }

        graph.RemoveDeadNodes();
        return changed;
    }

    private bool FoldSize(Node node) =>
        graph.Describe(node.Inputs[0])?.StaticShape is { } dims && Replace(node, Tensor.Of([], [dims.Aggregate(1L, (product, dim) => product * dim)]));

    /// <summary>Integers that are all known, wherever the shapes that they come from are open elsewhere.</summary>
    private bool FoldNumbers(Node node)
    {
        if (graph.Describe(node.Outputs[0]) is not { ElementType: ElementType.Int64 } info || !Array.TrueForAll([.. node.Inputs.Take(1)], value => graph.Constant(value) is null)
            || shapes.Elements(node.Outputs[0]) is not { } elements || !Array.TrueForAll(elements, element => element.IsKnown))
        {
            return false;
        }

        // Without a shape, ONNX Runtime means a scalar here: the elements are known to be integers in one axis or none.
        return Replace(node, Tensor.Of(info.Shape is null ? [] : [elements.Length], [.. elements.Select(element => element.Size)]));
    }

    /// <summary>A computed target becomes constant where all but one of its open dimensions are the input's own at the same place.</summary>
    private bool FoldReshape(Node node)
    {
        if (shapes.Of(node.Inputs[0]) is not { } source || shapes.Elements(node.Inputs[1]) is not { } target || node.Int("allowzero", 0) != 0)
        {
            return false;
        }

        Dimension[] meant = Resolve(source, [.. target.Select((dim, i) => dim.Size == 0 && i < source.Length ? source[i] : dim)]);
        bool isConstant = graph.Constant(node.Inputs[1]) is not null;
        long[] numbers = [.. meant.Select((dim, i) => dim.IsKnown ? dim.Size : dim.Symbol is not null && i < source.Length && source[i] == dim ? 0 : -1)];
        if (numbers.Count(number => number == -1) > 1 || (isConstant && numbers.SequenceEqual(target.Select(dim => dim.Size))))
        {
            return false;
        }

        SetTarget(node, numbers);
        if (graph.ValueInfos.TryGetValue(node.Outputs[0], out ValueInfo? info))
        {
            graph.ValueInfos[node.Outputs[0]] = info with { Shape = meant };
        }

        return true;
    }

    /// <summary>A dimension of -1 is what is left of the input's when the others are taken off.</summary>
    private static Dimension[] Resolve(IReadOnlyList<Dimension> source, Dimension[] target)
    {
        int at = Array.FindIndex(target, dim => dim is { IsKnown: false, Symbol: null });
        List<string?> symbols = [.. source.Where(dim => !dim.IsKnown).Select(dim => dim.Symbol)];
        Dimension[] others = [.. target.Where((_, i) => i != at)];
        bool accounted = at >= 0 && !symbols.Contains(null) && others.Where(dim => !dim.IsKnown).All(dim => symbols.Remove(dim.Symbol));
        long left = source.Where(dim => dim.IsKnown).Aggregate(1L, (product, dim) => product * dim.Size);
        long taken = others.Where(dim => dim.IsKnown).Aggregate(1L, (product, dim) => product * dim.Size);
        if (accounted && taken > 0 && left % taken == 0 && (symbols.Count == 0 || (symbols.Count == 1 && left == taken)))
        {
            target[at] = symbols.Count == 0 ? left / taken : symbols[0]!;
        }

        return target;
    }

    /// <summary>Expand leaves alone what its target says is 1: an open dimension that is the input's own.</summary>
    private bool FoldExpand(Node node)
    {
        if (graph.Constant(node.Inputs[1]) is not null || graph.Describe(node.Inputs[0])?.Shape is not { } source || shapes.Elements(node.Inputs[1]) is not { } target)
        {
            return false;
        }

        int offset = source.Count - target.Length;
        long[] numbers = [.. target.Select((dim, i) => dim.IsKnown ? dim.Size : dim.Symbol is not null && i + offset >= 0 && source[i + offset] == dim ? 1 : -1)];
        if (numbers.Contains(-1))
        {
            return false;
        }

        SetTarget(node, numbers);
        return true;
    }

    private void SetTarget(Node node, long[] numbers)
    {
        string name = graph.UniqueName($"{node.Outputs[0]}.shape");
        graph.Initializers[name] = Tensor.Vector(numbers);
        node.Inputs[1] = name;
    }

    private bool Replace(Node node, Tensor value)
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
