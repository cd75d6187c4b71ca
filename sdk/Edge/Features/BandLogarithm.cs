using System.Numerics;
using Edge.Features.Design;
using Edge.Numerics;

namespace Edge.Features;

/// <summary>Natural logarithm of the bands with their floor, in Q16.</summary>
internal sealed class BandLogarithm
{
    /// <summary>Fractional bits of the result.</summary>
    public const int FractionBits = 16;

    private const long Ln2Q31 = 1_488_522_236; // ln 2 · 2^31

    private readonly ScaledNumber[] floors;       // floor / band factor, [bands]
    private readonly int[] factorsLog2Q24;        // [bands]
    private readonly bool add;

    /// <summary>Prepares the floor of each band.</summary>
    public BandLogarithm(LogMelOptions options)
    {
        floors = FloorDesign.Floors(options);
        factorsLog2Q24 = FloorDesign.FactorsLog2Q24(options);
        add = options.Floor == LogFloor.Add;
    }

    /// <summary>What the bands are multiplied with before the floor; null for 1.</summary>
    public ScaledNumber? Gain { get; set; }

    /// <summary>Writes ln of bands·2^exponent·factor with the floor applied, [bands].</summary>
    public void Apply(ReadOnlySpan<ulong> bands, int exponent, Span<int> features)
    {
        for (int band = 0; band < bands.Length; band++)
        {
            ScaledNumber floor = floors[band];
            ScaledNumber value = Scale(bands[band], exponent);
            if (Gain is { } gain)
            {
                value = Product(value, gain);
            }

            if (bands[band] == 0)
            {
                value = floor;
            }
            else if (add)
            {
                value = Sum(value, floor);
            }
            else if (value.Exponent < floor.Exponent || (value.Exponent == floor.Exponent && value.Mantissa < floor.Mantissa))
            {
                value = floor;
            }

            long log2Q24 = IntegerLogarithm.Log2Q24(value.Mantissa) + ((long)value.Exponent << 24) + factorsLog2Q24[band];
            features[band] = (int)((log2Q24 * Ln2Q31 + (1L << 38)) >> 39);
        }
    }

    // The mantissa to [2^61, 2^62), like the floors': exponents then compare as the numbers do, and sums fit.
    private static ScaledNumber Scale(ulong value, int exponent)
    {
        int shift = BitOperations.LeadingZeroCount(value) - 2;
        return new ScaledNumber(shift >= 0 ? value << shift : value >> -shift, exponent - shift);
    }

    // The upper 64 of 128 bits keep 58 of them at the least.
    private static ScaledNumber Product(ScaledNumber a, ScaledNumber b) =>
        Scale(Math.BigMul(a.Mantissa, b.Mantissa, out _), a.Exponent + b.Exponent + 64);

    private static ScaledNumber Sum(ScaledNumber a, ScaledNumber b)
    {
        (ScaledNumber large, ScaledNumber small) = a.Exponent >= b.Exponent ? (a, b) : (b, a);
        int apart = Math.Min(large.Exponent - small.Exponent, 63);
        return large with { Mantissa = large.Mantissa + (small.Mantissa >> apart) };
    }
}
