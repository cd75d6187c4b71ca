using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Patterns;

namespace Edge.Quantization.Rewriting.Canonical;

/// <summary>Cuts a linear layer whose channels are taken apart behind it (query, key and value in one) into a layer for each part.</summary>
internal sealed class JointProjection
{
    private readonly ModelGraph graph;
    private readonly LinearLayer layer;

    private JointProjection(ModelGraph graph, LinearLayer layer) => (this.graph, this.layer) = (graph, layer);

    /// <summary>Cuts every layer that can be.</summary>
    /// <param name="graph">The graph in opset 21, its shapes inferred.</param>
    public static void Apply(ModelGraph graph)
    {
        foreach (Node node in graph.Nodes.Where(node => node is { OpType: "MatMul" or "Gemm" or "Add", Domain: "" }).ToList())
        {
            if (LinearLayer.EndingAt(graph, node.Outputs[0]) is { Product.OpType: not "Conv" } layer && !graph.IsOutput(layer.Output))
            {
                var joint = new JointProjection(graph, layer);
                _ = joint.CutDirectly() || joint.CutBehindReshape();
            }
        }

        graph.SortTopologically();
        graph.RemoveDeadNodes();
    }

    /// <summary>Slices or a Split of the channels themselves.</summary>
    private bool CutDirectly()
    {
        List<Node> readers = graph.ConsumersOf(layer.Output);
        if (graph.Describe(layer.Output)?.Shape?.Count is not { } rank || Parts(readers, rank - 1, layer.Channels) is not { Count: > 1 } parts
            || parts.Exists(part => part.DropsAxis) || parts.Sum(part => part.Count) > layer.Channels)
        {
            return false;
        }

        graph.Nodes.RemoveAll(readers.Contains);
        foreach (Part part in parts)
        {
            layer.AddPart(part.First, part.Count, part.Output);
        }

        return true;
    }

    /// <summary>The channels are reshaped to [parts, …], axes move, and then the parts are taken one by one.</summary>
    private bool CutBehindReshape()
    {
        if (graph.ConsumersOf(layer.Output) is not [{ OpType: "Reshape" } reshape] || graph.Constant(reshape.Input(1))?.ToLongs() is not { } target
            || graph.Describe(reshape.Outputs[0])?.Shape is not { } shape || shape.Count != target.Length || AxisOfParts(shape) is not { } axis)
        {
            return false;
        }

        var moves = new List<Move>();
        string value = reshape.Outputs[0];
        int now = axis, rank = shape.Count;
        while (!graph.IsOutput(value) && graph.ConsumersOf(value) is [{ } reader] && Follow(reader, now, rank) is { } move)
        {
            moves.Add(move);
            rank += reader.OpType switch { "Unsqueeze" => move.Axes.Length, "Squeeze" => -move.Axes.Length, _ => 0 };
            (value, now) = (reader.Outputs[0], move.AxisOut);
        }

        List<Node> readers = graph.ConsumersOf(value);
        int count = (int)shape[axis].Size;
        if (graph.IsOutput(value) || Parts(readers, now, count) is not { Count: > 1 } parts || parts.Exists(part => part.Count != 1))
        {
            return false;
        }

        long[] rest = [.. target[..axis], .. shape.Skip(axis + 1).Select(dim => dim.Size)];
        graph.Nodes.RemoveAll(readers.Contains);
        foreach (Part part in parts)
        {
            AddBranch(part, layer.Channels / count, rest, moves, now);
        }

        return true;
    }

    /// <summary>One part: its own layer, and the reshape and moves without the axis of the parts.</summary>
    private void AddBranch(Part part, int channels, long[] target, List<Move> moves, int lastAxis)
    {
        string value = graph.UniqueName($"{part.Output}.projection");
        layer.AddPart(part.First * channels, channels, value);
        Append("Reshape", target);
        foreach (Move move in moves)
        {
            int dropped = move.OpType == "Unsqueeze" ? move.AxisOut : move.AxisIn;
            Append(move.OpType, [.. move.Axes.Where(axis => axis != dropped).Select(axis => axis - (axis > dropped ? 1 : 0))]);
        }

        graph.Nodes.Add(part.DropsAxis
            ? new Node("Identity", [value], [part.Output], part.Output)
            : new Node("Unsqueeze", [value, AddConstant([lastAxis])], [part.Output], part.Output));

        void Append(string operatorType, long[] numbers)
        {
            string output = graph.UniqueName($"{part.Output}.{operatorType}");
            bool transpose = operatorType == "Transpose";
            var node = new Node(operatorType, transpose ? [value] : [value, AddConstant(numbers)], [output], output);
            if (transpose)
            {
                node.Attributes["perm"] = numbers;
            }

            graph.Nodes.Add(node);
            value = output;
        }

        string AddConstant(long[] numbers)
        {
            string name = graph.UniqueName($"{part.Output}.numbers");
            graph.Initializers[name] = Tensor.Vector(numbers);
            return name;
        }
    }

