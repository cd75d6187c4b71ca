namespace Edge.Quantization.Graph;

/// <summary>Scale and zero point of an int8 or int16 tensor: real = Scale · (q − ZeroPoint).</summary>
/// <param name="Scale">Real value of one step; a float, since that is what ONNX stores and both outputs must agree.</param>
/// <param name="ZeroPoint">The integer that means 0; -128 to 127, and 0 for 16 bits.</param>
/// <param name="Bits">Bits of an element: 8 or 16.</param>
public readonly record struct QuantizationParameters(float Scale, int ZeroPoint, int Bits = 8)
{
    /// <summary>Smallest normal float; a range narrower than 255 of these has no scale worth the name.</summary>
    internal const float SmallestScale = 1.17549435e-38f;

    /// <summary>What softmax and the logistic function give, in TensorFlow Lite's int8 specification: 0 to 255/256.</summary>
    public static QuantizationParameters Probability => new(1f / 256, -128);

    /// <summary>Spikes, 0 or 1, as they are.</summary>
    public static QuantizationParameters Spikes { get; } = new(1, 0);

    /// <summary>Asymmetric int8 over a range, which is widened to hold 0.</summary>
    /// <remarks>Scale and zero point as in ONNX Runtime's and TensorFlow Lite's quantizers.</remarks>
    public static QuantizationParameters Asymmetric(float min, float max)
    {
        min = Math.Min(min, 0);
        max = Math.Max(max, 0);
        double scale = ((double)max - min) / 255;
        return scale < SmallestScale
            ? new QuantizationParameters(1, 0)
            : new QuantizationParameters((float)scale, (int)Math.Clamp(Math.Round(-128 - min / scale), -128, 127));
    }

    /// <summary>Symmetric int16 over the larger half of a range.</summary>
    public static QuantizationParameters Symmetric16(float min, float max)
    {
        double scale = Math.Max(Math.Abs((double)min), Math.Abs((double)max)) / short.MaxValue;
        return new QuantizationParameters(scale < SmallestScale ? 1 : (float)scale, 0, 16);
    }

    /// <summary>Nearest integer to a real value, saturated to int8; ties to even as in ONNX's QuantizeLinear.</summary>
    public sbyte Quantize(double value) => (sbyte)Math.Clamp(Math.Round(value / Scale) + ZeroPoint, -128, 127);

    /// <summary>The same, saturated to int16.</summary>
    public short Quantize16(double value) => (short)Math.Clamp(Math.Round(value / Scale) + ZeroPoint, short.MinValue, short.MaxValue);

    /// <summary>The real value of an integer.</summary>
    public double Dequantize(int value) => (double)Scale * (value - ZeroPoint);
}
