namespace Edge.Quantization.Graph;

/// <summary>Faults of a model that can be read but not quantized.</summary>
public static class GraphChecks
{
    private static readonly string[] Layers = ["Conv", "ConvTranspose", "Gemm", "MatMul", "BatchNormalization", "LayerNormalization"];

    private static readonly string[] Integer = ["QuantizeLinear", "DequantizeLinear", "QLinearConv", "QLinearMatMul", "ConvInteger", "MatMulInteger"];

    /// <summary>Operators whose constant may be infinite.</summary>
    private static readonly string[] Bounded = ["Clip", "Where", "Pad", "Max", "Min"];

    /// <summary>Checks that a graph is a float network with weights.</summary>
    /// <exception cref="GraphFormatException">It is quantized already, has no weights, or carries states from step to step.</exception>
    public static void RequireFloatNetwork(this ModelGraph graph)
    {
        if (graph.Nodes.Find(node => Integer.Contains(node.OpType)) is { } quantized)
        {
            throw new GraphFormatException(graph.Name, $"{quantized}", "the model is quantized already; expected the float model that it was made from.");
        }

        if (graph.States.Count > 0)
        {
            throw new GraphFormatException(
                graph.Name, $"state '{graph.States[0].Input}'",
                "the model carries values from step to step, which calibration does not; convert it to int8 in TensorFlow Lite (Optimize.DEFAULT and a representative data set) and give the .tflite file to `edgec import`, or export it as one graph over all frames.");
        }

        if (!graph.Nodes.Exists(node => Layers.Contains(node.OpType) && node.Inputs.Exists(input => graph.Constant(input) is { } weights && IsFloat(weights))))
        {
            throw new GraphFormatException(graph.Name, "weights", "found none; expected a network with float weights in Conv, Gemm or MatMul.");
        }
    }

    /// <summary>Checks that every operator is ONNX's own, so that ONNX Runtime can run the graph.</summary>
    /// <exception cref="GraphFormatException">Some are not; the message names them.</exception>
    public static void RequireStandardOperators(this ModelGraph graph)
    {
        Node[] own = [.. graph.Nodes.Where(node => node.Domain == TfLite.TfLiteReader.EdgeDomain)];
        if (own.Length > 0)
        {
            throw new GraphFormatException(
                graph.Name, string.Join(", ", own.Select(node => $"{node}")),
                "ONNX has no int8 operator of this kind, so ONNX Runtime cannot run the model. `edgec import` compiles it for the integer engine; a float .tflite of the same model runs in both.");
        }
    }

    /// <summary>Checks that every constant is finite.</summary>
    /// <exception cref="GraphFormatException">Some hold NaN or infinity; the message names each tensor, how many, and where the first is.</exception>
    public static void RequireFiniteConstants(this ModelGraph graph)
    {
        string[] faults = [.. graph.Initializers.Select(pair => Fault(graph, pair.Key, pair.Value)).OfType<string>()];
        if (faults.Length > 0)
        {
            throw new GraphFormatException(
                graph.Name, $"{faults.Length} constant(s) are not finite", $"{string.Join(" ", faults)} Was training stopped by a fault? Export a checkpoint from before it.");
        }
    }

    private static bool IsFloat(Tensor tensor) => tensor.ElementType is ElementType.Float32 or ElementType.Float16 or ElementType.BFloat16 or ElementType.Float64;

    private static string? Fault(ModelGraph graph, string name, Tensor tensor)
    {
        if (!IsFloat(tensor))
        {
            return null;
        }

        float[] values;
        try
        {
            values = tensor.ToFloats();
        }
        catch (InvalidOperationException e)
        {
            return $"'{name}': {e.Message}";
        }

        int first = Array.FindIndex(values, value => !float.IsFinite(value));
        return first < 0 || IsMask(graph, name, tensor, values)
            ? null
            : $"'{name}', {tensor}: {values.Count(value => !float.IsFinite(value))} of {values.Length}, the first {Name(values[first])} at element {first}.";
    }

    /// <summary>A matrix of zeros and minus infinity hides frames from a softmax, and a bound may be infinite: neither is a weight.</summary>
    private static bool IsMask(ModelGraph graph, string name, Tensor tensor, float[] values) =>
        !Array.Exists(values, float.IsNaN) && ((tensor.Dims.Length > 1 && Array.TrueForAll(values, value => value is 0 or float.NegativeInfinity))
        || (graph.ConsumersOf(name) is { Count: > 0 } readers && readers.TrueForAll(reader => Bounded.Contains(reader.OpType))));

    private static string Name(float value) => float.IsNaN(value) ? "NaN" : value > 0 ? "infinity" : "minus infinity";
}
