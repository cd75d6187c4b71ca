using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Edge.Numerics;

namespace Edge.Inference.Kernels;

internal sealed partial class LaneRequantization
{
    /// <summary>Sums [rows, 16] of lanes <paramref name="lane"/> onwards to int8; whole blocks are written.</summary>
    /// <param name="sums">The sums.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="lane">First lane.</param>
    /// <param name="output">Receives the rows.</param>
    /// <param name="stride">From one row of the output to the next.</param>
    public void ApplyAvx512(ref int sums, int rows, int lane, ref sbyte output, nint stride)
    {
        const int lanes = 16;
        if (!isShort)
        {
            ApplyExact(ref sums, rows, lane, lanes, ref output, stride);
        }
        else if (exact.Rounding == Rounding.Twice)
        {
            Apply<ScaleTwice>(ref sums, rows, lane, ref output, stride);
        }
        else
        {
            Apply<ScaleOnce>(ref sums, rows, lane, ref output, stride);
        }
    }

    /// <summary>Same as <see cref="ApplyWide"/>; whole blocks are written.</summary>
    public void ApplyWideAvx512(ref int sums, int rows, int lane, ref short output, nint stride)
    {
        const int lanes = 16;
        if (!isShort)
        {
            ApplyWide(ref sums, rows, lane, ref output, stride);
            return;
        }

        Constants512 constants = LoadConstants512(lane);
        Vector256<short> min = Vector256.Create((short)exact.ActivationMin), max = Vector256.Create((short)exact.ActivationMax);
        for (int row = 0; row < rows; row++)
        {
            Vector256<short> values = Avx512F.ConvertToVector256Int16WithSaturation(ScaleOnce.Apply(Vector512.LoadUnsafe(ref sums, (nuint)(row * lanes)), constants));
            Vector256.Min(Vector256.Max(values, min), max).StoreUnsafe(ref Unsafe.Add(ref output, row * stride));
        }
    }

    /// <summary>Sums [rows, 32] whose fours are interleaved, the first, third, fifth and seventh before the others, to int8 in order.</summary>
    /// <param name="sums">The sums.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="lane">First lane.</param>
    /// <param name="output">Receives the rows.</param>
    /// <param name="stride">From one row of the output to the next.</param>
    public void ApplyInterleavedAvx512(ref int sums, int rows, int lane, ref sbyte output, nint stride)
    {
        const int lanes = 32;
        if (!isShort)
        {
            ApplyExact(ref sums, rows, lane, lanes, ref output, stride);
        }
        else if (exact.Rounding == Rounding.Twice)
        {
            ApplyInterleaved<ScaleTwice>(ref sums, rows, lane, ref output, stride);
        }
        else
        {
            ApplyInterleaved<ScaleOnce>(ref sums, rows, lane, ref output, stride);
        }
    }

    /// <summary>Four rows at a time, which fill a vector of bytes, and the rest one by one.</summary>
    private void Apply<TScale>(ref int sums, int rows, int lane, ref sbyte output, nint stride)
        where TScale : struct, IScale
    {
        const int lanes = 16;
        Constants512 constants = LoadConstants512(lane);
        Vector512<sbyte> min = Vector512.Create((sbyte)exact.ActivationMin), max = Vector512.Create((sbyte)exact.ActivationMax);
        int row = 0;
        for (; row + 4 <= rows; row += 4)
        {
            Vector512<int> a = TScale.Apply(Vector512.LoadUnsafe(ref sums), constants);
            Vector512<int> b = TScale.Apply(Vector512.LoadUnsafe(ref sums, lanes), constants);
            Vector512<int> c = TScale.Apply(Vector512.LoadUnsafe(ref sums, 2 * lanes), constants);
            Vector512<int> d = TScale.Apply(Vector512.LoadUnsafe(ref sums, 3 * lanes), constants);
            // Packing works within quarters: the first four lanes of a, b, c and d come out, then the second four.
            Vector512<sbyte> bytes = Avx512BW.PackSignedSaturate(Avx512BW.PackSignedSaturate(a, b), Avx512BW.PackSignedSaturate(c, d));
            bytes = Avx512F.PermuteVar16x32(bytes.AsInt32(), Vector512.Create(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15)).AsSByte();
            bytes = Vector512.Min(Vector512.Max(bytes, min), max);
            bytes.GetLower().GetLower().StoreUnsafe(ref output);
            bytes.GetLower().GetUpper().StoreUnsafe(ref Unsafe.Add(ref output, stride));
            bytes.GetUpper().GetLower().StoreUnsafe(ref Unsafe.Add(ref output, 2 * stride));
            bytes.GetUpper().GetUpper().StoreUnsafe(ref Unsafe.Add(ref output, 3 * stride));
            output = ref Unsafe.Add(ref output, 4 * stride);
            sums = ref Unsafe.Add(ref sums, 4 * lanes);
        }

        for (; row < rows; row++)
        {
            Vector128<sbyte> bytes = Avx512F.ConvertToVector128SByteWithSaturation(TScale.Apply(Vector512.LoadUnsafe(ref sums), constants));
            Vector128.Min(Vector128.Max(bytes, min.GetLower().GetLower()), max.GetLower().GetLower()).StoreUnsafe(ref output);
            output = ref Unsafe.Add(ref output, stride);
            sums = ref Unsafe.Add(ref sums, lanes);
        }
    }

