using Edge.Quantization.Graph;

namespace Edge.Quantization.Rewriting.Canonical;

/// <summary>Removes nodes that change nothing, and joins reshapes and transposes that follow each other.</summary>
internal static class RedundantNodes
{
    private static readonly HashSet<string> Reshapes = ["Reshape", "Flatten", "Squeeze", "Unsqueeze"];

    /// <summary>Cleans until nothing is left to clean.</summary>
    /// <param name="graph">The graph in opset 21, its shapes inferred.</param>
    public static void Apply(ModelGraph graph)
    {
        bool changed = true;
        while (changed)
        {
            changed = false;
            foreach (Node node in graph.Nodes.Where(node => node.Domain.Length == 0).ToList())
            {
                changed |= JoinTransposes(graph, node) | JoinReshapes(graph, node) | (ChangesNothing(graph, node) && TryBypass(graph, node));
            }

            graph.RemoveDeadNodes();
        }
    }

    private static bool ChangesNothing(ModelGraph graph, Node node) => node.OpType switch
    {
        "Identity" => true,
        "Dropout" => IsSpent(graph, node) && node.Outputs.Skip(1).All(mask => graph.ConsumersOf(mask).Count == 0 && !graph.IsOutput(mask)),
        "Cast" => graph.Describe(node.Inputs[0])?.ElementType is { } type && (long)type == node.Int("to", 0),
        "Reshape" or "Flatten" or "Expand" or "Squeeze" or "Unsqueeze" => HaveSameShape(graph, node.Inputs[0], node.Outputs[0]),
        "Slice" => HaveSameShape(graph, node.Inputs[0], node.Outputs[0]) && (node.Input(4) is not { } steps || (graph.Constant(steps)?.ToLongs() ?? [-1]).All(step => step > 0)),
        "Transpose" => node.Ints("perm") is { Length: > 0 } order && order.SequenceEqual(Enumerable.Range(0, order.Length).Select(i => (long)i).ToArray()),
        "Pad" => graph.Constant(node.Input(1))?.ToLongs().All(pad => pad == 0) ?? false,
        "Concat" or "Max" or "Min" or "Sum" or "Mean" => node.Inputs.Count == 1,
        "Mul" or "Div" => IsScalar(graph, node, 1),
        "Add" or "Sub" => IsScalar(graph, node, 0),
        _ => false,
    };

    /// <summary>A dropout in inference, or of nothing.</summary>
    private static bool IsSpent(ModelGraph graph, Node dropout) =>
        (graph.Constant(dropout.Input(2))?.ToLongs() ?? [0]) is [0] || (graph.Constant(dropout.Input(1))?.ToFloats() ?? [0.5f]) is [0];

    /// <summary>True where the second input is this number and has no more axes than the first, which then is the result.</summary>
    private static bool IsScalar(ModelGraph graph, Node node, float neutral) =>
        graph.Constant(node.Inputs[1]) is { Count: 1, Dims.Length: <= 1 } scalar && scalar.ToFloats()[0] == neutral
        && (scalar.Dims.Length == 0 || graph.Describe(node.Inputs[0])?.Shape is { Count: > 0 });

    /// <summary>Same rank, and every dimension the same number or the same symbol.</summary>
    private static bool HaveSameShape(ModelGraph graph, string a, string b) =>
        graph.Describe(a)?.Shape is { } first && graph.Describe(b)?.Shape is { } second
        && first.SequenceEqual(second) && first.All(dim => dim.IsKnown || dim.Symbol is not null);

    private static bool JoinTransposes(ModelGraph graph, Node node)
    {
        if (node.OpType != "Transpose" || graph.ProducerOf(node.Inputs[0]) is not { OpType: "Transpose" } before)
        {
            return false;
        }

        long[] first = before.Ints("perm").ToArray(), second = node.Ints("perm").ToArray();
        if (first.Length == 0 || first.Length != second.Length)
        {
            return false;
        }

        node.Inputs[0] = before.Inputs[0];
        node.Attributes["perm"] = Array.ConvertAll(second, axis => first[axis]);
        return true;
    }

    /// <summary>A reshape of a reshape reads the first one's input; where the shape is that input's again, both go.</summary>
    private static bool JoinReshapes(ModelGraph graph, Node node)
    {
        if (!IsReshape(graph, node) || graph.ProducerOf(node.Inputs[0]) is not { Domain: "" } before || !IsReshape(graph, before))
        {
            return false;
        }

        bool returns = HaveSameShape(graph, before.Inputs[0], node.Outputs[0]);
        bool absolute = node.OpType == "Reshape" && graph.Constant(node.Inputs[1])?.ToLongs().All(size => size != 0) == true;
        if (!returns && !absolute)
        {
            return false;
        }

        node.Inputs[0] = before.Inputs[0];
        if (returns)
        {
            node.OpType = "Identity";
            node.Inputs.RemoveRange(1, node.Inputs.Count - 1);
            node.Attributes.Clear();
        }

        return true;
    }

    /// <summary>A reshape by name, or a transpose that only moves axes of size 1.</summary>
    private static bool IsReshape(ModelGraph graph, Node node)
    {
        if (node.OpType != "Transpose" || graph.Describe(node.Inputs[0])?.Shape is not { } shape || node.Ints("perm") is not { Length: > 0 } order)
        {
            return Reshapes.Contains(node.OpType);
        }

        long[] wide = [.. order.ToArray().Where(axis => shape[(int)axis].Size != 1)];
        return wide.SequenceEqual(wide.Order());
    }

    /// <summary>Removes the node, unless it joins an input or a constant of the graph, or one output, to another output.</summary>
    private static bool TryBypass(ModelGraph graph, Node node)
    {
        if (graph.IsOutput(node.Outputs[0]) && (graph.ProducerOf(node.Inputs[0]) is null || graph.IsOutput(node.Inputs[0])))
        {
            return false;
        }

        graph.Bypass(node);
        return true;
    }
}
