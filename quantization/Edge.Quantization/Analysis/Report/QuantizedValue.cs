using Edge.Quantization.Graph;

namespace Edge.Quantization.Analysis.Report;

/// <summary>A value that a graph quantizes: where a QuantizeLinear and its DequantizeLinear stand.</summary>
/// <param name="Name">The name it has in the float graph.</param>
/// <param name="Source">What QuantizeLinear reads.</param>
/// <param name="Restored">What DequantizeLinear gives.</param>
/// <param name="Parameters">Scale and zero point.</param>
/// <param name="Bits">Bits of the integers: 8 or 16.</param>
/// <param name="Signed">Whether the integers have a sign.</param>
internal sealed record QuantizedValue(string Name, string Source, string Restored, QuantizationParameters Parameters, int Bits, bool Signed)
{
    /// <summary>Smallest real value that can be written.</summary>
    public double Min => Parameters.Scale * ((double)(Signed ? -(1 << (Bits - 1)) : 0) - Parameters.ZeroPoint);

    /// <summary>Largest real value that can be written.</summary>
    public double Max => Parameters.Scale * ((double)(Signed ? (1 << (Bits - 1)) - 1 : (1 << Bits) - 1) - Parameters.ZeroPoint);

    /// <summary>The nearest value that can be written.</summary>
    public double Round(double value) => Math.Clamp(Math.Round(value / Parameters.Scale) * Parameters.Scale, Min, Max);

    /// <summary>All quantized values of a graph in order of execution; an output of the graph has the output's name.</summary>
    public static IReadOnlyList<QuantizedValue> Find(ModelGraph graph)
    {
        Dictionary<string, Node> restoredBy = [];
        foreach (Node node in graph.Nodes.Where(node => node.OpType == "DequantizeLinear"))
        {
            restoredBy.TryAdd(node.Inputs[0], node);
        }

        var found = new List<QuantizedValue>();
        foreach (Node quantize in graph.Nodes.Where(node => node.OpType == "QuantizeLinear"))
        {
            if (restoredBy.TryGetValue(quantize.Outputs[0], out Node? restore)
                && graph.Constant(quantize.Input(1)) is { Count: 1 } scale)
            {
                Tensor? zeroPoint = graph.Constant(quantize.Input(2));
                ElementType type = zeroPoint?.ElementType ?? ElementType.UInt8;
                string name = graph.IsOutput(restore.Outputs[0]) ? restore.Outputs[0] : quantize.Inputs[0];
                found.Add(new QuantizedValue(
                    name, quantize.Inputs[0], restore.Outputs[0], new QuantizationParameters(scale.ToFloats()[0], zeroPoint?.ToInts()[0] ?? 0),
                    8 * type.SizeBytes(), type is ElementType.Int8 or ElementType.Int16));
            }
        }

        return found;
    }
}
