using Edge.Quantization.Graph;

namespace Edge.Quantization.Graph.Patterns;

/// <summary>Nodes that together compute one function of one value, element by element: SiLU, GELU, hard-swish, x·c + d.</summary>
/// <remarks>Constants are scalars. Nobody outside reads what the interior nodes make, so the expression can become one table.</remarks>
public sealed class UnaryExpression
{
    private static readonly string[] Comparisons = ["Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Not"];
    private static readonly string[] Layers = ["Conv", "ConvTranspose", "Gemm", "MatMul", "Add", "Mul", "Sub"];

    private readonly Lazy<string> name;

    private UnaryExpression(string source, Node last, IReadOnlyList<Node> interior, Func<double, double> function)
    {
        Source = source;
        Last = last;
        Interior = interior;
        Function = function;
        name = new Lazy<string>(() => KnownFunctions.NameOf(this));
    }

    /// <summary>The value that the function is of.</summary>
    public string Source { get; }

    /// <summary>The function in double precision; safe to call from several threads.</summary>
    public Func<double, double> Function { get; }

    /// <summary>The nodes before the last, in the graph's order; only this expression reads their outputs.</summary>
    public IReadOnlyList<Node> Interior { get; }

    /// <summary>The node that makes the function's value.</summary>
    public Node Last { get; }

    /// <summary>The function's usual name ("SiLU", "GELU", "GELU (tanh)", "HardSwish"), or the operators joined by "-".</summary>
    public string Name => name.Value;

    /// <summary>The longest expression that ends in a node.</summary>
    /// <param name="graph">The graph, sorted.</param>
    /// <param name="last">Any of its nodes.</param>
    /// <returns>Null where the node computes no function of one float value.</returns>
    public static UnaryExpression? Find(ModelGraph graph, Node last)
    {
        return Ending(graph, last).LastOrDefault();
    }

    /// <summary>Every expression that ends in a node, shortest first.</summary>
    internal static IEnumerable<UnaryExpression> Ending(ModelGraph graph, Node last)
    {
        if (last.Outputs.Count != 1 || Comparisons.Contains(last.OpType) || !IsElementwise(graph, last))
        {
            yield break;
        }

        List<Node> nodes = [last];
        while (Open(graph, nodes) is { Count: > 0 } open)
        {
            if (open.Count == 1 && KeepsShape(graph, open[0], nodes))
            {
                yield return Make(graph, open[0], nodes);
            }

            if (open.Select(value => Absorbable(graph, value, nodes)).FirstOrDefault(node => node is not null) is not { } next)
            {
                yield break;
            }

            nodes.Add(next);
        }
    }

    /// <summary>The expressions of a graph, longest first taken, in the graph's order; none shares a node with another.</summary>
    /// <param name="graph">The graph, sorted.</param>
    public static IReadOnlyList<UnaryExpression> FindAll(ModelGraph graph)
    {
        var found = new List<UnaryExpression>();
        var taken = new HashSet<Node>();
        for (int i = graph.Nodes.Count - 1; i >= 0; i--)
        {
            if (!taken.Contains(graph.Nodes[i]) && Find(graph, graph.Nodes[i]) is { } expression)
            {
                taken.UnionWith(expression.Interior);
                found.Add(expression);
            }
        }

        found.Reverse();
        return found;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Name} of '{Source}' making '{Last.Outputs[0]}'";

    /// <summary>Values, computed at run time, that the nodes read from outside.</summary>
    private static List<string> Open(ModelGraph graph, List<Node> nodes)
    {
        HashSet<string> made = [.. nodes.SelectMany(node => node.Outputs)];
        return [.. nodes.SelectMany(node => node.Inputs).Where(value => value.Length > 0 && !made.Contains(value) && graph.Constant(value) is null).Distinct()];
    }

    /// <summary>The producer of a value, if it is element-wise and only the nodes read it.</summary>
    private static Node? Absorbable(ModelGraph graph, string value, List<Node> nodes) =>
        graph.ProducerOf(value) is { Outputs.Count: 1 } producer && !graph.IsOutput(value) && IsElementwise(graph, producer)
        && graph.ConsumersOf(value).TrueForAll(nodes.Contains) && !BelongsToLayer(graph, producer)
            ? producer : null;

