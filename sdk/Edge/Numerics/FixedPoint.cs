using System.Numerics;
using System.Runtime.CompilerServices;

namespace Edge.Numerics;

/// <summary>
/// The integer arithmetic that everything on the device is made of: rounding multiplication, rounding shifts, saturation.
/// </summary>
/// <remarks>The rounding rules are those of gemmlowp and TensorFlow Lite's int8 specification; see sdk/Edge/Inference/ARITHMETIC.md.</remarks>
public static class FixedPoint
{
    /// <summary>
    /// High 32 bits of 2·<paramref name="a"/>·<paramref name="b"/>, rounded to nearest with ties up; in Q31 the product of two Q31 numbers.
    /// </summary>
    /// <returns>The product; <see cref="int.MaxValue"/> for the one pair that overflows, both <see cref="int.MinValue"/>.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int SaturatingRoundingDoublingHighMul(int a, int b) =>
        a == int.MinValue && b == int.MinValue ? int.MaxValue : (int)(((long)a * b + (1L << 30)) >> 31);

    /// <summary><paramref name="value"/> / 2^<paramref name="exponent"/>, rounded to nearest with ties away from zero; exponent 0 to 31.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int RoundingDivideByPowerOfTwo(int value, int exponent)
    {
        int mask = (int)((1L << exponent) - 1);
        int remainder = value & mask;
        int threshold = (mask >> 1) + (value >>> 31);
        return (value >> exponent) + (remainder > threshold ? 1 : 0);
    }

    /// <summary>
    /// <paramref name="value"/> · <paramref name="multiplier"/>/2^31 · 2^<paramref name="shift"/> with double rounding: the requantization step of an
    /// int8 operator.
    /// </summary>
    /// <param name="value">A 32-bit accumulator; <paramref name="value"/>·2^shift must fit in 32 bits where shift is positive.</param>
    /// <param name="multiplier">A Q31 number in [2^30, 2^31), or 0.</param>
    /// <param name="shift">-31 to 30; positive shifts left before the multiplication, negative shifts right after it.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int MultiplyByQuantizedMultiplier(int value, int multiplier, int shift)
    {
        int left = Math.Max(shift, 0);
        int right = Math.Max(-shift, 0);
        return RoundingDivideByPowerOfTwo(SaturatingRoundingDoublingHighMul(value << left, multiplier), right);
    }

    /// <summary>
    /// <paramref name="value"/> · <paramref name="multiplier"/>/2^31 · 2^<paramref name="shift"/> with single rounding: the exact product to nearest,
    /// ties up; its low 32 bits.
    /// </summary>
    /// <param name="value">A 32-bit accumulator.</param>
    /// <param name="multiplier">A Q31 number in [2^30, 2^31), or 0.</param>
    /// <param name="shift">-31 to 30.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int MultiplyRoundingOnce(int value, int multiplier, int shift) =>
        (int)(((long)value * multiplier + (1L << (30 - shift))) >> (31 - shift));

    /// <summary><paramref name="value"/> / <paramref name="divisor"/>, rounded to nearest with ties to even; the divisor is 1 to 2^30.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int DivideTiesToEven(int value, int divisor)
    {
        (int quotient, int remainder) = Math.DivRem(value, divisor);
        int twice = 2 * Math.Abs(remainder);
        return twice > divisor || (twice == divisor && (quotient & 1) != 0) ? quotient + Math.Sign(value) : quotient;
    }

    /// <summary>Saturates to int8.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static sbyte SaturateToInt8(int value) => (sbyte)Math.Clamp(value, sbyte.MinValue, sbyte.MaxValue);

    /// <summary>Saturates to int16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static short SaturateToInt16(int value) => (short)Math.Clamp(value, short.MinValue, short.MaxValue);

    /// <summary>Number of bits up to and including the most significant one; 0 for 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int BitLength(uint value) => 32 - BitOperations.LeadingZeroCount(value);
}
