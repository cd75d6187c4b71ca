using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Patterns;

namespace Edge.Quantization.Rewriting.Compression;

/// <summary>One axis of a value or of a constant.</summary>
/// <param name="Value">Name of the value.</param>
/// <param name="Axis">The axis, from 0.</param>
internal readonly record struct AxisOf(string Value, int Axis);

/// <summary>Which axes of a graph belong together: an entry that goes from one of them must go from all.</summary>
/// <remarks>
/// Axes are joined through operators (union and find), as in DepGraph (Fang et al., "DepGraph: Towards Any Structural Pruning", 2023). A class
/// is rigid where its size cannot change: axes of the graph's inputs and outputs, and axes that an operator mixes, cuts or
/// normalizes over.
/// </remarks>
internal sealed class AxisClasses
{
    private readonly ModelGraph graph;
    private readonly Dictionary<AxisOf, AxisOf> parents = [];
    private readonly HashSet<AxisOf> rigid = [];

    private AxisClasses(ModelGraph graph) => this.graph = graph;

    /// <summary>Joins the axes of a graph whose values all have known shapes.</summary>
    /// <param name="graph">A cleaned-up float graph; <see cref="ModelGraph.ValueInfos"/> holds the shapes.</param>
    public static AxisClasses Of(ModelGraph graph)
    {
        var classes = new AxisClasses(graph);
        foreach (ValueInfo end in graph.Inputs.Concat(graph.Outputs))
        {
            classes.Fix(end.Name);
        }

        foreach (Node node in graph.Nodes)
        {
            classes.Join(node);
        }

        return classes;
    }

    /// <summary>The axes of constants in each class that may change its size.</summary>
    public IEnumerable<IReadOnlyList<AxisOf>> Free()
    {
        HashSet<AxisOf> fixedRoots = [.. rigid.Select(Root)];
        return parents.Keys.Where(axis => graph.Initializers.ContainsKey(axis.Value)).Distinct()
            .GroupBy(Root)
            .Where(group => !fixedRoots.Contains(group.Key))
            .Select(group => (IReadOnlyList<AxisOf>)[.. group.OrderBy(axis => axis.Value, StringComparer.Ordinal).ThenBy(axis => axis.Axis)]);
    }

    private void Join(Node node)
    {
        string result = node.Outputs[0];
        switch (node.OpType)
        {
            case "Conv" when LegendreMemoryPattern.Find(graph, node) is null:
                JoinConvolution(node);
                break;
            case "Gemm" when node.Int("transA", 0) == 0:
                bool outputFirst = node.Int("transB", 0) != 0;
                JoinLayer(node, inputAxis: outputFirst ? 1 : 0, outputAxis: outputFirst ? 0 : 1);
                break;
            case "MatMul" when graph.Initializers.TryGetValue(node.Inputs[1], out Tensor? weights) && weights.Dims.Length == 2:
                JoinLayer(node, inputAxis: 0, outputAxis: 1);
                break;
            case "Add" or "Sub" or "Mul" or "Div" or "Pow" or "Min" or "Max" or "PRelu" or "Where":
                JoinBroadcast(node);
                break;
            case "Clip" or "Relu" or "LeakyRelu" or "Elu" or "Selu" or "Sigmoid" or "HardSigmoid" or "HardSwish" or "Tanh" or "Gelu" or "Erf" or "Exp"
                or "Log" or "Sqrt" or "Abs" or "Neg" or "Reciprocal" or "Softplus" or "Mish" or "Cast" or "Identity" or "Dropout":
                JoinAll(node.Inputs[0], result, axis => axis);
                break;
            case "MaxPool" or "AveragePool" or "GlobalAveragePool" or "GlobalMaxPool":
                JoinAxes(node.Inputs[0], result, 2);
                Fix(node.Inputs[0], from: 2);
                Fix(result, from: 2);
                break;
            case "Transpose":
                long[] order = node.Ints("perm").ToArray();
                int rank = Rank(result);
                JoinAll(result, node.Inputs[0], axis => order.Length > 0 ? (int)order[axis] : rank - 1 - axis);
                break;
            case "ReduceMean" or "ReduceSum" or "ReduceMax" or "Softmax" or "Pad" or "Slice" or "Concat" or "Split" or "Gather" or "Squeeze" or "Unsqueeze":
                JoinUntouched(node);
                break;
            default:
                FixNode(node);
                break;
        }
    }

    private void JoinConvolution(Node node)
    {
        string result = node.Outputs[0];
        Fix(node.Inputs[0], from: 2);
        Fix(result, from: 2);
        Tensor? weights = graph.Initializers.GetValueOrDefault(node.Inputs[1]);
        long group = node.Int("group", 1);
        bool depthwise = weights is not null && group > 1 && weights.Dims[1] == 1 && weights.Dims[0] == group;
        if (weights is null || (group != 1 && !depthwise))
        {
            FixNode(node);
            return;
        }

        Union(new(result, 1), new(node.Inputs[1], 0));
        Union(new(node.Inputs[0], 1), new(node.Inputs[1], depthwise ? 0 : 1));
        if (node.Input(2) is { } bias)
        {
            Union(new(result, 1), new(bias, 0));
        }
    }

