using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Edge.Numerics;

namespace Edge.Inference.Kernels;

/// <summary>Rows of 16-bit activations, without zero point, times a matrix of int8 weights; sums of 64 bits.</summary>
internal static partial class MatrixS16
{
    private const int Lanes = 8;

    /// <summary>Vectors after which 32-bit lanes go into 64 bits: a lane takes two products of at most 2^15 · 255 a vector, in all less than 2^31.</summary>
    private const int VectorsTogether = 128;

    /// <summary>The definition: output[r, o] = requantize(bias[o] + Σ rows[r, k]·weights[o, k]).</summary>
    /// <param name="rows">[rows, depth].</param>
    /// <param name="rowCount">Rows.</param>
    /// <param name="depth">Elements of a row.</param>
    /// <param name="weights">[output channels, depth].</param>
    /// <param name="bias">[output channels].</param>
    /// <param name="requantization">Per output channel.</param>
    /// <param name="output">[rows, output channels].</param>
    public static void Reference(
        ReadOnlySpan<short> rows, int rowCount, int depth, ReadOnlySpan<short> weights, ReadOnlySpan<int> bias, Requantization requantization, Span<short> output)
    {
        for (int r = 0; r < rowCount; r++)
        {
            for (int o = 0; o < bias.Length; o++)
            {
                long sum = bias[o] + Products(rows.Slice(r * depth, depth), weights.Slice(o * depth, depth));
                output[r * bias.Length + o] = requantization.ApplyWide(sum, o);
            }
        }
    }

    /// <summary>Same as <see cref="Reference"/>, eight taps at a time.</summary>
    public static void RunVector128(
        ReadOnlySpan<short> rows, int rowCount, int depth, ReadOnlySpan<short> weights, ReadOnlySpan<int> bias, Requantization requantization, Span<short> output)
    {
        for (int r = 0; r < rowCount; r++)
        {
            ReadOnlySpan<short> row = rows.Slice(r * depth, depth);
            for (int o = 0; o < bias.Length; o++)
            {
                output[r * bias.Length + o] = requantization.ApplyWide(bias[o] + DotProduct(row, weights.Slice(o * depth, depth)), o);
            }
        }
    }

    /// <summary>Σ row[k]·weights[k], eight at a time; exact where the elements of one of them are at most 255 in magnitude.</summary>
    public static long DotProduct(ReadOnlySpan<short> row, ReadOnlySpan<short> weights)
    {
        int vectorized = row.Length - row.Length % Lanes;
        return ProductsVector128(row[..vectorized], weights[..vectorized]) + Products(row[vectorized..], weights[vectorized..]);
    }

    /// <summary>int8 weights as the kernels read them.</summary>
    public static short[] Widen(sbyte[] weights) => Array.ConvertAll(weights, weight => (short)weight);

    private static long Products(ReadOnlySpan<short> row, ReadOnlySpan<short> weights)
    {
        long sum = 0;
        for (int k = 0; k < row.Length; k++)
        {
            sum += row[k] * weights[k];
        }

        return sum;
    }

    private static long ProductsVector128(ReadOnlySpan<short> row, ReadOnlySpan<short> weights)
    {
        ref short x = ref MemoryMarshal.GetReference(row);
        ref short w = ref MemoryMarshal.GetReference(weights);
        Vector128<long> sum = Vector128<long>.Zero;
        for (int start = 0; start < row.Length; start += VectorsTogether * Lanes)
        {
            int end = Math.Min(start + VectorsTogether * Lanes, row.Length);
            Vector128<int> part = Vector128<int>.Zero;
            for (int k = start; k < end; k += Lanes)
            {
                part += VectorFixedPoint.DotPairs(Vector128.LoadUnsafe(ref x, (nuint)k), Vector128.LoadUnsafe(ref w, (nuint)k));
            }

            (Vector128<long> low, Vector128<long> high) = Vector128.Widen(part);
            sum += low + high;
        }

        return Vector128.Sum(sum);
    }
}