    /// <summary>The axis that counts the parts: it and all axes behind it together are the channels.</summary>
    private int? AxisOfParts(IReadOnlyList<Dimension> shape)
    {
        long product = 1;
        for (int axis = shape.Count - 1; axis >= 0 && shape[axis].IsKnown; axis--)
        {
            product *= shape[axis].Size;
            if (product == layer.Channels && shape[axis].Size > 1)
            {
                return axis < shape.Count - 1 ? axis : null;
            }
        }

        return null;
    }

    /// <summary>Where an axis goes in a node that only moves axes; null for any other node.</summary>
    private Move? Follow(Node node, int axis, int rank)
    {
        if (node.OpType == "Transpose" && node.Ints("perm").ToArray() is { Length: > 0 } order)
        {
            return new Move("Transpose", axis, Array.IndexOf(order, axis), order);
        }

        if (node.OpType is not ("Squeeze" or "Unsqueeze") || graph.Constant(node.Input(1))?.ToLongs() is not { } axes)
        {
            return null;
        }

        bool squeeze = node.OpType == "Squeeze";
        int counted = squeeze ? rank : rank + axes.Length;
        axes = [.. axes.Select(a => a < 0 ? a + counted : a).Order()];
        if (squeeze)
        {
            return axes.Contains(axis) ? null : new Move("Squeeze", axis, axis - axes.Count(a => a < axis), axes);
        }

        int moved = axis;
        foreach (long inserted in axes)
        {
            moved += inserted <= moved ? 1 : 0;
        }

        return new Move("Unsqueeze", axis, moved, axes);
    }

    /// <summary>What the readers take along an axis; null where one of them does something else.</summary>
    private List<Part>? Parts(List<Node> readers, int axis, int size)
    {
        var parts = new List<Part>();
        foreach (Node reader in readers)
        {
            if (!Add(parts, reader, axis, size))
            {
                return null;
            }
        }

        return parts;
    }

    private bool Add(List<Part> parts, Node reader, int axis, int size)
    {
        int rank = graph.Describe(reader.Inputs[0])?.Shape?.Count ?? 0;
        if (reader.OpType is "Gather" or "Split")
        {
            long along = reader.Int("axis", 0);
            if (rank == 0 || (along < 0 ? along + rank : along) != axis)
            {
                return false;
            }

            return reader.OpType == "Split" ? AddSplit(parts, reader, size) : AddGather(parts, reader, size);
        }

        if (reader.OpType != "Slice" || graph.Constant(reader.Input(1))?.ToLongs() is not [var start] || graph.Constant(reader.Input(2))?.ToLongs() is not [var end]
            || graph.Constant(reader.Input(3))?.ToLongs() is not [var sliced] || (graph.Constant(reader.Input(4))?.ToLongs() ?? [1]) is not [1]
            || rank == 0 || (sliced < 0 ? sliced + rank : sliced) != axis)
        {
            return false;
        }

        int first = (int)Math.Clamp(start < 0 ? start + size : start, 0, size);
        int count = (int)Math.Clamp(end < 0 ? end + size : end, first, size) - first;
        parts.Add(new Part(first, count, reader.Outputs[0], DropsAxis: false));
        return count > 0;
    }

    private bool AddSplit(List<Part> parts, Node split, int size)
    {
        long even = (size + split.Outputs.Count - 1) / split.Outputs.Count; // the last is smaller where it does not divide
        long[] sizes = graph.Constant(split.Input(1))?.ToLongs() ?? [.. split.Outputs.Select((_, i) => Math.Min(even, size - i * even))];
        if (split.Input(1) is not null && graph.Constant(split.Input(1)) is null || sizes.Sum() != size)
        {
            return false;
        }

        int first = 0;
        for (int i = 0; i < sizes.Length; first += (int)sizes[i++])
        {
            parts.Add(new Part(first, (int)sizes[i], split.Outputs[i], DropsAxis: false));
        }

        return true;
    }

    private bool AddGather(List<Part> parts, Node gather, int size)
    {
        if (graph.Constant(gather.Inputs[1]) is not { Count: 1, Dims.Length: <= 1 } index)
        {
            return false;
        }

        long at = index.ToLongs()[0];
        at += at < 0 ? size : 0;
        parts.Add(new Part((int)at, 1, gather.Outputs[0], DropsAxis: index.Dims.Length == 0));
        return at >= 0 && at < size;
    }

    /// <summary>A run of the channels, or of the axis that counts the parts, and the value that takes it.</summary>
    private sealed record Part(int First, int Count, string Output, bool DropsAxis);

    /// <summary>A node that moves axes, where the axis of the parts goes in it, and its permutation or axes, counted from the front.</summary>
    private sealed record Move(string OpType, int AxisIn, int AxisOut, long[] Axes);
}