    /// <summary>A ReLU behind a layer is the bound of the layer's sums, and costs nothing there.</summary>
    private static bool BelongsToLayer(ModelGraph graph, Node node) =>
        node.OpType is "Relu" or "Clip" && graph.ProducerOf(node.Inputs[0]) is { } layer && Layers.Contains(layer.OpType)
        && !IsElementwiseOfOne(graph, layer) && graph.ConsumersOf(node.Inputs[0]).Count == 1;

    private static bool IsElementwiseOfOne(ModelGraph graph, Node node) => IsElementwise(graph, node) && Open(graph, [node]).Count == 1;

    /// <summary>An element-wise operator over floats, whose constants are all scalars.</summary>
    private static bool IsElementwise(ModelGraph graph, Node node)
    {
        if (ScalarOperators.Find(node) is null || IsBias(graph, node))
        {
            return false;
        }

        for (int i = 0; i < node.Inputs.Count; i++)
        {
            if (graph.Constant(node.Input(i)) is { } constant)
            {
                bool exponent = node.OpType == "Pow" && i == 1;
                if (constant.Count != 1 || !(exponent || IsFloat(constant.ElementType)))
                {
                    return false;
                }
            }
            else if (node.Input(i) is { } value && graph.Describe(value)?.ElementType is { } type && !IsFloat(type) && type is not (ElementType.Undefined or ElementType.Bool))
            {
                return false; // the arithmetic of shapes
            }
        }

        return true;
    }

    /// <summary>MatMul by a constant, then Add of a constant vector, is one layer, also where it has one output.</summary>
    private static bool IsBias(ModelGraph graph, Node node) =>
        node.OpType == "Add" && node.Inputs.Exists(i => graph.Constant(i) is { Dims.Length: 1 })
        && node.Inputs.Exists(i => graph.ProducerOf(i) is { OpType: "MatMul" } product && graph.Constant(product.Inputs[1]) is not null);

    private static bool IsFloat(ElementType type) => type is ElementType.Float32 or ElementType.Float16 or ElementType.Float64 or ElementType.BFloat16;

    /// <summary>A constant of more axes than the source would add axes to it.</summary>
    private static bool KeepsShape(ModelGraph graph, string source, List<Node> nodes)
    {
        int rank = graph.Describe(source)?.Shape?.Count ?? 1;
        return nodes.TrueForAll(node => node.Inputs.TrueForAll(i => graph.Constant(i) is not { } constant || constant.Dims.Length <= rank));
    }

    private static UnaryExpression Make(ModelGraph graph, string source, List<Node> nodes)
    {
        Node last = nodes[0];
        Node[] ordered = [.. nodes.OrderBy(graph.Nodes.IndexOf)];
        var slots = new Dictionary<string, int> { [source] = 0 };
        var initial = new List<double> { 0 };
        var steps = new List<(Func<double[], double> Function, int[] Inputs, int Output)>();
        foreach (Node node in ordered)
        {
            int[] inputs = [.. node.Inputs.Select(Slot)];
            steps.Add((ScalarOperators.Find(node)!, inputs, Slot(node.Outputs[0])));
        }

        double[] start = [.. initial];
        return new UnaryExpression(source, last, [.. ordered.Where(node => node != last)], Evaluate);

        int Slot(string value)
        {
            if (!slots.TryGetValue(value, out int slot))
            {
                slot = initial.Count;
                slots[value] = slot;
                initial.Add(graph.Constant(value) is { } constant ? constant.ToFloats()[0] : double.NaN);
            }

            return slot;
        }

        double Evaluate(double x)
        {
            var values = (double[])start.Clone();
            values[0] = x;
            foreach ((Func<double[], double> function, int[] inputs, int output) in steps)
            {
                values[output] = function(Array.ConvertAll(inputs, input => values[input]));
            }

            return values[steps[^1].Output];
        }
    }
}
