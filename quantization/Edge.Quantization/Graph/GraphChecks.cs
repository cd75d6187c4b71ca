namespace Edge.Quantization.Graph;

/// <summary>Faults of a model that can be read but not quantized.</summary>
public static class GraphChecks
{
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

    private static string? Fault(ModelGraph graph, string name, Tensor tensor)
    {
        if (tensor.ElementType is not (ElementType.Float32 or ElementType.Float16 or ElementType.BFloat16 or ElementType.Float64))
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
        return first < 0 || IsMask(graph, name, values)
            ? null
            : $"'{name}', {tensor}: {values.Count(value => !float.IsFinite(value))} of {values.Length}, the first {Name(values[first])} at element {first}.";
    }

    /// <summary>Minus infinity is what hides a frame from a softmax, and a bound of Clip may be infinite: neither is a weight.</summary>
    private static bool IsMask(ModelGraph graph, string name, float[] values)
    {
        bool onlyInfinite = Array.TrueForAll(values, value => !float.IsNaN(value));
        return onlyInfinite && graph.ConsumersOf(name) is { Count: > 0 } readers
            && readers.TrueForAll(reader => reader.OpType is "Clip" or "Where" or "Pad" or "Max" or "Min" || (reader.OpType == "Add" && values.All(value => value is 0 or float.NegativeInfinity)));
    }

    private static string Name(float value) => float.IsNaN(value) ? "NaN" : value > 0 ? "infinity" : "minus infinity";
}
