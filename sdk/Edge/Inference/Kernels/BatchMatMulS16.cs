namespace Edge.Inference.Kernels;

/// <summary>Products of two 16-bit activations without zero points, sums of 64 bits: attention's scores where a softmax reads 16 bits of them.</summary>
internal static class BatchMatMulS16
{
    /// <summary>Largest magnitude of one operand's elements, as int8 without its zero point has them, for which <see cref="RunVector128"/> is exact.</summary>
    public const int NarrowMagnitude = 255;

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

    /// <summary>
    /// Same as <see cref="Reference"/> where b is [columns, batches, depth] and the elements of one operand are at most
    /// <see cref="NarrowMagnitude"/> in magnitude: attention's scores of 8-bit queries and keys.
    /// </summary>
    public static void RunVector128(
        ReadOnlySpan<short> a, ReadOnlySpan<short> b, in BatchMatMulShape shape, Rescale scale, int outputZeroPoint, int min, int max, Span<short> output)
    {
        int step = shape.Batches * shape.Depth;
        for (int r = 0; r < shape.Rows; r++)
        {
            for (int i = 0; i < shape.Batches; i++)
            {
                ReadOnlySpan<short> row = a.Slice(r * step + i * shape.Depth, shape.Depth);
                Span<short> products = output.Slice((r * shape.Batches + i) * shape.Columns, shape.Columns);
                for (int c = 0; c < products.Length; c++)
                {
                    long sum = MatrixS16.DotProduct(row, b.Slice(c * step + i * shape.Depth, shape.Depth));
                    products[c] = (short)Math.Clamp(scale.ApplyWide(sum) + outputZeroPoint, min, max);
                }
            }
        }
    }
}
