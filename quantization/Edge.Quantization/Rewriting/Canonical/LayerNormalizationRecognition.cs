using Edge.Quantization.Graph;

namespace Edge.Quantization.Rewriting.Canonical;

/// <summary>Makes one LayerNormalization of its parts, as PyTorch writes them before opset 17 and tf2onnx always.</summary>
internal sealed class LayerNormalizationRecognition
{
    private readonly ModelGraph graph;

    private LayerNormalizationRecognition(ModelGraph graph) => this.graph = graph;

    /// <summary>Rewrites every layer normalization of a graph in opset 21 whose shapes are inferred.</summary>
    public static void Apply(ModelGraph graph)
    {
        var recognition = new LayerNormalizationRecognition(graph);
        foreach (Node node in graph.Nodes.Where(node => node.Domain.Length == 0).ToList())
        {
            if (recognition.Standardization(node) is { } direct)
            {
                recognition.Replace(node, direct, gamma: null, beta: null);
            }
            else if (recognition.Folded(node) is { } folded)
            {
                recognition.Replace(node, folded.Found, folded.Gamma, folded.Beta);
            }
        }

        graph.RemoveDeadNodes();
    }

    /// <summary>(x − μ) / √(σ² + ε), or the product with the reciprocal.</summary>
    private Statistics? Standardization(Node node)
    {
        foreach ((string centered, string other) in Operands(node))
        {
            Node? root = node.OpType switch
            {
                "Div" when centered == node.Inputs[0] => Producer(other, "Sqrt"),
                "Mul" => Producer(other, "Reciprocal") is { } reciprocal ? Producer(reciprocal.Inputs[0], "Sqrt") : null,
                _ => null,
            };
            if (root is not null && Centered(centered) is { } x && OfRoot(root) is { } found && found.Source == x)
            {
                return found;
            }
        }

        return null;
    }

    /// <summary>x·g + (β − μ·g) with g = γ / √(σ² + ε), as TensorFlow computes it.</summary>
    private (Statistics Found, string? Gamma, string Beta)? Folded(Node node)
    {
        foreach ((string product, string rest) in node.OpType == "Add" ? Operands(node) : [])
        {
            if (Producer(product, "Mul") is not { } scaled || Producer(rest, "Sub") is not { } shift || graph.Constant(shift.Inputs[0]) is null
                || Producer(shift.Inputs[1], "Mul") is not { } mean)
            {
                continue;
            }

            foreach ((string x, string factor) in Operands(scaled))
            {
                string? meanValue = Operands(mean).FirstOrDefault(pair => pair.Other == factor).First;
                if (meanValue is not null && Factor(factor) is { } found && found.Root.Source == x && IsMean(meanValue, x, out _))
                {
                    return (found.Root, found.Gamma, shift.Inputs[0]);
                }
            }
        }

        return null;
    }

    private (Statistics Root, string? Gamma)? Factor(string value)
    {
        if (Producer(value, "Reciprocal") is { } plain)
        {
            return Producer(plain.Inputs[0], "Sqrt") is { } sqrt && OfRoot(sqrt) is { } found ? (found, null) : null;
        }

        foreach ((string reciprocal, string gamma) in Producer(value, "Mul") is { } product ? Operands(product) : [])
        {
            if (graph.Constant(gamma) is not null && Producer(reciprocal, "Reciprocal") is { } inverse && Producer(inverse.Inputs[0], "Sqrt") is { } root
                && OfRoot(root) is { } found)
            {
                return (found, gamma);
            }
        }

        return null;
    }

    /// <summary>√(mean((x − μ)²) + ε).</summary>
    private Statistics? OfRoot(Node root)
    {
        foreach ((string variance, string constant) in Producer(root.Inputs[0], "Add") is { } sum ? Operands(sum) : [])
        {
            if (graph.Constant(constant) is { Count: 1 } epsilon && Producer(variance, "ReduceMean") is { } mean
                && Square(mean.Inputs[0]) is { } difference && Centered(difference) is { } x && IsMean(variance, mean.Inputs[0], out int axes))
            {
                return new Statistics(x, axes, epsilon.ToFloats()[0]);
            }
        }

        return null;
    }

