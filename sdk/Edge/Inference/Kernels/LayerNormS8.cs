using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Edge.Numerics;

namespace Edge.Inference.Kernels;

/// <summary>The numbers of a layer normalization.</summary>
/// <param name="Multipliers">γ over the output's scale, signed: 0 or 2^30 to 2^31 − 1 in magnitude, [channels].</param>
/// <param name="Shifts">Its shifts, [channels].</param>
/// <param name="OffsetsQ16">β over the output's scale, in steps of 2^-16, [channels].</param>
/// <param name="EpsilonQ16">channels² · ε over the square of the input's scale, in steps of 2^-16.</param>
/// <param name="OutputZeroPoint">The integer that means 0 in the output.</param>
internal sealed record LayerNormParameters(int[] Multipliers, int[] Shifts, int[] OffsetsQ16, long EpsilonQ16, int OutputZeroPoint);

/// <summary>int8 layer normalization over the last dimension: (x − μ)/√(σ² + ε)·γ + β.</summary>
/// <remarks>
/// With n channels, d = n·x − Σx and V = n·Σx² − (Σx)² are whole numbers, and (x − μ)/σ = d/√V whatever the input's zero point. Only the
/// root, the product with γ and the last step are rounded. Q formats: the normalized value in Q24, products and offsets in Q16.
/// </remarks>
internal static class LayerNormS8
{
    /// <summary>Widest row: |d| stays below 2^20, V below 2^39, and a normalized value below √4,095 &lt; 2^6.</summary>
    public const int MaxWidth = 4_095;

    private const int FractionBits = 16;
    private const int NormalizedFractionBits = 24;

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

            Normalize(row, sum, squares, parameters, output.Slice(start, width));
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

            Normalize(row, sum, squares, parameters, output.Slice(start, width));
        }
    }

    private static void Normalize(ReadOnlySpan<sbyte> row, int sum, int squares, LayerNormParameters parameters, Span<sbyte> output)
    {
        int width = row.Length;
        long variance = (long)width * squares - (long)sum * sum;
        (int inverse, int shift) = InverseRoot((ulong)((variance << FractionBits) + parameters.EpsilonQ16));
        long half = 1L << (shift - 1);
        for (int c = 0; c < width; c++)
        {
            long difference = (long)width * row[c] - sum;
            long normalizedQ24 = (difference * inverse + half) >> shift;

            // normalized · M is in Q(24 + 31 − e); what is left of it in Q16 meets the offset, and both are rounded once.
            int right = Math.Min(NormalizedFractionBits + 31 - FractionBits - parameters.Shifts[c], 63);
            long resultQ16 = ((normalizedQ24 * parameters.Multipliers[c]) >> right) + parameters.OffsetsQ16[c];
            long result = (resultQ16 + (1 << (FractionBits - 1))) >> FractionBits;
            output[c] = (sbyte)Math.Clamp(result + parameters.OutputZeroPoint, sbyte.MinValue, sbyte.MaxValue);
        }
    }

    /// <summary>1/√(value · 2^-16) as a number in [2^30, 2^31) and the right shift that brings its product with a difference to Q24.</summary>
    private static (int Inverse, int Shift) InverseRoot(ulong value)
    {
        // Below 2^16 there is no variance and hence no difference: any root does.
        value = Math.Max(value, 1UL << FractionBits);
        int headroom = BitOperations.LeadingZeroCount(value) & ~1;
        ulong root = IntegerRoot.Nearest(value << headroom); // √value · 2^(headroom / 2), in [2^31, 2^32)
        ulong inverse = ((1UL << 62) + root / 2) / root;

        // difference / √(value · 2^-16) = difference · inverse · 2^(headroom / 2 + 8 − 62).
        int shift = 62 - FractionBits / 2 - headroom / 2 - NormalizedFractionBits;
        return ((int)Math.Min(inverse, int.MaxValue), shift);
    }
}
