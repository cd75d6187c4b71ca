namespace Edge.Inference.Kernels;

/// <summary>Softmax of 16-bit activations over the last dimension; output scale 1/256, zero point -128, as of int8.</summary>
internal static partial class SoftmaxS16
{
    /// <summary>The definition: <see cref="SoftmaxS8"/> with differences of up to 65,535.</summary>
    /// <param name="input">[rows, width].</param>
    /// <param name="width">Elements of a row.</param>
    /// <param name="scale">Input scale · beta · 2^26, at least 1.</param>
    /// <param name="output">[rows, width], each -128 to 127.</param>
    public static void Reference(ReadOnlySpan<short> input, int width, Rescale scale, Span<short> output)
    {
        Span<int> exponentials = stackalloc int[width]; // of a row: at most 4,095
        for (int start = 0; start < input.Length; start += width)
        {
            ReadOnlySpan<short> row = input.Slice(start, width);
            int maximum = short.MinValue;
            foreach (short value in row)
            {
                maximum = Math.Max(maximum, value);
            }

            int sum = 0;
            for (int i = 0; i < width; i++)
            {
                exponentials[i] = SoftmaxS8.Exponential(maximum - row[i], scale);
                sum += SoftmaxS8.Term(exponentials[i]);
            }

            (int reciprocal, int shift) = SoftmaxS8.Reciprocal(sum);
            for (int i = 0; i < width; i++)
            {
                output[start + i] = SoftmaxS8.Share(reciprocal, exponentials[i], shift);
            }
        }
    }
}
