using System.Numerics;
using Edge.Inference.Kernels;
using Edge.Numerics;

namespace Edge.Tests.Kernels;

/// <summary>
/// TensorFlow Lite's int8 arithmetic once more, from its specification: rational numbers of any size, one rounding rule a function.
/// Shares no code with what it judges.
/// </summary>
internal static class Oracle
{
    /// <summary>
    /// value · multiplier/2^31 · 2^shift. Double rounding: to nearest with ties up, then to nearest with ties away from zero. Single rounding: to nearest
    /// with ties up, modulo 2^32.
    /// </summary>
    public static int Rescale(BigInteger value, int multiplier, int shift, Rounding rounding = Rounding.Twice)
    {
        if (rounding == Rounding.Once)
        {
            BigInteger denominator = BigInteger.Pow(2, 31 - shift);
            return (int)Wrap(Floor(2 * value * multiplier + denominator, 2 * denominator));
        }

        BigInteger doubled = Wrap(value * BigInteger.Pow(2, Math.Max(shift, 0))) * (BigInteger)multiplier;
        BigInteger high = Floor(2 * doubled + BigInteger.Pow(2, 31), BigInteger.Pow(2, 32));
        return (int)NearestAwayFromZero(high, BigInteger.Pow(2, Math.Max(-shift, 0)));
    }

    /// <summary>The last step of every operator: rescale, add the zero point, clamp.</summary>
    public static sbyte Requantize(
        BigInteger value, int multiplier, int shift, int zeroPoint, int min = sbyte.MinValue, int max = sbyte.MaxValue, Rounding rounding = Rounding.Twice) =>
        (sbyte)BigInteger.Max(min, BigInteger.Min(max, Wrap(Rescale(value, multiplier, shift, rounding) + (BigInteger)zeroPoint)));

    /// <summary>numerator / denominator, rounded to nearest with ties away from zero; denominator above 0.</summary>
    public static BigInteger NearestAwayFromZero(BigInteger numerator, BigInteger denominator) =>
        numerator.Sign * Floor(2 * BigInteger.Abs(numerator) + denominator, 2 * denominator);

    /// <summary>The 32-bit two's complement number that <paramref name="value"/> is congruent to modulo 2^32.</summary>
    public static BigInteger Wrap(BigInteger value)
    {
        BigInteger modulus = BigInteger.Pow(2, 32);
        BigInteger half = BigInteger.Pow(2, 31);
        return value - Floor(value + half, modulus) * modulus;
    }

    /// <summary>The multiplier and shift nearest to a real factor, as a converter finds them.</summary>
    public static Rescale Quantize(double factor, Rounding rounding = Rounding.Twice)
    {
        int shift = (int)Math.Floor(Math.Log2(factor)) + 1;
        long multiplier = (long)Math.Round(factor / Math.Pow(2, shift) * (1L << 31), MidpointRounding.AwayFromZero);
        return multiplier == 1L << 31 ? new Rescale(1 << 30, shift + 1, rounding) : new Rescale((int)multiplier, shift, rounding);
    }

    /// <summary>numerator / denominator, rounded to nearest with ties to even; denominator above 0.</summary>
    public static BigInteger NearestEven(BigInteger numerator, BigInteger denominator)
    {
        BigInteger floor = Floor(numerator, denominator);
        BigInteger twice = 2 * (numerator - floor * denominator);
        return twice > denominator || (twice == denominator && !floor.IsEven) ? floor + 1 : floor;
    }

    private static BigInteger Floor(BigInteger numerator, BigInteger denominator)
    {
        BigInteger quotient = BigInteger.DivRem(numerator, denominator, out BigInteger remainder);
        return remainder.Sign < 0 ? quotient - 1 : quotient;
    }
}
