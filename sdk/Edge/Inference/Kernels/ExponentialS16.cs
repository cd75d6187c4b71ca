using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Edge.Numerics;

namespace Edge.Inference.Kernels;

/// <summary>e^a and the quotients made of it in 16-bit fixed point: what the gates of a recurrent layer are computed with.</summary>
/// <remarks>
/// Source: gemmlowp's fixed-point functions on 16-bit integers. Every product is (a·b + 2^14) / 2^15 rounded down; Qi.f has i integer and f fraction
/// bits beside the sign.
/// </remarks>
internal static class ExponentialS16
{
    /// <summary>1 in Q0.15, as near as it gets.</summary>
    public const short One = short.MaxValue;

    private const short OneQ13 = 1 << 13; // 1 in Q2.13

    /// <summary>e^-(1/4, 1/2, 1, 2, 4, 8, 16) in Q0.15.</summary>
    private static readonly short[] Powers = [25520, 19875, 12055, 4435, 600, 11, 0];

    /// <summary>e^a in Q0.15.</summary>
    /// <param name="a">At most 0, of so many integer bits and 15 in all.</param>
    /// <param name="integerBits">1 to 7.</param>
    public static int OfNegative(int a, int integerBits)
    {
        int quarter = 1 << (13 - integerBits);
        if (a == 0)
        {
            return One;
        }

        if (a < Least(integerBits))
        {
            return 0;
        }

        int fraction = (a & (quarter - 1)) - quarter; // in [-1/4, 0)
        int result = NearZero(fraction << integerBits);
        int remainder = fraction - a; // a multiple of 1/4
        for (int i = 0; i < Terms(integerBits); i++)
        {
            if ((remainder & (quarter << i)) != 0)
            {
                result = Multiply(result, Powers[i]);
            }
        }

        return result;
    }

    /// <summary>The same in each lane.</summary>
    public static Vector128<short> OfNegative(Vector128<short> a, int integerBits)
    {
        short quarter = (short)(1 << (13 - integerBits));
        Vector128<short> fraction = (a & Vector128.Create((short)(quarter - 1))) - Vector128.Create(quarter);
        Vector128<short> result = NearZero(Vector128.ShiftLeft(fraction, integerBits));
        Vector128<short> remainder = fraction - a;
        for (int i = 0; i < Terms(integerBits); i++)
        {
            Vector128<short> bit = Vector128.Create((short)(quarter << i));
            result = Vector128.ConditionalSelect(
                Vector128.Equals(remainder & bit, bit), VectorFixedPoint.MultiplyRoundedQ15(result, Vector128.Create(Powers[i])), result);
        }

        result = Vector128.AndNot(result, Vector128.LessThan(a, Vector128.Create((short)Least(integerBits))));
        return Vector128.ConditionalSelect(Vector128.Equals(a, Vector128<short>.Zero), Vector128.Create(One), result);
    }

    /// <summary>2/(1 + e) in Q2.13 for e in Q0.15, at least 0, by three steps of Newton's method from 48/17 − 32/17·(1 + e)/2.</summary>
    public static int TwiceReciprocal(int e)
    {
        int half = (e + One + 1) >> 1; // (1 + e)/2
        int x = 23130 + Multiply(half, -15420);
        for (int i = 0; i < 3; i++)
        {
            x += ShiftLeft(Multiply(x, OneQ13 - Multiply(half, x)), 2);
        }

        return x;
    }

    /// <summary>The same in each lane.</summary>
    public static Vector128<short> TwiceReciprocal(Vector128<short> e)
    {
        // e + 2^15 has 17 bits: half of it is e/2 + 2^14, rounded down.
        Vector128<short> half = Vector128.ShiftRightArithmetic(e, 1) + Vector128.Create((short)(1 << 14));
        Vector128<short> x = Vector128.Create((short)23130) + VectorFixedPoint.MultiplyRoundedQ15(half, Vector128.Create((short)-15420));
        for (int i = 0; i < 3; i++)
        {
            Vector128<short> error = Vector128.Create(OneQ13) - VectorFixedPoint.MultiplyRoundedQ15(half, x);
            x += ShiftLeft(VectorFixedPoint.MultiplyRoundedQ15(x, error), 2);
        }

        return x;
    }

    /// <summary>value·2^bits, saturated to 16 bits.</summary>
    public static int ShiftLeft(int value, int bits) => Math.Clamp(value << bits, short.MinValue, short.MaxValue);

    /// <summary>The same in each lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<short> ShiftLeft(Vector128<short> value, int bits)
    {
        Vector128<short> tooLarge = Vector128.GreaterThan(value, Vector128.Create((short)(short.MaxValue >> bits)));
        Vector128<short> tooSmall = Vector128.LessThan(value, Vector128.Create((short)(short.MinValue >> bits)));
        return Vector128.ConditionalSelect(
            tooLarge, Vector128.Create(short.MaxValue),
            Vector128.ConditionalSelect(tooSmall, Vector128.Create(short.MinValue), Vector128.ShiftLeft(value, bits)));
    }

    /// <summary>Powers of e that a number of so many integer bits is made of.</summary>
    private static int Terms(int integerBits) => Math.Min(integerBits + 2, Powers.Length);

    /// <summary>-32, below which nothing is left; where a number is always above, the smallest one.</summary>
    private static int Least(int integerBits) => integerBits > 5 ? -(1 << (20 - integerBits)) : short.MinValue;

    private static int Multiply(int a, int b) => (a * b + (1 << 14)) >> 15;

    /// <summary>e^a for a in [-1/4, 0), Q0.15: the Taylor series about -1/8 up to the fourth power.</summary>
    private static int NearZero(int a)
    {
        int x = a + (1 << 12);
        int x2 = Multiply(x, x);
        int tail = Multiply(FixedPoint.RoundingDivideByPowerOfTwo(Multiply(x2, x2), 2) + Multiply(x2, x), 10923) + x2; // 1/3
        return FixedPoint.SaturateToInt16(28918 + Multiply(28918, x + FixedPoint.RoundingDivideByPowerOfTwo(tail, 1))); // e^(-1/8)
    }

    private static Vector128<short> NearZero(Vector128<short> a)
    {
        Vector128<short> x = a + Vector128.Create((short)(1 << 12));
        Vector128<short> x2 = VectorFixedPoint.MultiplyRoundedQ15(x, x);
        Vector128<short> x4 = VectorFixedPoint.MultiplyRoundedQ15(x2, x2);
        Vector128<short> tail = VectorFixedPoint.MultiplyRoundedQ15(Divide(x4, 2) + VectorFixedPoint.MultiplyRoundedQ15(x2, x), Vector128.Create((short)10923)) + x2;
        Vector128<short> rest = VectorFixedPoint.MultiplyRoundedQ15(Vector128.Create((short)28918), x + Divide(tail, 1));
        return Vector128.Create((short)28918) + Vector128.Min(rest, Vector128.Create((short)(short.MaxValue - 28918)));
    }

    /// <summary>Division by 2^bits, to nearest, ties away from zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<short> Divide(Vector128<short> value, int bits)
    {
        short mask = (short)((1 << bits) - 1);
        Vector128<short> threshold = Vector128.Create((short)(mask >> 1)) - Vector128.ShiftRightArithmetic(value, 15);
        return Vector128.ShiftRightArithmetic(value, bits) - Vector128.GreaterThan(value & Vector128.Create(mask), threshold);
    }
}
