using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Edge.Numerics;

/// <summary>Steps of fixed-point arithmetic that processors have an instruction for and the portable vectors do not.</summary>
internal static class VectorFixedPoint
{
    /// <summary>(a·b + 2^14) >> 15 in each lane; not for a = b = -32768.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<short> MultiplyRoundedQ15(Vector128<short> a, Vector128<short> b)
    {
        if (Ssse3.IsSupported)
        {
            return Ssse3.MultiplyHighRoundScale(a, b);
        }

        if (AdvSimd.IsSupported)
        {
            return AdvSimd.MultiplyRoundedDoublingSaturateHigh(a, b);
        }

        (Vector128<int> aLow, Vector128<int> aHigh) = Vector128.Widen(a);
        (Vector128<int> bLow, Vector128<int> bHigh) = Vector128.Widen(b);
        Vector128<int> half = Vector128.Create(1 << 14);
        return Vector128.Narrow((aLow * bLow + half) >> 15, (aHigh * bHigh + half) >> 15);
    }

    /// <summary>a[2i]·b[2i] + a[2i + 1]·b[2i + 1] in 32-bit lane i.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> DotPairs(Vector128<short> a, Vector128<short> b)
    {
        if (Sse2.IsSupported)
        {
            return Sse2.MultiplyAddAdjacent(a, b);
        }

        if (AdvSimd.Arm64.IsSupported)
        {
            return AdvSimd.Arm64.AddPairwise(
                AdvSimd.MultiplyWideningLower(a.GetLower(), b.GetLower()), AdvSimd.MultiplyWideningUpper(a, b));
        }

        Vector128<int> even = ((a.AsInt32() << 16) >> 16) * ((b.AsInt32() << 16) >> 16);
        return even + (a.AsInt32() >> 16) * (b.AsInt32() >> 16);
    }

    /// <summary>a0 b0 a1 b1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> InterleaveLow(Vector128<int> a, Vector128<int> b) =>
        Sse2.IsSupported ? Sse2.UnpackLow(a, b)
        : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipLow(a, b)
        : Vector128.Create(a[0], b[0], a[1], b[1]);

    /// <summary>a2 b2 a3 b3.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> InterleaveHigh(Vector128<int> a, Vector128<int> b) =>
        Sse2.IsSupported ? Sse2.UnpackHigh(a, b)
        : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipHigh(a, b)
        : Vector128.Create(a[2], b[2], a[3], b[3]);

    /// <summary><see cref="FixedPoint.MultiplyByQuantizedMultiplier"/> in each lane, with one multiplier and shift for all.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> MultiplyByQuantizedMultiplier(Vector128<int> value, int multiplier, int shift)
    {
        Vector128<int> product = HighMultiply(Vector128.ShiftLeft(value, Math.Max(shift, 0)), Vector128.Create(multiplier));
        return RoundingDivideByPowerOfTwo(product, Math.Max(-shift, 0));
    }

    /// <summary><see cref="FixedPoint.MultiplyRoundingOnce(int, int, int)"/> in each lane, with one multiplier and shift for all.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> MultiplyRoundingOnce(Vector128<int> value, int multiplier, int shift)
    {
        int right = 31 - shift;
        Vector128<int> factor = Vector128.Create(multiplier);
        if (Sse41.IsSupported)
        {
            // x86 shifts 64 bits arithmetically only from AVX-512 on. |product| < 2^62, so 2^62 more is positive, and what it leaves comes off again.
            Vector128<long> offset = Vector128.Create((1L << 62) + (1L << (right - 1)));
            Vector128<long> even = Vector128.ShiftRightLogical(Sse41.Multiply(value, factor) + offset, right);
            Vector128<long> odd = Vector128.ShiftRightLogical(Sse41.Multiply(Vector128.ShiftRightLogical(value.AsInt64(), 32).AsInt32(), factor) + offset, right);
            Vector128<int> both = even.AsInt32() & Vector128.Create(-1, 0, -1, 0) | Vector128.ShiftLeft(odd, 32).AsInt32();
            return both - Vector128.Create((int)(1L << (62 - right)));
        }

        Vector128<long> half = Vector128.Create(1L << (right - 1));
        (Vector128<long> low, Vector128<long> high) = Products(value, factor);
        return Vector128.Narrow(Vector128.ShiftRightArithmetic(low + half, right), Vector128.ShiftRightArithmetic(high + half, right));
    }

