using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Edge.Inference.Kernels;

internal static partial class DepthwiseConvolutionS8
{
    private const int Lanes = 8;

    /// <summary>
    /// Same as <see cref="Reference"/> for a channel multiplier of 1, eight channels at a time. (x − z)·w fits in int16: 255 · 128 = 32,640.
    /// </summary>
    public static void RunVector128(
        ReadOnlySpan<sbyte> input, int inputZeroPoint, ReadOnlySpan<sbyte> weights, ReadOnlySpan<int> bias,
        in Window2D window, Requantization requantization, Span<sbyte> output)
    {
        int channels = window.Channels;
        Span<int> accumulators = stackalloc int[Lanes];
        for (int y = 0; y < window.OutputHeight; y++)
        {
            for (int x = 0; x < window.OutputWidth; x++)
            {
                Span<sbyte> position = output.Slice((y * window.OutputWidth + x) * channels, channels);
                int c = 0;
                for (; c + Lanes <= channels; c += Lanes)
                {
                    (Vector128<int> low, Vector128<int> high) = AccumulateLanes(input, inputZeroPoint, weights, window, y, x, c);
                    low.CopyTo(accumulators);
                    high.CopyTo(accumulators[4..]);
                    for (int i = 0; i < Lanes; i++)
                    {
                        position[c + i] = requantization.Apply(accumulators[i] + bias[c + i], c + i);
                    }
                }

                for (; c < channels; c++)
                {
                    position[c] = requantization.Apply(bias[c] + Accumulate(input, inputZeroPoint, weights, channels, window, y, x, c, c), c);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector128<int> Low, Vector128<int> High) AccumulateLanes(
        ReadOnlySpan<sbyte> input, int inputZeroPoint, ReadOnlySpan<sbyte> weights, in Window2D window, int y, int x, int channel)
    {
        ref sbyte source = ref MemoryMarshal.GetReference(input);
        ref sbyte taps = ref MemoryMarshal.GetReference(weights);
        Vector128<short> zeroPoint = Vector128.Create((short)inputZeroPoint);
        Vector128<int> low = Vector128<int>.Zero;
        Vector128<int> high = Vector128<int>.Zero;
        for (int ky = 0; ky < window.KernelHeight; ky++)
        {
            int row = y * window.StrideHeight - window.PadTop + ky * window.DilationHeight;
            for (int kx = 0; kx < window.KernelWidth; kx++)
            {
                int column = x * window.StrideWidth - window.PadLeft + kx * window.DilationWidth;
                if ((uint)row >= (uint)window.InputHeight || (uint)column >= (uint)window.InputWidth)
                {
                    continue;
                }

                Vector128<short> values = LoadLanes(ref source, (row * window.InputWidth + column) * window.Channels + channel) - zeroPoint;
                Vector128<short> products = values * LoadLanes(ref taps, (ky * window.KernelWidth + kx) * window.Channels + channel);
                (Vector128<int> l, Vector128<int> h) = Vector128.Widen(products);
                low += l;
                high += h;
            }
        }

        return (low, high);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<short> LoadLanes(ref sbyte source, int offset) =>
        Vector128.WidenLower(Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<long>(ref Unsafe.As<sbyte, byte>(ref Unsafe.Add(ref source, offset)))).AsSByte());
}
