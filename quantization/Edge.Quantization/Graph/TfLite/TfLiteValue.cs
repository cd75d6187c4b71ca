namespace Edge.Quantization.Graph.TfLite;

/// <summary>A tensor of a file in the graph.</summary>
/// <param name="Stem">Its name in the file; the graph's names begin with it.</param>
/// <param name="Name">The float value that nodes read.</param>
/// <param name="Shape">Its dimensions in the file's order.</param>
/// <param name="Order">The order in which the graph's value has the file's axes; see <see cref="AxisOrder"/>.</param>
/// <param name="Stored">The integers that it is rounded to; null for a float tensor.</param>
internal sealed record TfLiteValue(string Stem, string Name, int[] Shape, int[] Order, TfLiteIntegers? Stored)
{
    /// <summary>The dimensions of the graph's value.</summary>
    public long[] GraphShape => [.. Order.Select(axis => (long)Shape[axis])];

    /// <summary>Where the graph's value has an axis of the file.</summary>
    public int Axis(int axis) => Array.IndexOf(Order, axis);
}

/// <summary>The integers of a quantized tensor in the graph.</summary>
/// <param name="Name">The int8 value.</param>
/// <param name="Parameters">Scale and zero point.</param>
/// <param name="Scale">The constant of the scale.</param>
/// <param name="ZeroPoint">The constant of the zero point.</param>
internal sealed record TfLiteIntegers(string Name, QuantizationParameters Parameters, string Scale, string ZeroPoint);
