using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Edge.Inference.Kernels;

internal static partial class MatrixS8
{
    /// <summary>
    /// Same as <see cref="Reference"/>, sixteen channels at a time. Two products of int8 fit in int16 (2 · 128 · 127 = 32,512) as long as no
    /// weight is -128, which symmetric weights exclude and the caller checks.
    /// </summary>
    /// <param name="matrix">Packed as <see cref="TapGroup.TapByTap"/>.</param>
    /// <param name="input">The convolution's input.</param>
    /// <param name="output">[windows, channels].</param>
    /// <param name="scratch">As <see cref="PackedMatrix.ScratchBytes"/> says.</param>
    public static void RunVector128(PackedMatrix matrix, ReadOnlySpan<sbyte> input, Span<sbyte> output, Span<byte> scratch)
    {
        Span<sbyte> padded = MemoryMarshal.Cast<byte, sbyte>(scratch[PackedMatrix.SumBytes..]);
        matrix.Input.Copy(input, matrix.ZeroPoint, padded);
        Run<sbyte, RowTiles<sbyte, Taps128>>(matrix, padded, output, scratch);
    }

    private readonly struct Taps128 : IRowKernel<sbyte>
    {
        public static bool StoresRowByRow => false;

        public static void SumSix(ref sbyte input, ReadOnlySpan<int> rows, PackedMatrix matrix, int channel, ref int sums)
        {
            for (int i = 0; i < RowsTogether; i += 2)
            {
                SumTwo(ref Unsafe.Add(ref input, rows[i]), ref Unsafe.Add(ref input, rows[i + 1]), matrix, channel, ref Unsafe.Add(ref sums, i * PackedMatrix.Block));
            }
        }

        public static void SumOne(ref sbyte input, PackedMatrix matrix, int channel, ref int sums)
        {
            ref sbyte weights = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(matrix.Weights), (nint)channel * matrix.Offsets.Length * 2);
            Vector128<int> a = Bias(matrix, channel), b = Bias(matrix, channel + 4), c = Bias(matrix, channel + 8), d = Bias(matrix, channel + 12);
            foreach (int offset in matrix.Offsets)
            {
                (Vector128<short> low0, Vector128<short> high0) = Vector128.Widen(Vector128.LoadUnsafe(ref weights));
                (Vector128<short> low1, Vector128<short> high1) = Vector128.Widen(Vector128.LoadUnsafe(ref weights, PackedMatrix.Block));
                weights = ref Unsafe.Add(ref weights, 2 * PackedMatrix.Block);
                Vector128<short> x0 = Vector128.Create((short)Unsafe.Add(ref input, offset));
                Vector128<short> x1 = Vector128.Create((short)Unsafe.Add(ref input, offset + 1));
                (Vector128<int> first, Vector128<int> second) = Vector128.Widen(low0 * x0 + low1 * x1);
                (Vector128<int> third, Vector128<int> fourth) = Vector128.Widen(high0 * x0 + high1 * x1);
                a += first;
                b += second;
                c += third;
                d += fourth;
            }

            Store(a, b, c, d, ref sums);
        }

        private static void SumTwo(ref sbyte first, ref sbyte second, PackedMatrix matrix, int channel, ref int sums)
        {
            ref sbyte weights = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(matrix.Weights), (nint)channel * matrix.Offsets.Length * 2);
            Vector128<int> a0 = Bias(matrix, channel), b0 = Bias(matrix, channel + 4), c0 = Bias(matrix, channel + 8), d0 = Bias(matrix, channel + 12);
            Vector128<int> a1 = a0, b1 = b0, c1 = c0, d1 = d0;
            foreach (int offset in matrix.Offsets)
            {
                (Vector128<short> low0, Vector128<short> high0) = Vector128.Widen(Vector128.LoadUnsafe(ref weights));
                (Vector128<short> low1, Vector128<short> high1) = Vector128.Widen(Vector128.LoadUnsafe(ref weights, PackedMatrix.Block));
                weights = ref Unsafe.Add(ref weights, 2 * PackedMatrix.Block);
                Vector128<short> x0 = Vector128.Create((short)Unsafe.Add(ref first, offset));
                Vector128<short> x1 = Vector128.Create((short)Unsafe.Add(ref first, offset + 1));
                (Vector128<int> low, Vector128<int> high) = Vector128.Widen(low0 * x0 + low1 * x1);
                a0 += low;
                b0 += high;
                (low, high) = Vector128.Widen(high0 * x0 + high1 * x1);
                c0 += low;
                d0 += high;
                x0 = Vector128.Create((short)Unsafe.Add(ref second, offset));
                x1 = Vector128.Create((short)Unsafe.Add(ref second, offset + 1));
                (low, high) = Vector128.Widen(low0 * x0 + low1 * x1);
                a1 += low;
                b1 += high;
                (low, high) = Vector128.Widen(high0 * x0 + high1 * x1);
                c1 += low;
                d1 += high;
            }

            Store(a0, b0, c0, d0, ref sums);
            Store(a1, b1, c1, d1, ref Unsafe.Add(ref sums, PackedMatrix.Block));
        }

        public static void Requantize(LaneRequantization requantization, ref int sums, int rows, int channel, ref sbyte output, nint stride) =>
            requantization.ApplyVector128(ref sums, rows, channel, PackedMatrix.Block, ref output, stride);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector128<int> Bias(PackedMatrix matrix, int channel) => Vector128.LoadUnsafe(ref matrix.Requantization.Bias, (nuint)channel);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Store(Vector128<int> a, Vector128<int> b, Vector128<int> c, Vector128<int> d, ref int sums)
        {
            a.StoreUnsafe(ref sums);
            b.StoreUnsafe(ref sums, 4);
            c.StoreUnsafe(ref sums, 8);
            d.StoreUnsafe(ref sums, 12);
        }
    }
}
