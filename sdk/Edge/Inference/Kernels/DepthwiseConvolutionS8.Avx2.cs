using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Edge.Inference.Kernels;

internal static partial class DepthwiseConvolutionS8
{
    /// <summary>Channels that <see cref="RunAvx2"/> takes at once.</summary>
    public const int LanesAvx2 = 16;

    /// <summary>Same as <see cref="Reference"/> for a channel multiplier of 1: two taps of sixteen channels in two multiply-adds.</summary>
    /// <param name="packed">Interleaved, in blocks of <see cref="LanesAvx2"/>.</param>
    /// <param name="input">[1, input height, input width, channels].</param>
    /// <param name="output">[1, output height, output width, channels].</param>
    /// <param name="scratch">As <see cref="PackedDepthwise.ScratchBytes"/> says.</param>
    public static void RunAvx2(PackedDepthwise packed, ReadOnlySpan<sbyte> input, Span<sbyte> output, Span<byte> scratch) =>
        Run<Interleaved256>(packed, input, output, scratch);

    private readonly struct Interleaved256 : IWindowKernel
    {
        public static void Sum(ref short input, ReadOnlySpan<int> windows, PackedDepthwise packed, int lane, ref int sums)
        {
            ref int tap = ref MemoryMarshal.GetArrayDataReference(packed.Offsets);
            int taps = packed.Offsets.Length;
            ref short weights = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(packed.Weights), (nint)lane * taps);
            ref short x0 = ref Unsafe.Add(ref input, windows[0]);
            ref short x1 = ref Unsafe.Add(ref input, windows[1]);
            ref short x2 = ref Unsafe.Add(ref input, windows[2]);
            ref short x3 = ref Unsafe.Add(ref input, windows[3]);
            Vector256<int> a0 = Vector256.LoadUnsafe(ref packed.Requantization.Bias, (nuint)lane), a1 = a0, a2 = a0, a3 = a0;
            Vector256<int> b0 = Vector256.LoadUnsafe(ref packed.Requantization.Bias, (nuint)lane + 8), b1 = b0, b2 = b0, b3 = b0;
            for (int t = 0; t < taps; t += 2)
            {
                nuint first = (nuint)Unsafe.Add(ref tap, t);
                nuint second = (nuint)Unsafe.Add(ref tap, t + 1);
                Vector256<short> low = Vector256.LoadUnsafe(ref weights);
                Vector256<short> high = Vector256.LoadUnsafe(ref weights, 16);
                weights = ref Unsafe.Add(ref weights, 32);
                Vector256<short> x = Vector256.LoadUnsafe(ref x0, first), y = Vector256.LoadUnsafe(ref x0, second);
                a0 += Avx2.MultiplyAddAdjacent(Avx2.UnpackLow(x, y), low);
                b0 += Avx2.MultiplyAddAdjacent(Avx2.UnpackHigh(x, y), high);
                (x, y) = (Vector256.LoadUnsafe(ref x1, first), Vector256.LoadUnsafe(ref x1, second));
                a1 += Avx2.MultiplyAddAdjacent(Avx2.UnpackLow(x, y), low);
                b1 += Avx2.MultiplyAddAdjacent(Avx2.UnpackHigh(x, y), high);
                (x, y) = (Vector256.LoadUnsafe(ref x2, first), Vector256.LoadUnsafe(ref x2, second));
                a2 += Avx2.MultiplyAddAdjacent(Avx2.UnpackLow(x, y), low);
                b2 += Avx2.MultiplyAddAdjacent(Avx2.UnpackHigh(x, y), high);
                (x, y) = (Vector256.LoadUnsafe(ref x3, first), Vector256.LoadUnsafe(ref x3, second));
                a3 += Avx2.MultiplyAddAdjacent(Avx2.UnpackLow(x, y), low);
                b3 += Avx2.MultiplyAddAdjacent(Avx2.UnpackHigh(x, y), high);
            }

            a0.StoreUnsafe(ref sums);
            b0.StoreUnsafe(ref sums, 8);
            a1.StoreUnsafe(ref sums, 16);
            b1.StoreUnsafe(ref sums, 24);
            a2.StoreUnsafe(ref sums, 32);
            b2.StoreUnsafe(ref sums, 40);
            a3.StoreUnsafe(ref sums, 48);
            b3.StoreUnsafe(ref sums, 56);
        }

        public static void Requantize(LaneRequantization requantization, ref int sums, int windows, int lane, ref sbyte output, nint stride) =>
            requantization.ApplyInterleavedAvx2(ref sums, windows, lane, ref output, stride);
    }
}
