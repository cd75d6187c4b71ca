using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Edge.Inference.Kernels;

/// <summary>The arithmetic of <see cref="Numerics.FixedPoint"/> on four lanes, the same bits.</summary>
internal static class FixedPointVector
{
    /// <summary>value · multiplier/2^31 · 2^shift in each lane; one multiplier and shift for all.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> MultiplyByQuantizedMultiplier(Vector128<int> value, int multiplier, int shift)
    {
        Vector128<int> product = HighMultiply(Vector128.ShiftLeft(value, Math.Max(shift, 0)), Vector128.Create(multiplier));
        return RoundingDivideByPowerOfTwo(product, Math.Max(-shift, 0));
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

    /// <summary>Four int8 widened to int32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Load4(ref sbyte source, int offset) =>
        Vector128.WidenLower(Vector128.WidenLower(
            Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<int>(ref Unsafe.As<sbyte, byte>(ref Unsafe.Add(ref source, offset)))).AsSByte()));

    /// <summary>Four int32 clamped to [min, max] within int8 and stored as four int8.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store4(Vector128<int> value, int min, int max, ref sbyte destination, int offset)
    {
        Vector128<int> clamped = Vector128.Min(Vector128.Max(value, Vector128.Create(min)), Vector128.Create(max));
        Vector128<short> narrow = Vector128.Narrow(clamped, clamped);
        Unsafe.WriteUnaligned(ref Unsafe.As<sbyte, byte>(ref Unsafe.Add(ref destination, offset)), Vector128.Narrow(narrow, narrow).AsInt32().ToScalar());
    }

    /// <summary>High 32 bits of 2·a·b, rounded, ties up; <paramref name="b"/> is a multiplier and never int.MinValue, so nothing saturates.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> HighMultiply(Vector128<int> a, Vector128<int> b)
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

        (Vector128<long> aLow, Vector128<long> aHigh) = Vector128.Widen(a);
        (Vector128<long> bLow, Vector128<long> bHigh) = Vector128.Widen(b);
        return Vector128.Narrow(
            Vector128.ShiftRightArithmetic(aLow * bLow + half, 31),
            Vector128.ShiftRightArithmetic(aHigh * bHigh + half, 31));
    }
}
