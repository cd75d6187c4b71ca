namespace Edge.Inference.Kernels;

/// <summary>Sums, products and changes of scale of 16-bit activations; all inputs without their zero points.</summary>
internal static class ElementwiseS16
{
    /// <summary>Addition as for int8, in 64 bits; the second input may be shorter and then repeats.</summary>
    public static void Add(ReadOnlySpan<short> a, ReadOnlySpan<short> b, in AddParameters parameters, Span<short> output)
    {
        for (int i = 0; i < a.Length; i++)
        {
            long sum = parameters.Scale1.ApplyWide((long)a[i] << AddParameters.LeftShift) + parameters.Scale2.ApplyWide((long)b[i % b.Length] << AddParameters.LeftShift);
            output[i] = (short)Math.Clamp(parameters.OutputScale.ApplyWide(sum) + parameters.OutputZeroPoint, parameters.ActivationMin, parameters.ActivationMax);
        }
    }

    /// <summary>Multiplication; the second input may be shorter and then repeats.</summary>
    public static void Multiply(ReadOnlySpan<short> a, ReadOnlySpan<short> b, in MultiplyParameters parameters, Span<short> output)
    {
        for (int i = 0; i < a.Length; i++)
        {
            long product = parameters.OutputScale.ApplyWide((long)a[i] * b[i % b.Length]);
            output[i] = (short)Math.Clamp(product + parameters.OutputZeroPoint, parameters.ActivationMin, parameters.ActivationMax);
        }
    }

    /// <summary>To another scale and zero point.</summary>
    /// <param name="input">[n].</param>
    /// <param name="scale">Input scale over output scale.</param>
    /// <param name="outputZeroPoint">The integer that means 0 in the output.</param>
    /// <param name="min">Smallest output.</param>
    /// <param name="max">Largest output.</param>
    /// <param name="output">[n].</param>
    public static void Requantize(ReadOnlySpan<short> input, Rescale scale, int outputZeroPoint, int min, int max, Span<short> output)
    {
        for (int i = 0; i < input.Length; i++)
        {
            output[i] = (short)Math.Clamp(scale.ApplyWide(input[i]) + outputZeroPoint, min, max);
        }
    }
}
