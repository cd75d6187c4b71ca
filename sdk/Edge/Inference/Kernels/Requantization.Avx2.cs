using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Edge.Numerics;

namespace Edge.Inference.Kernels;

internal sealed partial record Requantization
{
    /// <summary>Eight accumulators of channels <paramref name="channel"/> onwards to the range of the activation, the same bits as <see cref="Requantization.Apply"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector128<short> ApplyAvx2(Vector256<int> accumulators, int channel)
    {
        Vector256<int> multipliers = Vector256.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(Multipliers), (nuint)channel);
        Vector256<int> shifts = Vector256.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(Shifts), (nuint)channel);
        Vector256<int> value = Rounding == Rounding.Once ? RoundOnce(accumulators, multipliers, shifts) : RoundTwice(accumulators, multipliers, shifts);
        value = Vector256.Min(Vector256.Max(value + Vector256.Create(ZeroPoint), Vector256.Create(ActivationMin)), Vector256.Create(ActivationMax));
        return Sse2.PackSignedSaturate(value.GetLower(), value.GetUpper());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> RoundTwice(Vector256<int> value, Vector256<int> multipliers, Vector256<int> shifts)
    {
        Vector256<int> left = Vector256.Max(shifts, Vector256<int>.Zero);
        Vector256<int> right = Vector256.Max(-shifts, Vector256<int>.Zero);
        value = HighMultiply(Avx2.ShiftLeftLogicalVariable(value, left.AsUInt32()), multipliers);

        // Rounding division by 2^right, ties away from zero.
        // For 31, 1 << 31 wraps around and the mask comes out as int.MaxValue, as it should.
        Vector256<int> mask = Avx2.ShiftLeftLogicalVariable(Vector256<int>.One, right.AsUInt32()) - Vector256<int>.One;
        Vector256<int> remainder = value & mask;
        Vector256<int> threshold = Vector256.ShiftRightArithmetic(mask, 1) - Vector256.ShiftRightArithmetic(value, 31);
        return Avx2.ShiftRightArithmeticVariable(value, right.AsUInt32()) - Vector256.GreaterThan(remainder, threshold);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> RoundOnce(Vector256<int> value, Vector256<int> multipliers, Vector256<int> shifts)
    {
        Vector256<int> right = Vector256.Create(31) - shifts;
        Vector256<long> even = RoundOnceEven(value, multipliers, right.AsUInt64() & Vector256.Create<ulong>(uint.MaxValue));
        Vector256<long> odd = RoundOnceEven(
            Vector256.ShiftRightLogical(value.AsInt64(), 32).AsInt32(), Vector256.ShiftRightLogical(multipliers.AsInt64(), 32).AsInt32(),
            Vector256.ShiftRightLogical(right.AsUInt64(), 32));
        // What 2^62 became; a shift by 32 or more gives 0, the low half of that power of two.
        Vector256<int> surplus = Avx2.ShiftLeftLogicalVariable(Vector256<int>.One, (Vector256.Create(62) - right).AsUInt32());
        return Avx2.Blend(even.AsInt32(), Vector256.ShiftLeft(odd, 32).AsInt32(), 0b1010_1010) - surplus;
    }

    /// <summary>(a·b + 2^62 + 2^(right − 1)) / 2^right of the even lanes: 2^62 keeps the sum positive for the logical shift that AVX2 has.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<long> RoundOnceEven(Vector256<int> a, Vector256<int> b, Vector256<ulong> right)
    {
        Vector256<long> half = Vector256.ShiftRightLogical(Avx2.ShiftLeftLogicalVariable(Vector256<long>.One, right), 1);
        return Avx2.ShiftRightLogicalVariable(Avx2.Multiply(a, b) + Vector256.Create(1L << 62) + half, right);
    }

    /// <summary>High halves of doubled products, ties up; multipliers are never negative, so nothing saturates.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> HighMultiply(Vector256<int> a, Vector256<int> b)
    {
        Vector256<long> half = Vector256.Create(1L << 30);
        Vector256<long> even = Vector256.ShiftRightLogical(Avx2.Multiply(a, b) + half, 31);
        Vector256<long> odd = Avx2.Multiply(Vector256.ShiftRightLogical(a.AsInt64(), 32).AsInt32(), Vector256.ShiftRightLogical(b.AsInt64(), 32).AsInt32()) + half;
        return Avx2.Blend(even.AsInt32(), Vector256.ShiftLeft(odd, 1).AsInt32(), 0b1010_1010);
    }
}
