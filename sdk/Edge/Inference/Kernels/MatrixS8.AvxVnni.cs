using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Edge.Inference.Kernels;

internal static partial class MatrixS8
{
    /// <summary>
    /// Same as <see cref="Reference"/>, four taps of eight channels in one instruction (AVX-VNNI): unsigned by signed, so the input is taken 128 larger.
    /// </summary>
    /// <param name="matrix">Packed as <see cref="TapGroup.Quad"/>.</param>
    /// <param name="input">The convolution's input.</param>
    /// <param name="output">[windows, channels].</param>
    /// <param name="scratch">As <see cref="PackedMatrix.ScratchBytes"/> says.</param>
    public static void RunAvxVnni(PackedMatrix matrix, ReadOnlySpan<sbyte> input, Span<sbyte> output, Span<byte> scratch) =>
        RunQuads<Lanes256>(matrix, input, output, scratch);

    /// <summary>The same with requantization in 512 bits; .NET has the multiplications in 256 alone.</summary>
    /// <param name="matrix">Packed as <see cref="TapGroup.Quad"/>.</param>
    /// <param name="input">The convolution's input.</param>
    /// <param name="output">[windows, channels].</param>
    /// <param name="scratch">As <see cref="PackedMatrix.ScratchBytes"/> says.</param>
    public static void RunAvxVnni512(PackedMatrix matrix, ReadOnlySpan<sbyte> input, Span<sbyte> output, Span<byte> scratch) =>
        RunQuads<Lanes512>(matrix, input, output, scratch);

    private static void RunQuads<TLanes>(PackedMatrix matrix, ReadOnlySpan<sbyte> input, Span<sbyte> output, Span<byte> scratch)
        where TLanes : struct, ILanes
    {
        Span<byte> padded = scratch[PackedMatrix.SumBytes..];
        matrix.Input.CopyUnsigned(input, matrix.ZeroPoint, padded);
        Run<byte, RowTiles<byte, Quads<TLanes>>>(matrix, padded, output, scratch);
    }

    /// <summary>The vectors that sums are requantized in.</summary>
    private interface ILanes
    {
        static abstract void Requantize(LaneRequantization requantization, ref int sums, int rows, int channel, ref sbyte output, nint stride);

        static virtual void RequantizeWide(LaneRequantization requantization, ref int sums, int rows, int channel, ref short output, nint stride) =>
            requantization.ApplyWide(ref sums, rows, channel, ref output, stride);
    }

    private readonly struct Lanes256 : ILanes
    {
        public static void Requantize(LaneRequantization requantization, ref int sums, int rows, int channel, ref sbyte output, nint stride) =>
            requantization.ApplyAvx2(ref sums, rows, channel, ref output, stride);
    }

    private readonly struct Lanes512 : ILanes
    {
        public static void Requantize(LaneRequantization requantization, ref int sums, int rows, int channel, ref sbyte output, nint stride) =>
            requantization.ApplyAvx512(ref sums, rows, channel, ref output, stride);

        public static void RequantizeWide(LaneRequantization requantization, ref int sums, int rows, int channel, ref short output, nint stride) =>
            requantization.ApplyWideAvx512(ref sums, rows, channel, ref output, stride);
    }

    private readonly struct Quads<TLanes> : IRowKernel<byte>
        where TLanes : struct, ILanes
    {
        private const int GroupBytes = 4 * PackedMatrix.Block;

        public static void SumSix(ref byte input, ReadOnlySpan<int> rows, PackedMatrix matrix, int channel, ref int sums)
        {
            LaneRequantization requantization = matrix.Requantization;
            ref int group = ref MemoryMarshal.GetArrayDataReference(matrix.Offsets);
            int groups = matrix.Offsets.Length;
            ref sbyte weights = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(matrix.Weights), (nint)channel * groups * 4);
            ref byte x0 = ref Unsafe.Add(ref input, rows[0]);
            ref byte x1 = ref Unsafe.Add(ref input, rows[1]);
            ref byte x2 = ref Unsafe.Add(ref input, rows[2]);
            ref byte x3 = ref Unsafe.Add(ref input, rows[3]);
            ref byte x4 = ref Unsafe.Add(ref input, rows[4]);
            ref byte x5 = ref Unsafe.Add(ref input, rows[5]);
            Vector256<int> a0 = Vector256.LoadUnsafe(ref requantization.Bias, (nuint)channel), a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0;
            Vector256<int> b0 = Vector256.LoadUnsafe(ref requantization.Bias, (nuint)channel + 8), b1 = b0, b2 = b0, b3 = b0, b4 = b0, b5 = b0;
            for (int g = 0; g < groups; g++)
            {
                nint offset = Unsafe.Add(ref group, g);
                Vector256<sbyte> low = Vector256.LoadUnsafe(ref weights);
                Vector256<sbyte> high = Vector256.LoadUnsafe(ref weights, 32);
                weights = ref Unsafe.Add(ref weights, GroupBytes);
                Vector256<byte> x = Broadcast(ref x0, offset);
                a0 = Add(a0, x, low);
                b0 = Add(b0, x, high);
                x = Broadcast(ref x1, offset);
                a1 = Add(a1, x, low);
                b1 = Add(b1, x, high);
                x = Broadcast(ref x2, offset);
                a2 = Add(a2, x, low);
                b2 = Add(b2, x, high);
                x = Broadcast(ref x3, offset);
                a3 = Add(a3, x, low);
                b3 = Add(b3, x, high);
                x = Broadcast(ref x4, offset);
                a4 = Add(a4, x, low);
                b4 = Add(b4, x, high);
                x = Broadcast(ref x5, offset);
                a5 = Add(a5, x, low);
                b5 = Add(b5, x, high);
            }

            a0.StoreUnsafe(ref sums, 0);
            b0.StoreUnsafe(ref sums, 8);
            a1.StoreUnsafe(ref sums, 16);
            b1.StoreUnsafe(ref sums, 24);
            a2.StoreUnsafe(ref sums, 32);
            b2.StoreUnsafe(ref sums, 40);
            a3.StoreUnsafe(ref sums, 48);
            b3.StoreUnsafe(ref sums, 56);
            a4.StoreUnsafe(ref sums, 64);
            b4.StoreUnsafe(ref sums, 72);
            a5.StoreUnsafe(ref sums, 80);
            b5.StoreUnsafe(ref sums, 88);
        }

