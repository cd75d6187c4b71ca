using Edge.Quantization.Graph;

namespace Edge.Quantization.Analysis.Report;

/// <summary>
/// A quantized graph without the rounding of its values: stored weights as floats, and nothing else quantized. It is the reference for the
/// layers of a model whose channels were scaled before it was quantized (cross-layer equalization), which its original float model is not.
/// </summary>
internal static class FloatTwin
{
    /// <summary>The float graph that a quantized graph is, but for the rounding of its values.</summary>
    public static ModelGraph Of(ModelGraph quantized)
    {
        ModelGraph twin = quantized.Clone();
        foreach (Node node in quantized.Nodes.Where(node => node.OpType == "DequantizeLinear"))
        {
            string restored = node.Outputs[0];
            if (AnalyzedLayer.Restore(quantized, node) is { } constant)
            {
                Remove(twin, restored);
                twin.Initializers[restored] = constant;
            }
            else if (quantized.ProducerOf(node.Inputs[0]) is { OpType: "QuantizeLinear" } quantize)
            {
                Replace(twin, restored, quantize.Inputs[0]);
            }
        }

        twin.SortTopologically();
        twin.RemoveDeadNodes();
        return twin;
    }

    /// <summary>Lets readers of a restored value read what was quantized; an output of the graph is renamed where it is made.</summary>
    private static void Replace(ModelGraph twin, string restored, string source)
    {
        Remove(twin, restored);
        if (twin.IsOutput(restored) && twin.ProducerOf(source) is { } producer)
        {
            producer.Outputs[producer.Outputs.IndexOf(source)] = restored;
            twin.ReplaceUses(source, restored);
        }
        else
        {
            twin.ReplaceUses(restored, source);
        }
    }

    private static void Remove(ModelGraph twin, string value) => twin.Nodes.Remove(twin.ProducerOf(value)!);
}