    private void JoinLayer(Node node, int inputAxis, int outputAxis)
    {
        int inputRank = Rank(node.Inputs[0]);
        string result = node.Outputs[0];
        Union(new(node.Inputs[0], inputRank - 1), new(node.Inputs[1], inputAxis));
        Union(new(result, Rank(result) - 1), new(node.Inputs[1], outputAxis));
        JoinAxes(node.Inputs[0], result, inputRank - 1);
        if (node.Input(2) is { } bias && Rank(bias) > 0 && Shape(bias)[^1] > 1)
        {
            Union(new(result, Rank(result) - 1), new(bias, Rank(bias) - 1));
        }
    }

    private void JoinBroadcast(Node node)
    {
        string result = node.Outputs[0];
        int rank = Rank(result);
        foreach (string input in node.Inputs.Where(input => input.Length > 0))
        {
            long[] shape = Shape(input);
            for (int axis = 0; axis < shape.Length; axis++)
            {
                if (shape[axis] > 1)
                {
                    Union(new(input, axis), new(result, axis + rank - shape.Length));
                }
            }
        }
    }

    /// <summary>Operators that leave some axes alone: those are joined, the others are rigid.</summary>
    private void JoinUntouched(Node node)
    {
        foreach (string result in node.Outputs.Where(output => output.Length > 0))
        {
            foreach (string input in node.Inputs.Where(input => input.Length > 0 && !graph.Initializers.ContainsKey(input)))
            {
                JoinBySize(node, input, result);
            }
        }
    }

    private void JoinBySize(Node node, string input, string result)
    {
        long[] from = Shape(input), to = Shape(result);
        HashSet<int> touched = Touched(node, from.Length);
        bool keepsRank = from.Length == to.Length;
        for (int axis = 0, target = 0; axis < from.Length; axis++)
        {
            if (touched.Contains(axis))
            {
                Fix(new AxisOf(input, axis));
                target += keepsRank ? 1 : 0;
                continue;
            }

            while (node.OpType == "Unsqueeze" && target < to.Length && to[target] == 1 && from[axis] != 1)
            {
                target++;
            }

            if (target < to.Length && to[target] == from[axis])
            {
                Union(new(input, axis), new(result, target));
            }
            else
            {
                Fix(new AxisOf(input, axis));
            }

            target++;
        }

        foreach (int axis in Enumerable.Range(0, to.Length).Where(axis => keepsRank && touched.Contains(axis)))
        {
            Fix(new AxisOf(result, axis));
        }
    }

    /// <summary>The axes of its input that a node mixes, cuts or drops.</summary>
    private HashSet<int> Touched(Node node, int rank)
    {
        long[] axes = node.OpType switch
        {
            "Softmax" => [node.Int("axis", -1)],
            "Concat" or "Split" or "Gather" => [node.Int("axis", 0)],
            "Pad" => PaddedAxes(node),
            "Slice" => graph.Constant(node.Input(3))?.ToLongs() ?? All(rank),
            "Unsqueeze" => [],
            _ => graph.Constant(node.Input(1))?.ToLongs() ?? (node.Ints("axes") is { Length: > 0 } given ? given.ToArray() : All(rank)),
        };
        return [.. axes.Select(axis => (int)(axis < 0 ? axis + rank : axis))];

        static long[] All(int count) => [.. Enumerable.Range(0, count)];
    }

    private long[] PaddedAxes(Node node)
    {
        long[] pads = graph.Constant(node.Input(1))?.ToLongs() ?? [];
        int half = pads.Length / 2;
        return [.. Enumerable.Range(0, half).Where(axis => pads[axis] != 0 || pads[axis + half] != 0)];
    }

    private void JoinAll(string a, string b, Func<int, int> axisOfB)
    {
        for (int axis = 0; axis < Rank(a); axis++)
        {
            Union(new(a, axis), new(b, axisOfB(axis)));
        }
    }

    private void JoinAxes(string a, string b, int count)
    {
        for (int axis = 0; axis < count; axis++)
        {
            Union(new(a, axis), new(b, axis));
        }
    }

    private void FixNode(Node node)
    {
        foreach (string value in node.Inputs.Concat(node.Outputs).Where(value => value.Length > 0))
        {
            Fix(value);
        }
    }

    private void Fix(string value, int from = 0)
    {
        for (int axis = from; axis < Rank(value); axis++)
        {
            Fix(new AxisOf(value, axis));
        }
    }

    private void Fix(AxisOf axis) => rigid.Add(Root(axis));

    private void Union(AxisOf a, AxisOf b)
    {
        AxisOf from = Root(a), to = Root(b);
        if (from != to)
        {
            parents[from] = to;
        }
    }

    private AxisOf Root(AxisOf axis)
    {
        while (parents.TryGetValue(axis, out AxisOf parent) && parent != axis)
        {
            axis = parent;
        }

        parents.TryAdd(axis, axis);
        return axis;
    }

    private int Rank(string value) => Shape(value).Length;

    private long[] Shape(string value) =>
        graph.Describe(value)?.StaticShape
        ?? throw new GraphFormatException(graph.Name, $"value '{value}'", "its shape is not known; run shape inference or give the inputs fixed shapes.");
}
