using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Edge.Numerics;

namespace Edge.Inference.Kernels;

/// <summary>int16 layer normalization over the last dimension, sums of 64 bits; <see cref="LayerNormRow"/> has the arithmetic.</summary>
internal static class LayerNormS16
{
    private const int Lanes = 8;

    /// <summary>The definition.</summary>
    /// <param name="input">[rows, channels].</param>
    /// <param name="parameters">The numbers.</param>
    /// <param name="min">Smallest output.</param>
    /// <param name="max">Largest output.</param>
    /// <param name="output">[rows, channels].</param>
    public static void Reference(ReadOnlySpan<short> input, LayerNormParameters parameters, int min, int max, Span<short> output)
    {
        int width = parameters.Multipliers.Length;
        for (int start = 0; start < input.Length; start += width)
        {
            ReadOnlySpan<short> row = input.Slice(start, width);
            (long sum, long squares) = Sums(row);
            Normalize(row, new LayerNormRow(parameters, sum, squares), min, max, output.Slice(start, width));
        }
    }

    /// <summary>Same as <see cref="Reference"/>, sums of eight elements at a time.</summary>
    public static void RunVector128(ReadOnlySpan<short> input, LayerNormParameters parameters, int min, int max, Span<short> output)
    {
        int width = parameters.Multipliers.Length;
        int vectorized = width - width % Lanes;
        for (int start = 0; start < input.Length; start += width)
        {
            ReadOnlySpan<short> row = input.Slice(start, width);
            ref short first = ref MemoryMarshal.GetReference(row);
            Vector128<int> sums = Vector128<int>.Zero; // two elements a vector in each lane, 512 vectors at most
            Vector128<ulong> squareSums = Vector128<ulong>.Zero;
            for (int i = 0; i < vectorized; i += Lanes)
            {
                Vector128<short> x = Vector128.LoadUnsafe(ref first, (nuint)i);
                sums += VectorFixedPoint.DotPairs(x, Vector128<short>.One);

                // Two squares of -32768 make 2^31, which an unsigned lane holds.
                (Vector128<ulong> low, Vector128<ulong> high) = Vector128.Widen(VectorFixedPoint.DotPairs(x, x).AsUInt32());
                squareSums += low + high;
            }

            (long sum, long squares) = Sums(row[vectorized..]);
            var normalized = new LayerNormRow(parameters, sum + Vector128.Sum(sums), squares + (long)Vector128.Sum(squareSums));
            Normalize(row, normalized, min, max, output.Slice(start, width));
        }
    }

    private static (long Sum, long Squares) Sums(ReadOnlySpan<short> row)
    {
        (long sum, long squares) = (0, 0);
        foreach (short x in row)
        {
            sum += x;
            squares += x * x;
        }

        return (sum, squares);
    }

    private static void Normalize(ReadOnlySpan<short> row, LayerNormRow normalized, int min, int max, Span<short> output)
    {
        for (int c = 0; c < row.Length; c++)
        {
            output[c] = (short)Math.Clamp(normalized.Apply(row[c], c), min, max);
        }
    }
}
