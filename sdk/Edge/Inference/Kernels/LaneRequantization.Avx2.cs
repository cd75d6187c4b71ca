using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Edge.Numerics;

namespace Edge.Inference.Kernels;

internal sealed partial class LaneRequantization
{
    private const int LanesAvx2 = 16;

    /// <summary>Sums [rows, 16] of lanes <paramref name="lane"/> onwards to int8; whole blocks are written.</summary>
    /// <param name="sums">The sums.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="lane">First lane.</param>
    /// <param name="output">Receives the rows.</param>
    /// <param name="stride">From one row of the output to the next.</param>
    public void ApplyAvx2(ref int sums, int rows, int lane, ref sbyte output, nint stride) =>
        // Packing works within halves: 0-3, 8-11 | 4-7, 12-15 come out.
        ApplyAvx2(ref sums, rows, lane, ref output, stride, interleaved: false);

    /// <summary>Sums [rows, 16] whose fours are interleaved, the first and third before the others, to int8 in order.</summary>
    /// <param name="sums">The sums.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="lane">First lane.</param>
    /// <param name="output">Receives the rows.</param>
    /// <param name="stride">From one row of the output to the next.</param>
    public void ApplyInterleavedAvx2(ref int sums, int rows, int lane, ref sbyte output, nint stride) =>
        ApplyAvx2(ref sums, rows, lane, ref output, stride, interleaved: true);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void ApplyAvx2(ref int sums, int rows, int lane, ref sbyte output, nint stride, bool interleaved)
    {
        if (!isShort)
        {
            ApplyExact(ref sums, rows, lane, LanesAvx2, ref output, stride);
            return;
        }

        Vector256<long> nearest = Vector256.Create(exact.Rounding == Rounding.Twice ? 1L << 30 : 0);
        Vector128<sbyte> min = Vector128.Create((sbyte)exact.ActivationMin), max = Vector128.Create((sbyte)exact.ActivationMax);
        bool twice = exact.Rounding == Rounding.Twice;
        for (int row = 0; row < rows; row++)
        {
            Vector256<int> low = Scale(Vector256.LoadUnsafe(ref sums), lane, nearest, twice);
            Vector256<int> high = Scale(Vector256.LoadUnsafe(ref sums, 8), lane + 8, nearest, twice);
            Vector256<short> values = Avx2.PackSignedSaturate(low, high);
            Vector128<sbyte> bytes = Sse2.PackSignedSaturate(values.GetLower(), values.GetUpper());
            bytes = interleaved ? bytes : Vector128.Shuffle(bytes.AsInt32(), Vector128.Create(0, 2, 1, 3)).AsSByte();
            Vector128.Min(Vector128.Max(bytes, min), max).StoreUnsafe(ref output);
            output = ref Unsafe.Add(ref output, stride);
            sums = ref Unsafe.Add(ref sums, LanesAvx2);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector256<int> Scale(Vector256<int> sums, int lane, Vector256<long> nearest, bool twice)
    {
        ref int multiplier = ref MemoryMarshal.GetArrayDataReference(multipliers);
        Vector256<long> even = Avx2.Multiply(sums, Vector256.LoadUnsafe(ref multiplier, (nuint)lane)) + nearest;
        Vector256<long> odd = Avx2.Multiply(
            Vector256.ShiftRightLogical(sums.AsInt64(), 32).AsInt32(), Vector256.LoadUnsafe(ref multiplier, (nuint)lane + 1)) + nearest;
        // Bits 31 to 62 of each product, those of odd lanes moved to the upper half.
        Vector256<int> product = Avx2.Blend(
            Vector256.ShiftRightLogical(even, 31).AsInt32(), Vector256.ShiftLeft(odd, 1).AsInt32(), 0b1010_1010);
        if (twice)
        {
            product += Vector256.ShiftRightArithmetic(sums, 31);
        }

        return Avx2.ShiftRightArithmeticVariable(
            product + Vector256.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(offsets), (nuint)lane),
            Vector256.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(shifts), (nuint)lane).AsUInt32());
    }
}
