namespace Edge.Inference.Kernels;

/// <summary>Depthwise convolution over 16-bit activations without zero point [1, height, width, channels]; weights as for int8, sums of 64 bits.</summary>
internal static class DepthwiseConvolutionS16
{
    /// <summary>The definition, tap by tap.</summary>
    /// <param name="input">[1, input height, input width, channels].</param>
    /// <param name="weights">[kernel height, kernel width, output channels], symmetric.</param>
    /// <param name="bias">[output channels], a multiple of the input's channels.</param>
    /// <param name="window">Geometry.</param>
    /// <param name="requantization">Per output channel.</param>
    /// <param name="output">[1, output height, output width, output channels].</param>
    public static void Reference(
        ReadOnlySpan<short> input, ReadOnlySpan<sbyte> weights, ReadOnlySpan<int> bias, in Window2D window, Requantization requantization, Span<short> output)
    {
        int multiplier = bias.Length / window.Channels;
        for (int position = 0; position < window.Positions; position++)
        {
            (int y, int x) = Math.DivRem(position, window.OutputWidth);
            for (int o = 0; o < bias.Length; o++)
            {
                long sum = bias[o] + Products(input, weights, bias.Length, window, y, x, o / multiplier, o);
                output[position * bias.Length + o] = requantization.ApplyWide(sum, o);
            }
        }
    }

    private static long Products(
        ReadOnlySpan<short> input, ReadOnlySpan<sbyte> weights, int outputChannels, in Window2D window, int y, int x, int channel, int output)
    {
        long sum = 0;
        for (int ky = 0; ky < window.KernelHeight; ky++)
        {
            int row = y * window.StrideHeight - window.PadTop + ky * window.DilationHeight;
            for (int kx = 0; kx < window.KernelWidth; kx++)
            {
                int column = x * window.StrideWidth - window.PadLeft + kx * window.DilationWidth;
                if ((uint)row < (uint)window.InputHeight && (uint)column < (uint)window.InputWidth)
                {
                    sum += input[(row * window.InputWidth + column) * window.Channels + channel] * weights[(ky * window.KernelWidth + kx) * outputChannels + output];
                }
            }
        }

        return sum;
    }
}
