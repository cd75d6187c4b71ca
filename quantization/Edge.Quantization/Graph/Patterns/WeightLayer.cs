namespace Edge.Quantization.Graph.Patterns;

/// <summary>Facts about the weights of a Conv, ConvTranspose, Gemm or MatMul by constants.</summary>
internal static class WeightLayer
{
    /// <summary>The axis of the weights along which output channels lie.</summary>
    public static int OutputAxis(Node node, Tensor weights) => node.OpType switch
    {
        "Conv" => 0,
        "ConvTranspose" => 1,
        "Gemm" when node.Int("transB", 0) != 0 => 0,
        _ => weights.Dims.Length - 1,
    };

    /// <summary>The bias of a MatMul by constants: the Add of a constant vector that alone reads the product. The two are one fully connected layer.</summary>
    /// <returns>The Add and the place of the vector among its inputs; null where there is none.</returns>
    public static (Node Add, int Index)? BiasBehind(ModelGraph graph, Node product)
    {
        if (product.OpType != "MatMul" || graph.Constant(product.Inputs[1]) is not { Dims.Length: > 0 } weights
            || graph.IsOutput(product.Outputs[0]) || graph.ConsumersOf(product.Outputs[0]) is not [{ OpType: "Add" } add])
        {
            return null;
        }

        long channels = weights.Dims[^1];
        int index = add.Inputs.FindIndex(input => graph.Constant(input) is { Dims.Length: 1 } bias && (bias.Count == 1 || bias.Count == channels));
        return index < 0 ? null : (add, index);
    }

    /// <summary>Elements from one channel to the next: the product of the dimensions behind the axis.</summary>
    public static int InnerSize(ReadOnlySpan<long> dims, int axis)
    {
        long inner = 1;
        foreach (long dim in dims[(axis + 1)..])
        {
            inner *= dim;
        }

        return (int)inner;
    }

    /// <summary>True for a Conv, Gemm or MatMul whose second input is a float constant, and no Legendre memory.</summary>
    public static bool Is(ModelGraph graph, Node node) =>
        node is { OpType: "Conv" or "Gemm" or "MatMul", Inputs.Count: >= 2 }
        && graph.Initializers.GetValueOrDefault(node.Inputs[1]) is { ElementType: ElementType.Float32, Dims.Length: >= 2 }
        && LegendreMemoryPattern.Find(graph, node) is null;
}
