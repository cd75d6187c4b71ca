using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Edge.Inference.Kernels;

internal static partial class DepthwiseConvolutionS8
{
    /// <summary>Channels that <see cref="RunVector128"/> takes at once.</summary>
    public const int LanesVector128 = 8;

    /// <summary>
    /// Same as <see cref="Reference"/> for a channel multiplier of 1, eight channels at a time. Two products of int8 fit in int16 (2 · 128 · 127 =
    /// 32,512) as long as no weight is -128, which the caller checks.
    /// </summary>
    /// <param name="packed">Tap by tap, in blocks of <see cref="LanesVector128"/>.</param>
    /// <param name="input">[1, input height, input width, channels].</param>
    /// <param name="output">[1, output height, output width, channels].</param>
    /// <param name="scratch">As <see cref="PackedDepthwise.ScratchBytes"/> says.</param>
    public static void RunVector128(PackedDepthwise packed, ReadOnlySpan<sbyte> input, Span<sbyte> output, Span<byte> scratch) =>
        Run<TapByTap128>(packed, input, output, scratch);

    private readonly struct TapByTap128 : IWindowKernel
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
            Vector128<int> a0 = Vector128.LoadUnsafe(ref packed.Requantization.Bias, (nuint)lane), a1 = a0, a2 = a0, a3 = a0;
            Vector128<int> b0 = Vector128.LoadUnsafe(ref packed.Requantization.Bias, (nuint)lane + 4), b1 = b0, b2 = b0, b3 = b0;
            for (int t = 0; t < taps; t += 2)
            {
                nuint first = (nuint)Unsafe.Add(ref tap, t);
                nuint second = (nuint)Unsafe.Add(ref tap, t + 1);
                Vector128<short> w0 = Vector128.LoadUnsafe(ref weights);
                Vector128<short> w1 = Vector128.LoadUnsafe(ref weights, 8);
                weights = ref Unsafe.Add(ref weights, 16);
                (Vector128<int> low, Vector128<int> high) = Vector128.Widen(Vector128.LoadUnsafe(ref x0, first) * w0 + Vector128.LoadUnsafe(ref x0, second) * w1);
                (a0, b0) = (a0 + low, b0 + high);
                (low, high) = Vector128.Widen(Vector128.LoadUnsafe(ref x1, first) * w0 + Vector128.LoadUnsafe(ref x1, second) * w1);
                (a1, b1) = (a1 + low, b1 + high);
                (low, high) = Vector128.Widen(Vector128.LoadUnsafe(ref x2, first) * w0 + Vector128.LoadUnsafe(ref x2, second) * w1);
                (a2, b2) = (a2 + low, b2 + high);
                (low, high) = Vector128.Widen(Vector128.LoadUnsafe(ref x3, first) * w0 + Vector128.LoadUnsafe(ref x3, second) * w1);
                (a3, b3) = (a3 + low, b3 + high);
            }

            a0.StoreUnsafe(ref sums);
            b0.StoreUnsafe(ref sums, 4);
            a1.StoreUnsafe(ref sums, 8);
            b1.StoreUnsafe(ref sums, 12);
            a2.StoreUnsafe(ref sums, 16);
            b2.StoreUnsafe(ref sums, 20);
            a3.StoreUnsafe(ref sums, 24);
            b3.StoreUnsafe(ref sums, 28);
        }

        public static void Requantize(LaneRequantization requantization, ref int sums, int windows, int lane, ref sbyte output, nint stride) =>
            requantization.ApplyVector128(ref sums, windows, lane, LanesVector128, ref output, stride);
    }
}
