using Edge.Quantization.Graph;

namespace Edge.Quantization.Rewriting.Canonical;

/// <summary>Writes a Reshape that only takes away or adds axes of size 1 as Squeeze or Unsqueeze, which say so.</summary>
internal static class ReshapeSpelling
{
    /// <summary>Rewrites what it can.</summary>
    /// <param name="graph">The graph in opset 21, its shapes inferred.</param>
    public static void Apply(ModelGraph graph)
    {
        foreach (Node node in graph.Nodes.Where(node => node is { OpType: "Reshape", Domain: "" }))
        {
            if (graph.Describe(node.Inputs[0])?.Shape is not { } before || graph.Describe(node.Outputs[0])?.Shape is not { } after)
            {
                continue;
            }

            bool shrinks = before.Count > after.Count;
            if (ExtraOnes(shrinks ? before : after, shrinks ? after : before) is { Length: > 0 } axes)
            {
                string name = graph.UniqueName($"{node.Outputs[0]}.axes");
                graph.Initializers[name] = Tensor.Vector(axes);
                node.OpType = shrinks ? "Squeeze" : "Unsqueeze";
                node.Inputs[1] = name;
                node.Attributes.Clear();
            }
        }

        graph.RemoveDeadNodes();
    }

    /// <summary>The axes of size 1 that the longer shape has beyond the shorter; null where they differ in more.</summary>
    private static long[]? ExtraOnes(IReadOnlyList<Dimension> longer, IReadOnlyList<Dimension> shorter)
    {
        var extra = new List<long>();
        int at = 0;
        for (int axis = 0; axis < longer.Count; axis++)
        {
            bool same = at < shorter.Count && longer[axis] == shorter[at] && (longer[axis].IsKnown || longer[axis].Symbol is not null);
            if (same)
            {
                at++;
            }
            else if (longer[axis].Size == 1)
            {
                extra.Add(axis);
            }
            else
            {
                return null;
            }
        }

        return at == shorter.Count ? [.. extra] : null;
    }
}
