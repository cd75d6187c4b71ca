using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Patterns;

namespace Edge.Quantization.Compilation;

/// <summary>Which operators the device has in a form that reads or makes 16-bit activations.</summary>
public static class WideActivations
{
    private static readonly HashSet<string> Operators =
    [
        "Conv", "Gemm", "MatMul", "Add", "Mul", "LayerNormalization", "InstanceNormalization", "ReduceMean", "ReduceSum", "GlobalAveragePool",
        "Transpose", "Squeeze", "Unsqueeze", "Flatten", "Reshape", "Pad", "Split", "Gather",
    ];

    /// <summary>Whether the values that <paramref name="node"/> reads may have 16 bits.</summary>
    /// <param name="graph">A float graph, or one with QuantizeLinear and DequantizeLinear.</param>
    /// <param name="node">One of its float operators.</param>
    public static bool Reads(ModelGraph graph, Node node) => node.OpType switch
    {
        "Softmax" => !IsOfPool(graph, node),
        "Scan" => true,
        _ => Makes(graph, node),
    };

    /// <summary>Whether the values that <paramref name="node"/> makes may have 16 bits.</summary>
    /// <param name="graph">A float graph, or one with QuantizeLinear and DequantizeLinear.</param>
    /// <param name="node">One of its float operators. A Relu or Clip has 16 bits only behind the layer, sum or product that it is fused into.</param>
    public static bool Makes(ModelGraph graph, Node node) => node.OpType switch
    {
        "Relu" or "Clip" => graph.ProducerOf(node.Inputs[0]) is { OpType: "Conv" or "Gemm" or "MatMul" or "Add" or "Mul" } fused
            && graph.ConsumersOf(fused.Outputs[0]).Count == 1 && (fused.OpType != "MatMul" || IsConstant(graph, fused.Inputs[1])) && Makes(graph, fused),
        "Slice" => graph.Constant(node.Input(4)) is not { } steps || Array.TrueForAll(steps.ToLongs(), step => step == 1),
        "Concat" => !node.Inputs.Exists(input => IsConstant(graph, input)),
        "Mul" or "ReduceSum" when IsOfPool(graph, node) => false,
        var type => Operators.Contains(type) && UnaryExpression.Find(graph, node) is null, // which is a table
    };

    /// <summary>The values between nodes that may have 16 bits, as far as those that make and read them go; inputs and outputs of the graph have 8.</summary>
    /// <param name="graph">A cleaned-up float graph.</param>
    /// <param name="tables">Whether values that functions of one value read and make are among them: a table of 16 bits is 64 or 128 KB of the file.</param>
    public static IReadOnlySet<string> Values(ModelGraph graph, bool tables = false)
    {
        IReadOnlyList<UnaryExpression> functions = tables ? UnaryExpression.FindAll(graph) : [];
        HashSet<Node> last = [.. functions.Select(function => function.Last)];
        Dictionary<Node, string> sources = [];
        foreach (UnaryExpression function in functions)
        {
            foreach (Node node in function.Interior.Append(function.Last))
            {
                sources[node] = function.Source;
            }
        }

        HashSet<string> values = [.. graph.Nodes.Where(node => last.Contains(node) || Makes(graph, node)).SelectMany(node => node.Outputs)];
        values.ExceptWith(graph.Nodes.Where(node => !Reads(graph, node)).SelectMany(node => node.Inputs.Where(input => sources.GetValueOrDefault(node) != input)));
        values.ExceptWith(graph.Outputs.Select(output => output.Name));
        return values;
    }

    /// <summary>Whether a node belongs to a softmax pool, which has 8 bits.</summary>
    private static bool IsOfPool(ModelGraph graph, Node node)
    {
        Node? last = node;
        while (last is { OpType: "Softmax" or "Mul" })
        {
            last = graph.ConsumersOf(last.Outputs[0]) is [var reader] ? reader : null;
        }

        return last is not null && SoftmaxPoolPattern.Find(graph, last) is { } pool && (pool.Softmax == node || pool.Product == node || pool.Sum == node);
    }

    private static bool IsConstant(ModelGraph graph, string value) =>
        graph.Constant(value) is not null
        || graph.ProducerOf(value) is { OpType: "DequantizeLinear" } dequantize && graph.Constant(dequantize.Inputs[0]) is not null;
}
