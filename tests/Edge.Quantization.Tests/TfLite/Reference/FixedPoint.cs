namespace Edge.Quantization.Tests.TfLite.Reference;

/// <summary>
/// A number of gemmlowp's FixedPoint (fixedpoint/fixedpoint.h): Bits bits of which IntegerBits stand before the point, beside the sign.
/// All operations wrap at Bits bits, or saturate where gemmlowp's do.
/// </summary>
internal readonly record struct FixedPoint(int Raw, int IntegerBits, int Bits)
{
    public int FractionBits => Bits - 1 - IntegerBits;

    public FixedPoint One => this with { Raw = IntegerBits == 0 ? Highest : 1 << FractionBits };

    private int Highest => Bits == 16 ? short.MaxValue : int.MaxValue;

    private int Lowest => Bits == 16 ? short.MinValue : int.MinValue;

    public static FixedPoint operator +(FixedPoint a, FixedPoint b) => a.Wrap((long)a.Raw + b.Raw);

    public static FixedPoint operator -(FixedPoint a, FixedPoint b) => a.Wrap((long)a.Raw - b.Raw);

    public static FixedPoint operator -(FixedPoint a) => a.Wrap(-(long)a.Raw);

    /// <summary>SaturatingRoundingDoublingHighMul; the integer bits add up.</summary>
    public static FixedPoint operator *(FixedPoint a, FixedPoint b)
    {
        var product = new FixedPoint(0, a.IntegerBits + b.IntegerBits, a.Bits);
        if (a.Raw == a.Lowest && b.Raw == a.Lowest)
        {
            return product with { Raw = a.Highest };
        }

        long exact = (long)a.Raw * b.Raw;
        long half = 1L << (a.Bits - 2);
        return product with { Raw = (int)((exact + (exact >= 0 ? half : 1 - half)) / (half * 2)) };
    }

    /// <summary>A constant given with 32 bits, in the format of this number.</summary>
    public FixedPoint Constant(int raw32) => this with { Raw = Multiplier.RoundingShift(raw32, 32 - Bits) };

    /// <summary>2^exponent in the format of this number.</summary>
    public FixedPoint PowerOfTwo(int exponent) => Wrap(1L << (FractionBits + exponent));

    /// <summary>The product with 2^exponent in the same format: to the right rounded, to the left saturated.</summary>
    public FixedPoint Times2ToThe(int exponent) => this with
    {
        Raw = exponent <= 0
            ? Multiplier.RoundingShift(Raw, -exponent)
            : (int)Math.Clamp((long)Raw << exponent, Lowest, Highest),
    };

    /// <summary>The same value with other integer bits.</summary>
    public FixedPoint Rescale(int integerBits) => Times2ToThe(IntegerBits - integerBits) with { IntegerBits = integerBits };

    public FixedPoint SaturatingAdd(FixedPoint other) =>
        Bits == 16 ? this with { Raw = Math.Clamp(Raw + other.Raw, Lowest, Highest) } : this + other;

    private FixedPoint Wrap(long value) => this with { Raw = Bits == 16 ? unchecked((short)value) : unchecked((int)value) };
}
