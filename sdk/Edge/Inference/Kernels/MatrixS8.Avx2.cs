using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Edge.Inference.Kernels;

internal static partial class MatrixS8
{
    /// <summary>Same as <see cref="Reference"/>, two taps of eight channels in one multiply-add of 16 bits.</summary>
    /// <param name="matrix">Packed as <see cref="TapGroup.Pair"/>.</param>
    /// <param name="input">The convolution's input.</param>
    /// <param name="output">[windows, channels].</param>
    /// <param name="scratch">As <see cref="PackedMatrix.ScratchBytes"/> says.</param>
    public static void RunAvx2(PackedMatrix matrix, ReadOnlySpan<sbyte> input, Span<sbyte> output, Span<byte> scratch)
    {
        Span<short> wide = MemoryMarshal.Cast<byte, short>(scratch[PackedMatrix.SumBytes..]);
        matrix.Input.CopyWide(input, matrix.ZeroPoint, wide);
        Run<short, RowTiles<short, Pairs256>>(matrix, wide, output, scratch);
    }

    private readonly struct Pairs256 : IRowKernel<short>
    {
        private const int GroupBytes = 2 * PackedMatrix.Block;

        public static void SumSix(ref short input, ReadOnlySpan<int> rows, PackedMatrix matrix, int channel, ref int sums)
        {
            // Twelve sums are more than sixteen registers hold beside products and weights; six are not.
            SumThree(ref input, rows, matrix, channel, ref sums);
            SumThree(ref input, rows[3..], matrix, channel, ref Unsafe.Add(ref sums, 3 * PackedMatrix.Block));
        }

        public static void SumOne(ref short input, PackedMatrix matrix, int channel, ref int sums)
        {
            LaneRequantization requantization = matrix.Requantization;
            ref int group = ref MemoryMarshal.GetArrayDataReference(matrix.Offsets);
            int groups = matrix.Offsets.Length;
            ref sbyte weights = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(matrix.Weights), (nint)channel * groups * 2);
            Vector256<int> a0 = Vector256.LoadUnsafe(ref requantization.Bias, (nuint)channel), a1 = Vector256<int>.Zero;
            Vector256<int> b0 = Vector256.LoadUnsafe(ref requantization.Bias, (nuint)channel + 8), b1 = a1;
            int g = 0;
            for (; g + 2 <= groups; g += 2)
            {
                Vector256<short> x = Broadcast(ref input, Unsafe.Add(ref group, g));
                a0 += Avx2.MultiplyAddAdjacent(Load(ref weights, 0), x);
                b0 += Avx2.MultiplyAddAdjacent(Load(ref weights, 16), x);
                x = Broadcast(ref input, Unsafe.Add(ref group, g + 1));
                a1 += Avx2.MultiplyAddAdjacent(Load(ref weights, 32), x);
                b1 += Avx2.MultiplyAddAdjacent(Load(ref weights, 48), x);
                weights = ref Unsafe.Add(ref weights, 2 * GroupBytes);
            }

            if (g < groups)
            {
                Vector256<short> x = Broadcast(ref input, Unsafe.Add(ref group, g));
                a0 += Avx2.MultiplyAddAdjacent(Load(ref weights, 0), x);
                b0 += Avx2.MultiplyAddAdjacent(Load(ref weights, 16), x);
            }

            (a0 + a1).StoreUnsafe(ref sums);
            (b0 + b1).StoreUnsafe(ref sums, 8);
        }

        private static void SumThree(ref short input, ReadOnlySpan<int> rows, PackedMatrix matrix, int channel, ref int sums)
        {
            LaneRequantization requantization = matrix.Requantization;
            ref int group = ref MemoryMarshal.GetArrayDataReference(matrix.Offsets);
            int groups = matrix.Offsets.Length;
            ref sbyte weights = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(matrix.Weights), (nint)channel * groups * 2);
            ref short x0 = ref Unsafe.Add(ref input, rows[0]);
            ref short x1 = ref Unsafe.Add(ref input, rows[1]);
            ref short x2 = ref Unsafe.Add(ref input, rows[2]);
            Vector256<int> a0 = Vector256.LoadUnsafe(ref requantization.Bias, (nuint)channel), a1 = a0, a2 = a0;
            Vector256<int> b0 = Vector256.LoadUnsafe(ref requantization.Bias, (nuint)channel + 8), b1 = b0, b2 = b0;
            for (int g = 0; g < groups; g++)
            {
                nint offset = Unsafe.Add(ref group, g);
                Vector256<short> low = Load(ref weights, 0);
                Vector256<short> high = Load(ref weights, 16);
                weights = ref Unsafe.Add(ref weights, GroupBytes);
                Vector256<short> x = Broadcast(ref x0, offset);
                a0 += Avx2.MultiplyAddAdjacent(low, x);
                b0 += Avx2.MultiplyAddAdjacent(high, x);
                x = Broadcast(ref x1, offset);
                a1 += Avx2.MultiplyAddAdjacent(low, x);
                b1 += Avx2.MultiplyAddAdjacent(high, x);
                x = Broadcast(ref x2, offset);
                a2 += Avx2.MultiplyAddAdjacent(low, x);
                b2 += Avx2.MultiplyAddAdjacent(high, x);
            }

            a0.StoreUnsafe(ref sums, 0);
            b0.StoreUnsafe(ref sums, 8);
            a1.StoreUnsafe(ref sums, 16);
            b1.StoreUnsafe(ref sums, 24);
            a2.StoreUnsafe(ref sums, 32);
            b2.StoreUnsafe(ref sums, 40);
        }

        public static void Requantize(LaneRequantization requantization, ref int sums, int rows, int channel, ref sbyte output, nint stride) =>
            requantization.ApplyAvx2(ref sums, rows, channel, ref output, stride);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<short> Broadcast(ref short input, nint offset) =>
            Vector256.Create(Unsafe.ReadUnaligned<int>(ref Unsafe.As<short, byte>(ref Unsafe.Add(ref input, offset)))).AsInt16();

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<short> Load(ref sbyte weights, nuint offset) =>
            Avx2.ConvertToVector256Int16(Vector128.LoadUnsafe(ref weights, offset));
    }
}
