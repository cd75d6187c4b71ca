namespace Edge.Inference.Kernels;

/// <summary>Mean over rows of 16-bit activations without zero point, sums of 64 bits; plans of single rounding alone have it.</summary>
internal static class MeanS16
{
    /// <summary>The definition: output[c] = clamp(rescale(Σ input[r, c]) + zero point) by the factor over the number of rows.</summary>
    /// <param name="input">[rows, channels].</param>
    /// <param name="scale">Input scale over output scale.</param>
    /// <param name="outputZeroPoint">The integer that means 0 in the output.</param>
    /// <param name="min">Smallest output.</param>
    /// <param name="max">Largest output.</param>
    /// <param name="output">[channels].</param>
    public static void Reference(ReadOnlySpan<short> input, Rescale scale, int outputZeroPoint, int min, int max, Span<short> output)
    {
        int rows = input.Length / output.Length;
        Rescale scaleOfSum = scale.Over(rows);
        for (int c = 0; c < output.Length; c++)
        {
            long sum = 0;
            for (int r = 0; r < rows; r++)
            {
                sum += input[r * output.Length + c];
            }

            output[c] = (short)Math.Clamp(scaleOfSum.ApplyWide(sum) + outputZeroPoint, min, max);
        }
    }
}