    /// <summary>Two rows at a time, and the rest.</summary>
    private void ApplyInterleaved<TScale>(ref int sums, int rows, int lane, ref sbyte output, nint stride)
        where TScale : struct, IScale
    {
        const int lanes = 32, half = 16;
        Constants512 first = LoadConstants512(lane), second = LoadConstants512(lane + half);
        Vector512<sbyte> min = Vector512.Create((sbyte)exact.ActivationMin), max = Vector512.Create((sbyte)exact.ActivationMax);
        int row = 0;
        for (; row + 2 <= rows; row += 2)
        {
            Vector512<short> a = Avx512BW.PackSignedSaturate(
                TScale.Apply(Vector512.LoadUnsafe(ref sums), first), TScale.Apply(Vector512.LoadUnsafe(ref sums, half), second));
            Vector512<short> b = Avx512BW.PackSignedSaturate(
                TScale.Apply(Vector512.LoadUnsafe(ref sums, lanes), first), TScale.Apply(Vector512.LoadUnsafe(ref sums, lanes + half), second));
            Vector512<sbyte> bytes = Avx512BW.PackSignedSaturate(a, b);
            bytes = Avx512F.PermuteVar8x64(bytes.AsInt64(), Vector512.Create(0L, 2, 4, 6, 1, 3, 5, 7)).AsSByte();
            bytes = Vector512.Min(Vector512.Max(bytes, min), max);
            bytes.GetLower().StoreUnsafe(ref output);
            bytes.GetUpper().StoreUnsafe(ref Unsafe.Add(ref output, stride));
            output = ref Unsafe.Add(ref output, 2 * stride);
            sums = ref Unsafe.Add(ref sums, 2 * lanes);
        }

        if (row < rows)
        {
            Vector512<short> values = Avx512BW.PackSignedSaturate(
                TScale.Apply(Vector512.LoadUnsafe(ref sums), first), TScale.Apply(Vector512.LoadUnsafe(ref sums, half), second));
            Vector256.Min(Vector256.Max(Avx512BW.ConvertToVector256SByteWithSaturation(values), min.GetLower()), max.GetLower()).StoreUnsafe(ref output);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Constants512 LoadConstants512(int lane)
    {
        ref int multiplier = ref MemoryMarshal.GetArrayDataReference(multipliers);
        return new Constants512(
            Vector512.LoadUnsafe(ref multiplier, (nuint)lane), Vector512.LoadUnsafe(ref multiplier, (nuint)lane + 1),
            Vector512.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(offsets), (nuint)lane),
            Vector512.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(shifts), (nuint)lane).AsUInt32());
    }

    /// <summary>What a vector of sums is scaled by; the multipliers of even lanes, and of odd ones moved to even.</summary>
    private readonly record struct Constants512(Vector512<int> Even, Vector512<int> Odd, Vector512<int> Offset, Vector512<uint> Shift);

    /// <summary>The short form in one of the two roundings.</summary>
    private interface IScale
    {
        static abstract Vector512<int> Apply(Vector512<int> sums, in Constants512 constants);
    }

    private readonly struct ScaleOnce : IScale
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<int> Apply(Vector512<int> sums, in Constants512 constants)
        {
            // Of twice the sum, below 2^30, the product over 2^31 is the upper half.
            Vector512<int> twofold = sums + sums;
            Vector512<long> even = Avx512F.Multiply(twofold, constants.Even);
            Vector512<long> odd = Avx512F.Multiply(Vector512.ShiftRightLogical(twofold.AsInt64(), 32).AsInt32(), constants.Odd);
            return Avx512F.ShiftRightArithmeticVariable(UpperHalves(even, odd) + constants.Offset, constants.Shift);
        }
    }

    private readonly struct ScaleTwice : IScale
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<int> Apply(Vector512<int> sums, in Constants512 constants)
        {
            Vector512<int> twofold = sums + sums;
            Vector512<long> half = Vector512.Create(1L << 31);
            Vector512<long> even = Avx512F.Multiply(twofold, constants.Even) + half;
            Vector512<long> odd = Avx512F.Multiply(Vector512.ShiftRightLogical(twofold.AsInt64(), 32).AsInt32(), constants.Odd) + half;
            Vector512<int> product = UpperHalves(even, odd) + Vector512.ShiftRightArithmetic(sums, 31);
            return Avx512F.ShiftRightArithmeticVariable(product + constants.Offset, constants.Shift);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> UpperHalves(Vector512<long> even, Vector512<long> odd) => Avx512F.PermuteVar16x32x2(
        even.AsInt32(), Vector512.Create(1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31), odd.AsInt32());
}
