namespace Edge.Inference.Kernels;

/// <summary>Rows of int8 times a matrix of int8 weights: what convolution and fully connected layers are made of.</summary>
/// <remarks>
/// The input's zero point is folded into the bias: Σ(x − z)·w = Σx·w − z·Σw, so the inner loops multiply raw int8. All sums are
/// modulo 2^32, hence any order of summation gives the same bits.
/// </remarks>
internal static partial class MatrixS8
{
    /// <summary>The definition: output[r, o] = requantize(foldedBias[o] + Σ rows[r, k]·weights[o, k]).</summary>
    /// <param name="rows">[rows, depth].</param>
    /// <param name="rowCount">Rows.</param>
    /// <param name="depth">Elements of a row.</param>
    /// <param name="weights">[output channels, depth].</param>
    /// <param name="foldedBias">[output channels], from <see cref="FoldZeroPoint"/>.</param>
    /// <param name="requantization">Per output channel.</param>
    /// <param name="output">[rows, output channels].</param>
    public static void Reference(
        ReadOnlySpan<sbyte> rows, int rowCount, int depth, ReadOnlySpan<sbyte> weights, ReadOnlySpan<int> foldedBias,
        Requantization requantization, Span<sbyte> output)
    {
        for (int r = 0; r < rowCount; r++)
        {
            for (int o = 0; o < foldedBias.Length; o++)
            {
                int accumulator = foldedBias[o];
                for (int k = 0; k < depth; k++)
                {
                    accumulator += rows[r * depth + k] * weights[o * depth + k];
                }

                output[r * foldedBias.Length + o] = requantization.Apply(accumulator, o);
            }
        }
    }

    /// <summary>bias[o] − zeroPoint · Σ weights[o, k], modulo 2^32.</summary>
    public static int[] FoldZeroPoint(ReadOnlySpan<int> bias, ReadOnlySpan<sbyte> weights, int depth, int zeroPoint)
    {
        int[] folded = bias.ToArray();
        for (int o = 0; o < folded.Length; o++)
        {
            int sum = 0;
            foreach (sbyte weight in weights.Slice(o * depth, depth))
            {
                sum += weight;
            }

            folded[o] = unchecked(folded[o] - zeroPoint * sum);
        }

        return folded;
    }
}
