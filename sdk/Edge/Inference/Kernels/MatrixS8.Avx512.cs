using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Edge.Inference.Kernels;

internal static partial class MatrixS8
{
    /// <summary>Same as <see cref="Reference"/>, two taps of sixteen channels in one multiply-add of 16 bits.</summary>
    /// <param name="matrix">Packed as <see cref="TapGroup.Pair"/>.</param>
    /// <param name="input">The convolution's input.</param>
    /// <param name="output">[windows, channels].</param>
    /// <param name="scratch">As <see cref="PackedMatrix.ScratchBytes"/> says.</param>
    public static void RunAvx512(PackedMatrix matrix, ReadOnlySpan<sbyte> input, Span<sbyte> output, Span<byte> scratch)
    {
        Span<short> wide = MemoryMarshal.Cast<byte, short>(scratch[PackedMatrix.SumBytes..]);
        matrix.Input.CopyWide(input, matrix.ZeroPoint, wide);
        Run<short, RowTiles<short, Pairs512>>(matrix, wide, output, scratch);
    }

    private readonly struct Pairs512 : IRowKernel<short>
    {
        private const int GroupBytes = 2 * PackedMatrix.Block;

        public static void SumSix(ref short input, ReadOnlySpan<int> rows, PackedMatrix matrix, int channel, ref int sums)
        {
            LaneRequantization requantization = matrix.Requantization;
            ref int group = ref MemoryMarshal.GetArrayDataReference(matrix.Offsets);
            int groups = matrix.Offsets.Length;
            ref sbyte weights = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(matrix.Weights), (nint)channel * groups * 2);
            ref short x0 = ref Unsafe.Add(ref input, rows[0]);
            ref short x1 = ref Unsafe.Add(ref input, rows[1]);
            ref short x2 = ref Unsafe.Add(ref input, rows[2]);
            ref short x3 = ref Unsafe.Add(ref input, rows[3]);
            ref short x4 = ref Unsafe.Add(ref input, rows[4]);
            ref short x5 = ref Unsafe.Add(ref input, rows[5]);
            Vector512<int> a0 = Vector512.LoadUnsafe(ref requantization.Bias, (nuint)channel), a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0;
            for (int g = 0; g < groups; g++)
            {
                nint offset = Unsafe.Add(ref group, g);
                Vector512<short> w = Load(ref weights, 0);
                weights = ref Unsafe.Add(ref weights, GroupBytes);
                a0 += Avx512BW.MultiplyAddAdjacent(w, Broadcast(ref x0, offset));
                a1 += Avx512BW.MultiplyAddAdjacent(w, Broadcast(ref x1, offset));
                a2 += Avx512BW.MultiplyAddAdjacent(w, Broadcast(ref x2, offset));
                a3 += Avx512BW.MultiplyAddAdjacent(w, Broadcast(ref x3, offset));
                a4 += Avx512BW.MultiplyAddAdjacent(w, Broadcast(ref x4, offset));
                a5 += Avx512BW.MultiplyAddAdjacent(w, Broadcast(ref x5, offset));
            }

            a0.StoreUnsafe(ref sums, 0);
            a1.StoreUnsafe(ref sums, 16);
            a2.StoreUnsafe(ref sums, 32);
            a3.StoreUnsafe(ref sums, 48);
            a4.StoreUnsafe(ref sums, 64);
            a5.StoreUnsafe(ref sums, 80);
        }

        public static void SumOne(ref short input, PackedMatrix matrix, int channel, ref int sums)
        {
            LaneRequantization requantization = matrix.Requantization;
            ref int group = ref MemoryMarshal.GetArrayDataReference(matrix.Offsets);
            int groups = matrix.Offsets.Length;
            ref sbyte weights = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(matrix.Weights), (nint)channel * groups * 2);
            Vector512<int> a = Vector512.LoadUnsafe(ref requantization.Bias, (nuint)channel), b = Vector512<int>.Zero, c = b, d = b;
            int g = 0;
            for (; g + 4 <= groups; g += 4)
            {
                a += Avx512BW.MultiplyAddAdjacent(Load(ref weights, 0), Broadcast(ref input, Unsafe.Add(ref group, g)));
                b += Avx512BW.MultiplyAddAdjacent(Load(ref weights, 32), Broadcast(ref input, Unsafe.Add(ref group, g + 1)));
                c += Avx512BW.MultiplyAddAdjacent(Load(ref weights, 64), Broadcast(ref input, Unsafe.Add(ref group, g + 2)));
                d += Avx512BW.MultiplyAddAdjacent(Load(ref weights, 96), Broadcast(ref input, Unsafe.Add(ref group, g + 3)));
                weights = ref Unsafe.Add(ref weights, 4 * GroupBytes);
            }

            for (; g < groups; g++)
            {
                a += Avx512BW.MultiplyAddAdjacent(Load(ref weights, 0), Broadcast(ref input, Unsafe.Add(ref group, g)));
                weights = ref Unsafe.Add(ref weights, GroupBytes);
            }

            (a + b + (c + d)).StoreUnsafe(ref sums);
        }

        public static void Requantize(LaneRequantization requantization, ref int sums, int rows, int channel, ref sbyte output, nint stride) =>
            requantization.ApplyAvx512(ref sums, rows, channel, ref output, stride);

        public static void RequantizeWide(LaneRequantization requantization, ref int sums, int rows, int channel, ref short output, nint stride) =>
            requantization.ApplyWideAvx512(ref sums, rows, channel, ref output, stride);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector512<short> Broadcast(ref short input, nint offset) =>
            Vector512.Create(Unsafe.ReadUnaligned<int>(ref Unsafe.As<short, byte>(ref Unsafe.Add(ref input, offset)))).AsInt16();

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector512<short> Load(ref sbyte weights, nuint offset) =>
            Avx512BW.ConvertToVector512Int16(Vector256.LoadUnsafe(ref weights, offset));
    }
}
