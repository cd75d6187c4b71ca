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
            return;
        }

        (Vector512<int> even, Vector512<int> odd, Vector512<int> offset, Vector512<uint> shift) = Constants512(lane);
        Vector512<long> nearest = Nearest512();
        Vector128<sbyte> min = Vector128.Create((sbyte)exact.ActivationMin), max = Vector128.Create((sbyte)exact.ActivationMax);
        bool twice = exact.Rounding == Rounding.Twice;
        for (int row = 0; row < rows; row++)
        {
            Vector512<int> values = Scale(Vector512.LoadUnsafe(ref sums), even, odd, offset, shift, nearest, twice);
            Vector128.Min(Vector128.Max(Avx512F.ConvertToVector128SByteWithSaturation(values), min), max).StoreUnsafe(ref output);
            output = ref Unsafe.Add(ref output, stride);
            sums = ref Unsafe.Add(ref sums, lanes);
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
            return;
        }

        (Vector512<int> even0, Vector512<int> odd0, Vector512<int> offset0, Vector512<uint> shift0) = Constants512(lane);
        (Vector512<int> even1, Vector512<int> odd1, Vector512<int> offset1, Vector512<uint> shift1) = Constants512(lane + lanes / 2);
        Vector512<long> nearest = Nearest512();
        Vector256<sbyte> min = Vector256.Create((sbyte)exact.ActivationMin), max = Vector256.Create((sbyte)exact.ActivationMax);
        bool twice = exact.Rounding == Rounding.Twice;
        for (int row = 0; row < rows; row++)
        {
            Vector512<int> low = Scale(Vector512.LoadUnsafe(ref sums), even0, odd0, offset0, shift0, nearest, twice);
            Vector512<int> high = Scale(Vector512.LoadUnsafe(ref sums, lanes / 2), even1, odd1, offset1, shift1, nearest, twice);
            Vector512<short> values = Avx512BW.PackSignedSaturate(low, high);
            Vector256.Min(Vector256.Max(Avx512BW.ConvertToVector256SByteWithSaturation(values), min), max).StoreUnsafe(ref output);
            output = ref Unsafe.Add(ref output, stride);
            sums = ref Unsafe.Add(ref sums, lanes);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private (Vector512<int> Even, Vector512<int> Odd, Vector512<int> Offset, Vector512<uint> Shift) Constants512(int lane)
    {
        ref int multiplier = ref MemoryMarshal.GetArrayDataReference(multipliers);
        return (
            Vector512.LoadUnsafe(ref multiplier, (nuint)lane), Vector512.LoadUnsafe(ref multiplier, (nuint)lane + 1),
            Vector512.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(offsets), (nuint)lane),
            Vector512.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(shifts), (nuint)lane).AsUInt32());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector512<long> Nearest512() => Vector512.Create(exact.Rounding == Rounding.Twice ? 1L << 30 : 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Scale(
        Vector512<int> sums, Vector512<int> evenMultipliers, Vector512<int> oddMultipliers, Vector512<int> offset, Vector512<uint> shift,
        Vector512<long> nearest, bool twice)
    {
        Vector512<long> even = Avx512F.Multiply(sums, evenMultipliers) + nearest;
        Vector512<long> odd = Avx512F.Multiply(Vector512.ShiftRightLogical(sums.AsInt64(), 32).AsInt32(), oddMultipliers) + nearest;
        // Bits 31 to 62 of each product, those of odd lanes moved to the upper half: a select by mask.
        Vector512<int> product = Avx512F.TernaryLogic(
            Vector512.Create((long)uint.MaxValue), Vector512.ShiftRightLogical(even, 31), Vector512.ShiftLeft(odd, 1), 0xCA).AsInt32();
        if (twice)
        {
            product += Vector512.ShiftRightArithmetic(sums, 31);
        }

        return Avx512F.ShiftRightArithmeticVariable(product + offset, shift);
    }
}
