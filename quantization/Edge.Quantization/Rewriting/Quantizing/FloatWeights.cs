using Edge.Quantization.Graph;

namespace Edge.Quantization.Rewriting.Quantizing;

/// <summary>Whether a graph is one that can be quantized: float, with finite weights.</summary>
public static class FloatWeights
{
    /// <summary>Checks a graph.</summary>
    /// <exception cref="GraphFormatException">It is quantized already, has no weights, or one that is not finite.</exception>
    public static void Check(ModelGraph graph)
    {
        if (graph.Nodes.Find(node => node.OpType is "QuantizeLinear" or "DequantizeLinear" or "QLinearConv" or "QLinearMatMul" or "ConvInteger" or "MatMulInteger") is { } quantized)
        {
            throw new GraphFormatException(graph.Name, $"{quantized}", "the model is quantized already; expected the float model that it was made from.");
        }

        bool any = false;
        foreach (Node node in graph.Nodes.Where(node => node.OpType is "Conv" or "ConvTranspose" or "Gemm" or "MatMul" or "BatchNormalization" or "LayerNormalization"))
        {
            foreach (string input in node.Inputs.Skip(node.OpType == "MatMul" ? 0 : 1))
            {
                if (graph.Constant(input) is { ElementType: ElementType.Float32 or ElementType.Float16 or ElementType.Float64 or ElementType.BFloat16 } weights)
                {
                    any = true;
                    CheckFinite(graph, node, input, weights.ToFloats());
                }
            }
        }

        if (!any)
        {
            throw new GraphFormatException(graph.Name, "weights", "found none; expected a network with float weights in Conv, Gemm or MatMul.");
        }
    }

    private static void CheckFinite(ModelGraph graph, Node node, string name, float[] weights)
    {
        int bad = Array.FindIndex(weights, weight => !float.IsFinite(weight));
        if (bad >= 0)
        {
            throw new GraphFormatException(graph.Name, $"{node}", $"element {bad} of its constant '{name}' is {weights[bad]}; expected finite weights. Did training diverge?");
        }
    }
}