    /// <summary>Rounding division by 2^exponent, ties away from zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> RoundingDivideByPowerOfTwo(Vector128<int> value, int exponent)
    {
        int mask = (int)((1L << exponent) - 1);
        Vector128<int> remainder = value & Vector128.Create(mask);
        Vector128<int> threshold = Vector128.Create(mask >> 1) - Vector128.ShiftRightArithmetic(value, 31);
        return Vector128.ShiftRightArithmetic(value, exponent) - Vector128.GreaterThan(remainder, threshold);
    }

    /// <summary>High 32 bits of 2·a·b, rounded, ties up; <paramref name="b"/> is a multiplier and never int.MinValue, so nothing saturates.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> HighMultiply(Vector128<int> a, Vector128<int> b)
    {
        if (AdvSimd.IsSupported)
        {
            return AdvSimd.MultiplyRoundedDoublingSaturateHigh(a, b);
        }

        Vector128<long> half = Vector128.Create(1L << 30);
        if (Sse41.IsSupported)
        {
            Vector128<long> even = Vector128.ShiftRightLogical(Sse41.Multiply(a, b) + half, 31);
            Vector128<long> odd = Sse41.Multiply(Vector128.ShiftRightLogical(a.AsInt64(), 32).AsInt32(), Vector128.ShiftRightLogical(b.AsInt64(), 32).AsInt32()) + half;
            // Bits 31 to 62 of each odd product, moved to the upper half of its lane.
            return even.AsInt32() & Vector128.Create(-1, 0, -1, 0) | Vector128.ShiftLeft(odd, 1).AsInt32() & Vector128.Create(0, -1, 0, -1);
        }

        (Vector128<long> low, Vector128<long> high) = Products(a, b);
        return Vector128.Narrow(Vector128.ShiftRightArithmetic(low + half, 31), Vector128.ShiftRightArithmetic(high + half, 31));
    }

    /// <summary>High 32 bits of 2·a·b, rounded down; <paramref name="b"/> is never int.MinValue.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> HighMultiplyDown(Vector128<int> a, Vector128<int> b)
    {
        if (AdvSimd.IsSupported)
        {
            return AdvSimd.MultiplyDoublingSaturateHigh(a, b);
        }

        if (Sse41.IsSupported)
        {
            Vector128<long> even = Vector128.ShiftRightLogical(Sse41.Multiply(a, b), 31);
            Vector128<long> odd = Sse41.Multiply(Vector128.ShiftRightLogical(a.AsInt64(), 32).AsInt32(), Vector128.ShiftRightLogical(b.AsInt64(), 32).AsInt32());
            return even.AsInt32() & Vector128.Create(-1, 0, -1, 0) | Vector128.ShiftLeft(odd, 1).AsInt32() & Vector128.Create(0, -1, 0, -1);
        }

        (Vector128<long> low, Vector128<long> high) = Products(a, b);
        return Vector128.Narrow(Vector128.ShiftRightArithmetic(low, 31), Vector128.ShiftRightArithmetic(high, 31));
    }

    /// <summary>Each lane shifted right by a number of its own, 0 to 31, copying the sign.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> ShiftRightArithmetic(Vector128<int> value, Vector128<int> shift) =>
        AdvSimd.IsSupported ? AdvSimd.ShiftArithmetic(value, -shift)
        : Avx2.IsSupported ? Avx2.ShiftRightArithmeticVariable(value, shift.AsUInt32())
        : Vector128.Create(value[0] >> shift[0], value[1] >> shift[1], value[2] >> shift[2], value[3] >> shift[3]);

    /// <summary>The 64-bit products of the lower and of the upper two lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector128<long> Low, Vector128<long> High) Products(Vector128<int> a, Vector128<int> b)
    {
        if (AdvSimd.IsSupported)
        {
            return (AdvSimd.MultiplyWideningLower(a.GetLower(), b.GetLower()), AdvSimd.MultiplyWideningUpper(a, b));
        }

        (Vector128<long> aLow, Vector128<long> aHigh) = Vector128.Widen(a);
        (Vector128<long> bLow, Vector128<long> bHigh) = Vector128.Widen(b);
        return (aLow * bLow, aHigh * bHigh);
    }
}
