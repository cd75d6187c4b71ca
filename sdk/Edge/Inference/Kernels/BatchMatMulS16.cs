namespace Edge.Inference.Kernels;

/// <summary>Products of two 16-bit activations without zero points, sums of 64 bits: attention's scores where a softmax reads 16 bits of them.</summary>
internal static class BatchMatMulS16
{
    /// <summary>The definition: <see cref="BatchMatMulS8"/> with clamping to the output's range.</summary>
    /// <param name="a">[rows, batches, depth].</param>
    /// <param name="b">[columns, batches, depth] or [depth, batches, columns].</param>
    /// <param name="shape">The sizes.</param>
    /// <param name="scale">Scale of a · scale of b over the output's.</param>
    /// <param name="outputZeroPoint">The integer that means 0 in the output.</param>
    /// <param name="min">Smallest output.</param>
    /// <param name="max">Largest output.</param>
    /// <param name="output">[rows, batches, columns].</param>
    public static void Reference(
        ReadOnlySpan<short> a, ReadOnlySpan<short> b, in BatchMatMulShape shape, Rescale scale, int outputZeroPoint, int min, int max, Span<short> output)
    {
        (int columnStep, int depthStep) = shape.IsTransposed ? (shape.Batches * shape.Depth, 1) : (1, shape.Batches * shape.Columns);
        int batchStep = shape.IsTransposed ? shape.Depth : shape.Columns;
        for (int r = 0; r < shape.Rows; r++)
        {
            for (int i = 0; i < shape.Batches; i++)
            {
                ReadOnlySpan<short> row = a.Slice((r * shape.Batches + i) * shape.Depth, shape.Depth);
                for (int c = 0; c < shape.Columns; c++)
                {
                    long sum = 0;
                    int at = i * batchStep + c * columnStep;
                    foreach (short x in row)
                    {
                        sum += (long)x * b[at];
                        at += depthStep;
                    }

                    output[(r * shape.Batches + i) * shape.Columns + c] = (short)Math.Clamp(scale.ApplyWide(sum) + outputZeroPoint, min, max);
                }
            }
        }
    }
}
