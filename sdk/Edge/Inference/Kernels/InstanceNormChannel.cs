using System.Runtime.CompilerServices;

namespace Edge.Inference.Kernels;

/// <summary>The numbers of an instance normalization.</summary>
/// <param name="Rows">Rows that are normalized together, 1 to <see cref="InstanceNormChannel.MaxRows"/>.</param>
/// <param name="Multipliers">γ over the output's scale, signed: 0 or 2^30 to 2^31 − 1 in magnitude, [channels].</param>
/// <param name="Shifts">Its shifts, at most <see cref="InstanceNormChannel.MaxShift"/>, [channels].</param>
/// <param name="OffsetsQ16">β over the output's scale, in steps of 2^-16, [channels].</param>
/// <param name="EpsilonQ16">rows² · ε over the square of the input's scale, in steps of 2^-16; saturated.</param>
/// <param name="EpsilonQ8">The same in steps of 2^-8.</param>
/// <param name="Epsilon">The same in whole steps.</param>
/// <param name="OutputZeroPoint">The integer that means 0 in the output.</param>
internal sealed record InstanceNormParameters(int Rows, int[] Multipliers, int[] Shifts, int[] OffsetsQ16, long EpsilonQ16, long EpsilonQ8, long Epsilon, int OutputZeroPoint)
{
    /// <summary>Makes the numbers for ε over the square of the input's scale, as multiplier and shift.</summary>
    public static InstanceNormParameters Create(int rows, int[] multipliers, int[] shifts, int[] offsetsQ16, int epsilon, int epsilonShift, int outputZeroPoint)
    {
        return new InstanceNormParameters(rows, multipliers, shifts, offsetsQ16, At(16), At(8), At(0), outputZeroPoint);

        // rows² · multiplier · 2^(shift − 31 + bits), to nearest, ties up.
        long At(int bits)
        {
            Int128 product = (Int128)rows * rows * epsilon;
            int right = 31 - bits - epsilonShift;
            Int128 scaled = right > 0 ? (product + ((Int128)1 << (right - 1))) >> right : product << -right;
            return scaled <= long.MaxValue ? (long)scaled : long.MaxValue;
        }
    }
}

/// <summary>Instance normalization of one channel once its sums are known: (x − μ)/√(σ² + ε)·γ + β.</summary>
/// <remarks>
/// As in <see cref="LayerNormRow"/>, d = n·x − Σx and V = n·Σx² − (Σx)² are whole numbers, n being the rows. The reciprocal of the root and γ are one factor
/// for the whole channel, so an element costs one product.
/// </remarks>
internal readonly struct InstanceNormChannel
{
    /// <summary>Most rows: |d| stays below 2^31, V below 2^60.</summary>
    public const int MaxRows = 32_767;

    /// <summary>Largest shift of γ: the product is shifted right then, never left.</summary>
    public const int MaxShift = 15;

    /// <summary>Size of one of these.</summary>
    public static readonly int Bytes = Unsafe.SizeOf<InstanceNormChannel>();

    /// <summary>Bits of the offset behind its point.</summary>
    public const int FractionBits = 16;

    private readonly long offsetQ16; // β, the zero point, and a half for rounding
    private readonly int rows;
    private readonly int sum;
    private readonly int factor;
    private readonly int right;

    /// <summary>Takes the root of the channel's variance.</summary>
    /// <param name="parameters">The numbers.</param>
    /// <param name="channel">Which channel.</param>
    /// <param name="sum">Σx.</param>
    /// <param name="squares">Σx².</param>
    public InstanceNormChannel(InstanceNormParameters parameters, int channel, long sum, long squares)
    {
        (rows, this.sum) = (parameters.Rows, (int)sum);
        long variance = rows * squares - sum * sum;
        long total = variance + Math.Min(parameters.Epsilon, 1L << 61);
        (int inverse, int shift) = total switch
        {
            < 1L << 46 => LayerNormRow.InverseRoot((ulong)((variance << 16) + parameters.EpsilonQ16), 16),
            < 1L << 54 => LayerNormRow.InverseRoot((ulong)((variance << 8) + parameters.EpsilonQ8), 8),
            _ => LayerNormRow.InverseRoot((ulong)total, 0),
        };
        factor = (int)(((long)inverse * parameters.Multipliers[channel] + (1L << 30)) >> 31);
        right = Math.Min(shift + 24 - FractionBits - parameters.Shifts[channel], 63);
        offsetQ16 = parameters.OffsetsQ16[channel] + ((long)parameters.OutputZeroPoint << FractionBits) + (1 << (FractionBits - 1));
    }

    /// <summary>The numbers that <see cref="Apply"/> takes, for kernels that have many channels side by side.</summary>
    public (int Sum, int Factor, int Right, long OffsetQ16) Numbers => (sum, factor, right, offsetQ16);

    /// <summary>The result for an element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public short Apply(short x, int min, int max)
    {
        long difference = rows * x - sum; // below 2^31
        return (short)Math.Clamp((((difference * factor) >> right) + offsetQ16) >> FractionBits, min, max);
    }
}
