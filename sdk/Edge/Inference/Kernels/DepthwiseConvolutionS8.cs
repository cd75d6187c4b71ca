namespace Edge.Inference.Kernels;

/// <summary>int8 depthwise convolution over [1, height, width, channels] with weights [height, width, channels · multiplier].</summary>
/// <remarks>
/// Output channel c·m + j sees input channel c only. Source: TensorFlow Lite's 8-bit quantization specification, DEPTHWISE_CONV_2D.
/// </remarks>
internal static partial class DepthwiseConvolutionS8
{
    /// <summary>The definition, tap by tap.</summary>
    /// <param name="input">[1, input height, input width, channels].</param>
    /// <param name="inputZeroPoint">The integer that means 0 in the input.</param>
    /// <param name="weights">[kernel height, kernel width, output channels], symmetric.</param>
    /// <param name="bias">[output channels], a multiple of the input's channels.</param>
    /// <param name="window">Geometry.</param>
    /// <param name="requantization">Per output channel.</param>
    /// <param name="output">[1, output height, output width, output channels].</param>
    public static void Reference(
        ReadOnlySpan<sbyte> input, int inputZeroPoint, ReadOnlySpan<sbyte> weights, ReadOnlySpan<int> bias,
        in Window2D window, Requantization requantization, Span<sbyte> output)
    {
        int multiplier = bias.Length / window.Channels;
        for (int y = 0; y < window.OutputHeight; y++)
        {
            for (int x = 0; x < window.OutputWidth; x++)
            {
                Span<sbyte> position = output.Slice((y * window.OutputWidth + x) * bias.Length, bias.Length);
                for (int o = 0; o < bias.Length; o++)
                {
                    position[o] = requantization.Apply(bias[o] + Accumulate(input, inputZeroPoint, weights, bias.Length, window, y, x, o / multiplier, o), o);
                }
            }
        }
    }

    private static int Accumulate(
        ReadOnlySpan<sbyte> input, int inputZeroPoint, ReadOnlySpan<sbyte> weights, int outputChannels, in Window2D window, int y, int x, int channel, int output)
    {
        int sum = 0;
        for (int ky = 0; ky < window.KernelHeight; ky++)
        {
            int row = y * window.StrideHeight - window.PadTop + ky * window.DilationHeight;
            for (int kx = 0; kx < window.KernelWidth; kx++)
            {
                int column = x * window.StrideWidth - window.PadLeft + kx * window.DilationWidth;
                if ((uint)row < (uint)window.InputHeight && (uint)column < (uint)window.InputWidth)
                {
                    sum += (input[(row * window.InputWidth + column) * window.Channels + channel] - inputZeroPoint)
                        * weights[(ky * window.KernelWidth + kx) * outputChannels + output];
                }
            }
        }

        return sum;
    }
}
