using Edge.Quantization.Graph;

namespace Edge.Quantization.Compilation;

/// <summary>Which operators the device has in a form that reads or makes 16-bit activations.</summary>
public static class WideActivations
{
    private static readonly HashSet<string> Operators =
    [
        "Conv", "Gemm", "Add", "Mul", "Transpose", "Squeeze", "Unsqueeze", "Flatten", "Reshape", "Pad", "Concat", "Slice", "Split", "Gather",
    ];

    /// <summary>Whether the values that <paramref name="node"/> reads and makes may have 16 bits.</summary>
    /// <param name="graph">A float graph, or one with QuantizeLinear and DequantizeLinear.</param>
    /// <param name="node">One of its float operators. A Relu or Clip has 16 bits only behind the layer, sum or product that it is fused into.</param>
    public static bool Supports(ModelGraph graph, Node node) => node.OpType switch
    {
        "MatMul" => IsConstant(graph, node.Inputs[1]),
        "Relu" or "Clip" => graph.ProducerOf(node.Inputs[0]) is { OpType: "Conv" or "Gemm" or "MatMul" or "Add" or "Mul" } fused
            && graph.ConsumersOf(fused.Outputs[0]).Count == 1 && Supports(graph, fused),
        var type => Operators.Contains(type),
    };

    private static bool IsConstant(ModelGraph graph, string value) =>
        graph.Constant(value) is not null
        || graph.ProducerOf(value) is { OpType: "DequantizeLinear" } dequantize && graph.Constant(dequantize.Inputs[0]) is not null;
}
