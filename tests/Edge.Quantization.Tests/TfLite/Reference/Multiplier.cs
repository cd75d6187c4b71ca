namespace Edge.Quantization.Tests.TfLite.Reference;

/// <summary>
/// A real factor as TensorFlow Lite keeps it, Significand · 2^(Exponent - 31) (kernels/internal/quantization_util.cc), and the product
/// with it (MultiplyByQuantizedMultiplier of kernels/internal/common.cc).
/// </summary>
internal readonly record struct Multiplier(int Significand, int Exponent, ReferenceRounding Rounding)
{
    public static Multiplier Of(double factor, ReferenceRounding rounding)
    {
        if (factor == 0)
        {
            return new Multiplier(0, 0, rounding);
        }

        int exponent = 0;
        double fraction = factor;
        for (; Math.Abs(fraction) >= 1; exponent++)
        {
            fraction /= 2;
        }

        for (; Math.Abs(fraction) < 0.5; exponent--)
        {
            fraction *= 2;
        }

        long significand = (long)Math.Round(fraction * (1L << 31), MidpointRounding.AwayFromZero);
        if (significand == 1L << 31)
        {
            (significand, exponent) = (1L << 30, exponent + 1);
        }

        return exponent switch
        {
            < -31 => new Multiplier(0, 0, rounding),
            > 30 when rounding == ReferenceRounding.Once => new Multiplier(int.MaxValue, 30, rounding),
            _ => new Multiplier((int)significand, exponent, rounding),
        };
    }

    public int Apply(int value)
    {
        if (Rounding == ReferenceRounding.Once)
        {
            return (int)(((value * (long)Significand) + (1L << (30 - Exponent))) >> (31 - Exponent));
        }

        int shifted = unchecked(value * (1 << Math.Max(Exponent, 0)));
        return RoundingShift(HighProduct(shifted, Significand), Math.Max(-Exponent, 0));
    }

    /// <summary>gemmlowp's SaturatingRoundingDoublingHighMul of 32 bits: a·b / 2^31 to nearest, ties up.</summary>
    public static int HighProduct(int a, int b)
    {
        if (a == int.MinValue && b == int.MinValue)
        {
            return int.MaxValue;
        }

        long product = (long)a * b;
        return (int)((product + (product >= 0 ? 1L << 30 : 1 - (1L << 30))) / (1L << 31));
    }

    /// <summary>gemmlowp's RoundingDivideByPOT: value / 2^bits to nearest, ties away from zero.</summary>
    public static int RoundingShift(int value, int bits)
    {
        long mask = (1L << bits) - 1;
        long remainder = value & mask;
        long threshold = (mask >> 1) + (value < 0 ? 1 : 0);
        return (value >> bits) + (remainder > threshold ? 1 : 0);
    }
}
