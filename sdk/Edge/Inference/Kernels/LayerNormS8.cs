using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Edge.Numerics;

namespace Edge.Inference.Kernels;

/// <summary>int8 layer normalization over the last dimension; <see cref="LayerNormRow"/> has the arithmetic.</summary>
internal static class LayerNormS8
{
    /// <summary>The definition.</summary>
    /// <param name="input">[rows, channels].</param>
    /// <param name="parameters">The numbers.</param>
    /// <param name="output">[rows, channels].</param>
    public static void Reference(ReadOnlySpan<sbyte> input, LayerNormParameters parameters, Span<sbyte> output)
    {
        int width = parameters.Multipliers.Length;
        for (int start = 0; start < input.Length; start += width)
        {
            ReadOnlySpan<sbyte> row = input.Slice(start, width);
            (int sum, int squares) = (0, 0);
            foreach (sbyte x in row)
            {
                sum += x;
                squares += x * x;
            }

            Normalize(row, new LayerNormRow(parameters, sum, squares), output.Slice(start, width));
        }
    }

    /// <summary>Same as <see cref="Reference"/>, sums of sixteen elements at a time.</summary>
    public static void RunVector128(ReadOnlySpan<sbyte> input, LayerNormParameters parameters, Span<sbyte> output)
    {
        int width = parameters.Multipliers.Length;
        for (int start = 0; start < input.Length; start += width)
        {
            ReadOnlySpan<sbyte> row = input.Slice(start, width);
            ref sbyte first = ref MemoryMarshal.GetReference(row);
            Vector128<int> sums = Vector128<int>.Zero, squareSums = sums;
            int i = 0;
            for (; i + 16 <= width; i += 16)
            {
                (Vector128<short> low, Vector128<short> high) = Vector128.Widen(Vector128.LoadUnsafe(ref first, (nuint)i));
                sums += VectorFixedPoint.DotPairs(low + high, Vector128<short>.One);
                squareSums += VectorFixedPoint.DotPairs(low, low) + VectorFixedPoint.DotPairs(high, high);
            }

            (int sum, int squares) = (Vector128.Sum(sums), Vector128.Sum(squareSums));
            for (; i < width; i++)
            {
                sum += row[i];
                squares += row[i] * row[i];
            }

            Normalize(row, new LayerNormRow(parameters, sum, squares), output.Slice(start, width));
        }
    }

    private static void Normalize(ReadOnlySpan<sbyte> row, LayerNormRow normalized, Span<sbyte> output)
    {
        for (int c = 0; c < row.Length; c++)
        {
            output[c] = (sbyte)Math.Clamp(normalized.Apply(row[c], c), sbyte.MinValue, sbyte.MaxValue);
        }
    }
}
