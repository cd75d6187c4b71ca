using Edge.Quantization.Graph;

namespace Edge.Quantization.Rewriting.Canonical;

/// <summary>Follows what a graph computes from the shapes of values, with symbols for the dimensions that are open.</summary>
/// <param name="graph">The graph in opset 21, its shapes inferred.</param>
internal sealed class ShapeArithmetic(ModelGraph graph)
{
    /// <summary>Beyond this many steps back a value is not followed.</summary>
    private const int LongestChain = 64;

    /// <summary>The elements of a vector or scalar of integers as dimensions; null where they are not the arithmetic of shapes.</summary>
    /// <remarks>A computed -1, as a Reshape takes it, is a dimension of size -1 without a symbol, like any that is not known.</remarks>
    public Dimension[]? Elements(string value) => Elements(value, LongestChain);

    /// <summary>The dimensions of a value; null where its rank is not known. An open one without a symbol, as behind a stride, gets one of its own.</summary>
    public Dimension[]? Of(string value) =>
        graph.Describe(value)?.Shape is { } dims ? [.. dims.Select((dim, axis) => dim.IsKnown || dim.Symbol is not null ? dim : new Dimension(-1, $"{value}:{axis}"))] : null;

    /// <summary>The dimensions that a Shape node gives.</summary>
    public Dimension[]? OfShape(Node shape)
    {
        if (Of(shape.Inputs[0]) is not { } dims)
        {
            return null;
        }

        int start = Position(shape.Int("start", 0), dims.Length), end = Position(shape.Int("end", dims.Length), dims.Length);
        return start < end ? dims[start..end] : [];
    }

    private Dimension[]? Elements(string value, int steps)
    {
        if (graph.Constant(value) is { } constant)
        {
            return constant.ElementType is ElementType.Int64 or ElementType.Int32 && constant.Dims.Length <= 1
                ? Array.ConvertAll(constant.ToLongs(), number => new Dimension(number)) : null;
        }

        if (steps == 0 || graph.ProducerOf(value) is not { Domain: "" } node)
        {
            return null;
        }

        return node.OpType switch
        {
            "Shape" => OfShape(node),
            "Gather" => Gather(node, steps - 1),
            "Slice" => Slice(node, steps - 1),
            "Concat" => Concat(node, steps - 1),
            "Squeeze" or "Unsqueeze" or "Identity" => Elements(node.Inputs[0], steps - 1),
            "Cast" when node.Int("to", 0) is (long)ElementType.Int64 or (long)ElementType.Int32 => Elements(node.Inputs[0], steps - 1),
            "Reshape" when graph.Describe(node.Outputs[0])?.Shape is null or { Count: <= 1 } => Elements(node.Inputs[0], steps - 1),
            "Mul" => Combine(node, steps - 1, neutral: 1),
            "Add" => Combine(node, steps - 1, neutral: 0),
            _ => null,
        };
    }

    private Dimension[]? Gather(Node node, int steps) =>
        Elements(node.Inputs[0], steps) is { } from && graph.Constant(node.Inputs[1]) is { Dims.Length: <= 1 } indices
            ? Array.ConvertAll(indices.ToLongs(), index => (index += index < 0 ? from.Length : 0) >= 0 && index < from.Length ? from[index] : Dimension.Unknown)
            : null;

    private Dimension[]? Slice(Node node, int steps)
    {
        if (Elements(node.Inputs[0], steps) is not { } from || graph.Constant(node.Input(1)) is not { Count: 1 } start
            || graph.Constant(node.Input(2)) is not { Count: 1 } end || (graph.Constant(node.Input(4))?.ToLongs() ?? [1]) is not [1])
        {
            return null;
        }

        int first = Position(start.ToLongs()[0], from.Length), last = Position(end.ToLongs()[0], from.Length);
        return first < last ? from[first..last] : [];
    }

    private Dimension[]? Concat(Node node, int steps)
    {
        var all = new List<Dimension>();
        foreach (string input in node.Inputs)
        {
            if (Elements(input, steps) is not { } part)
            {
                return null;
            }

            all.AddRange(part);
        }

        return [.. all];
    }

    /// <summary>An open dimension times 1 or plus 0 is itself; numbers among themselves are left to constant folding.</summary>
    private Dimension[]? Combine(Node node, int steps, long neutral) =>
        Elements(node.Inputs[0], steps) is [var a] && Elements(node.Inputs[1], steps) is [var b]
            ? [a.Size == neutral ? b : b.Size == neutral ? a : Dimension.Unknown]
            : null;

    private static int Position(long index, int count) => (int)Math.Clamp(index < 0 ? index + count : index, 0, count);
}
