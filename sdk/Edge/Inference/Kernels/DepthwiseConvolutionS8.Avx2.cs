using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Edge.Inference.Kernels;

internal static partial class DepthwiseConvolutionS8
{
    /// <summary>Same as <see cref="RunVector128"/>, requantizing eight channels at once as well.</summary>
    public static void RunAvx2(
        ReadOnlySpan<sbyte> input, int inputZeroPoint, ReadOnlySpan<sbyte> weights, ReadOnlySpan<int> bias,
        in Window2D window, Requantization requantization, Span<sbyte> output)
    {
        int channels = window.Channels;
        for (int y = 0; y < window.OutputHeight; y++)
        {
            for (int x = 0; x < window.OutputWidth; x++)
            {
                Span<sbyte> position = output.Slice((y * window.OutputWidth + x) * channels, channels);
                int c = 0;
                for (; c + Lanes <= channels; c += Lanes)
                {
                    (Vector128<int> low, Vector128<int> high) = AccumulateLanes(input, inputZeroPoint, weights, window, y, x, c);
                    Vector256<int> sums = Vector256.Create(low, high) + Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(bias), (nuint)c);
                    Vector128<short> values = requantization.ApplyAvx2(sums, c);
                    Vector128.Narrow(values, values).GetLower().CopyTo(position[c..]);
                }

                for (; c < channels; c++)
                {
                    position[c] = requantization.Apply(bias[c] + Accumulate(input, inputZeroPoint, weights, channels, window, y, x, c, c), c);
                }
            }
        }
    }
}
