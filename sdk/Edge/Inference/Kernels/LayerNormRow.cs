using System.Numerics;
using System.Runtime.CompilerServices;
using Edge.Numerics;

namespace Edge.Inference.Kernels;

/// <summary>The numbers of a layer normalization.</summary>
/// <param name="Multipliers">γ over the output's scale, signed: 0 or 2^30 to 2^31 − 1 in magnitude, [channels].</param>
/// <param name="Shifts">Its shifts, [channels].</param>
/// <param name="OffsetsQ16">β over the output's scale, in steps of 2^-16, [channels].</param>
/// <param name="EpsilonQ16">channels² · ε over the square of the input's scale, in steps of 2^-16.</param>
/// <param name="OutputZeroPoint">The integer that means 0 in the output.</param>
internal sealed record LayerNormParameters(int[] Multipliers, int[] Shifts, int[] OffsetsQ16, long EpsilonQ16, int OutputZeroPoint);

/// <summary>Layer normalization of one row once its sums are known: (x − μ)/√(σ² + ε)·γ + β.</summary>
/// <remarks>
/// With n channels, d = n·x − Σx and V = n·Σx² − (Σx)² are whole numbers, and (x − μ)/σ = d/√V whatever the input's zero point. Only the
/// root, the product with γ and the last step are rounded. Q formats: the normalized value in Q24, products and offsets in Q16.
/// </remarks>
internal readonly struct LayerNormRow
{
    /// <summary>Widest row: of int16 |d| stays below 2^28, V below 2^54, and a normalized value below √4,095 &lt; 2^6.</summary>
    public const int MaxWidth = 4_095;

    private const int FractionBits = 16;
    private const int NormalizedFractionBits = 24;

    /// <summary>V from here on, which int16 alone reaches, leaves room for 8 bits behind the point.</summary>
    private const long LargeVariance = 1L << 46;

    private readonly LayerNormParameters parameters;
    private readonly long sum;
    private readonly long half;
    private readonly int inverse;
    private readonly int shift;

    /// <summary>Takes the root of a row's variance.</summary>
    /// <param name="parameters">The numbers.</param>
    /// <param name="sum">Σx.</param>
    /// <param name="squares">Σx².</param>
    public LayerNormRow(LayerNormParameters parameters, long sum, long squares)
    {
        (this.parameters, this.sum) = (parameters, sum);
        long variance = parameters.Multipliers.Length * squares - sum * sum;
        (inverse, shift) = variance < LargeVariance
            ? InverseRoot((ulong)((variance << FractionBits) + parameters.EpsilonQ16), FractionBits)
            : InverseRoot((ulong)((variance << (FractionBits / 2)) + (parameters.EpsilonQ16 >> (FractionBits / 2))), FractionBits / 2);
        half = 1L << (shift - 1);
    }

    /// <summary>The result for channel <paramref name="c"/>, not yet clamped to the output's type.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long Apply(int x, int c)
    {
        long difference = (long)parameters.Multipliers.Length * x - sum;
        long normalizedQ24 = (difference * inverse + half) >> shift;

        // normalized · M is in Q(24 + 31 − e); what is left of it in Q16 meets the offset, and both are rounded once.
        int right = Math.Min(NormalizedFractionBits + 31 - FractionBits - parameters.Shifts[c], 63);
        long resultQ16 = ((normalizedQ24 * parameters.Multipliers[c]) >> right) + parameters.OffsetsQ16[c];
        return ((resultQ16 + (1 << (FractionBits - 1))) >> FractionBits) + parameters.OutputZeroPoint;
    }

    /// <summary>1/√(value · 2^-fractionBits) as a number in [2^30, 2^31) and the right shift that brings its product with a difference to Q24.</summary>
    internal static (int Inverse, int Shift) InverseRoot(ulong value, int fractionBits)
    {
        // Below 2^16 there is no variance and hence no difference: any root does.
        value = Math.Max(value, 1UL << FractionBits);
        int headroom = BitOperations.LeadingZeroCount(value) & ~1;
        ulong root = IntegerRoot.Nearest(value << headroom); // √value · 2^(headroom / 2), in [2^31, 2^32)
        ulong inverse = ((1UL << 62) + root / 2) / root;

        // difference / √(value · 2^-f) = difference · inverse · 2^(headroom / 2 + f / 2 − 62).
        int shift = 62 - fractionBits / 2 - headroom / 2 - NormalizedFractionBits;
        return ((int)Math.Min(inverse, int.MaxValue), shift);
    }
}