        public static void SumOne(ref byte input, PackedMatrix matrix, int channel, ref int sums)
        {
            LaneRequantization requantization = matrix.Requantization;
            ref int group = ref MemoryMarshal.GetArrayDataReference(matrix.Offsets);
            int groups = matrix.Offsets.Length;
            ref sbyte weights = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(matrix.Weights), (nint)channel * groups * 4);
            Vector256<int> a0 = Vector256.LoadUnsafe(ref requantization.Bias, (nuint)channel), a1 = Vector256<int>.Zero, a2 = a1, a3 = a1;
            Vector256<int> b0 = Vector256.LoadUnsafe(ref requantization.Bias, (nuint)channel + 8), b1 = a1, b2 = a1, b3 = a1;
            int g = 0;
            for (; g + 4 <= groups; g += 4)
            {
                // Four chains of additions hide the latency of the multiplications.
                Vector256<byte> x = Broadcast(ref input, Unsafe.Add(ref group, g));
                a0 = Add(a0, x, Vector256.LoadUnsafe(ref weights));
                b0 = Add(b0, x, Vector256.LoadUnsafe(ref weights, 32));
                x = Broadcast(ref input, Unsafe.Add(ref group, g + 1));
                a1 = Add(a1, x, Vector256.LoadUnsafe(ref weights, 64));
                b1 = Add(b1, x, Vector256.LoadUnsafe(ref weights, 96));
                x = Broadcast(ref input, Unsafe.Add(ref group, g + 2));
                a2 = Add(a2, x, Vector256.LoadUnsafe(ref weights, 128));
                b2 = Add(b2, x, Vector256.LoadUnsafe(ref weights, 160));
                x = Broadcast(ref input, Unsafe.Add(ref group, g + 3));
                a3 = Add(a3, x, Vector256.LoadUnsafe(ref weights, 192));
                b3 = Add(b3, x, Vector256.LoadUnsafe(ref weights, 224));
                weights = ref Unsafe.Add(ref weights, 4 * GroupBytes);
            }

            for (; g < groups; g++)
            {
                Vector256<byte> x = Broadcast(ref input, Unsafe.Add(ref group, g));
                a0 = Add(a0, x, Vector256.LoadUnsafe(ref weights));
                b0 = Add(b0, x, Vector256.LoadUnsafe(ref weights, 32));
                weights = ref Unsafe.Add(ref weights, GroupBytes);
            }

            (a0 + a1 + (a2 + a3)).StoreUnsafe(ref sums);
            (b0 + b1 + (b2 + b3)).StoreUnsafe(ref sums, 8);
        }

        public static void Requantize(LaneRequantization requantization, ref int sums, int rows, int channel, ref sbyte output, nint stride) =>
            TLanes.Requantize(requantization, ref sums, rows, channel, ref output, stride);

        public static void RequantizeWide(LaneRequantization requantization, ref int sums, int rows, int channel, ref short output, nint stride) =>
            TLanes.RequantizeWide(requantization, ref sums, rows, channel, ref output, stride);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<byte> Broadcast(ref byte input, nint offset) =>
            Vector256.Create(Unsafe.ReadUnaligned<int>(ref Unsafe.Add(ref input, offset))).AsByte();

        /// <summary>sums + Σ x·w of four neighbours in each lane.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<int> Add(Vector256<int> sums, Vector256<byte> x, Vector256<sbyte> weights) =>
            AvxVnni.MultiplyWideningAndAdd(sums, x, weights);
    }
}