    private string? Square(string value) => graph.ProducerOf(value) switch
    {
        { OpType: "Pow" } power when graph.Constant(power.Inputs[1]) is { Count: 1 } exponent && exponent.ToFloats()[0] == 2 => power.Inputs[0],
        { OpType: "Mul" } product when product.Inputs[0] == product.Inputs[1] => product.Inputs[0],
        _ => null,
    };

    /// <summary>The x of x − mean(x).</summary>
    private string? Centered(string value) =>
        Producer(value, "Sub") is { } difference && IsMean(difference.Inputs[1], difference.Inputs[0], out _) ? difference.Inputs[0] : null;

    /// <summary>True where a value is the mean of another over its last axes, which are kept.</summary>
    private bool IsMean(string value, string of, out int axes)
    {
        axes = 0;
        if (Producer(value, "ReduceMean") is not { } mean || mean.Inputs[0] != of || mean.Int("keepdims", 1) != 1
            || graph.Constant(mean.Input(1))?.ToLongs() is not { Length: > 0 } over)
        {
            return false;
        }

        axes = over.Length;
        int? rank = graph.Describe(of)?.Shape?.Count;
        long[] fromEnd = [.. over.Select(axis => axis < 0 ? axis : rank is { } known ? axis - known : 0).Order()];
        return fromEnd.SequenceEqual(Enumerable.Range(0, over.Length).Select(i => (long)i - over.Length));
    }

    private void Replace(Node last, Statistics found, string? gamma, string? beta)
    {
        if (beta is null)
        {
            (last, gamma) = Absorb(last, "Mul");
            (last, beta) = Absorb(last, "Add");
        }

        long[]? dims = graph.Describe(found.Source)?.Shape is { } shape && shape.Count >= found.Axes ? [.. shape.TakeLast(found.Axes).Select(dim => dim.Size)] : null;
        if (dims is null || dims.Contains(-1) || Parameter(gamma, dims, 1) is not { } scale || Parameter(beta, dims, 0) is not { } shift)
        {
            return; // parameters along other axes: no layer normalization
        }

        string output = last.Outputs[0];
        string scaleName = graph.UniqueName($"{output}.scale");
        graph.Initializers[scaleName] = scale;
        string shiftName = graph.UniqueName($"{output}.bias");
        graph.Initializers[shiftName] = shift;
        graph.Nodes[graph.Nodes.IndexOf(last)] = new Node("LayerNormalization", [found.Source, scaleName, shiftName], [output], last.Name)
        {
            Attributes = { ["axis"] = -(long)found.Axes, ["epsilon"] = found.Epsilon },
        };
    }

    /// <summary>The node behind, if it alone reads the value and applies a constant to it, and that constant.</summary>
    private (Node Last, string? Constant) Absorb(Node last, string operatorType)
    {
        string value = last.Outputs[0];
        return !graph.IsOutput(value) && graph.ConsumersOf(value) is [{ } next] && next.OpType == operatorType
            && next.Inputs.Find(input => graph.Constant(input) is not null) is { } constant
                ? (next, constant) : (last, null);
    }

    /// <summary>A parameter in the shape of the normalized axes; null where it has another.</summary>
    private Tensor? Parameter(string? name, long[] dims, float fallback)
    {
        int count = (int)dims.Aggregate(1L, (product, dim) => product * dim);
        if (graph.Constant(name) is not { } tensor || tensor.Count == 1)
        {
            float value = graph.Constant(name)?.ToFloats()[0] ?? fallback;
            return Tensor.Of(dims, [.. Enumerable.Repeat(value, count)]);
        }

        long[] own = [.. tensor.Dims.ToArray().SkipWhile(dim => dim == 1)];
        return own.SequenceEqual(dims.SkipWhile(dim => dim == 1)) ? Tensor.Of(dims, tensor.ToFloats()) : null;
    }

    private Node? Producer(string value, string operatorType) => graph.ProducerOf(value) is { Domain: "" } node && node.OpType == operatorType ? node : null;

    /// <summary>The two inputs in either order.</summary>
    private static IEnumerable<(string First, string Other)> Operands(Node node) =>
        node.Inputs.Count == 2 ? [(node.Inputs[0], node.Inputs[1]), (node.Inputs[1], node.Inputs[0])] : [];

    /// <summary>What a layer normalization normalizes: the value, over how many of its last axes, with which epsilon.</summary>
    private sealed record Statistics(string Source, int Axes, float Epsilon);
}
