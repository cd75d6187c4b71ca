using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Patterns;

namespace Edge.Quantization.Rewriting.Quantizing;

/// <summary>A layer with weights as it is in a float graph and in the graph that <see cref="Quantizer"/> made of it.</summary>
/// <param name="Output">The value that the Conv, Gemm or MatMul makes in the float graph.</param>
/// <param name="Real">The node of the float graph.</param>
/// <param name="Quantized">The node of the quantized graph.</param>
/// <param name="Dequantize">What restores its weights there.</param>
internal sealed record QuantizedLayer(string Output, Node Real, Node Quantized, Node Dequantize)
{
    /// <summary>Name of the constant that holds the integers.</summary>
    public string WeightName => Dequantize.Inputs[0];

    /// <summary>Name of the constant that holds their scales.</summary>
    public string ScaleName => Dequantize.Inputs[1];

    /// <summary>All layers, in the float graph's order.</summary>
    public static IReadOnlyList<QuantizedLayer> FindAll(ModelGraph real, ModelGraph quantized)
    {
        var makers = new Dictionary<string, Node>();
        foreach (Node node in quantized.Nodes)
        {
            foreach (string output in node.Outputs)
            {
                makers[output] = node;
            }
        }

        var layers = new List<QuantizedLayer>();
        foreach (Node node in real.Nodes.Where(node => WeightLayer.Is(real, node)))
        {
            string output = node.Outputs[0];
            Node? twin = makers.GetValueOrDefault($"{output}.float") ?? makers.GetValueOrDefault(output);
            if (twin?.OpType == node.OpType && makers.GetValueOrDefault(twin.Inputs[1]) is { OpType: "DequantizeLinear" } dequantize
                && quantized.Initializers.ContainsKey(dequantize.Inputs[0]))
            {
                layers.Add(new QuantizedLayer(output, node, twin, dequantize));
            }
        }

        return layers;
    }
}
