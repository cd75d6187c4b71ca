namespace Edge.Inference.Kernels;

/// <summary>int8 convolution over [1, height, width, channels] with weights [output channels, height, width, channels].</summary>
/// <remarks>
/// out[o] = requantize(bias[o] + Σ (x − z)·w[o]). Taps outside the input are real zero and add nothing. Source: TensorFlow
/// Lite's 8-bit quantization specification, CONV_2D.
/// </remarks>
internal static partial class ConvolutionS8
{
    /// <summary>The definition, tap by tap.</summary>
    /// <param name="input">[1, input height, input width, channels].</param>
    /// <param name="inputZeroPoint">The integer that means 0 in the input.</param>
    /// <param name="weights">[output channels, kernel height, kernel width, channels], symmetric.</param>
    /// <param name="bias">[output channels], scale input · weight.</param>
    /// <param name="window">Geometry.</param>
    /// <param name="requantization">Per output channel.</param>
    /// <param name="output">[1, output height, output width, output channels].</param>
    public static void Reference(
        ReadOnlySpan<sbyte> input, int inputZeroPoint, ReadOnlySpan<sbyte> weights, ReadOnlySpan<int> bias,
        in Window2D window, Requantization requantization, Span<sbyte> output)
    {
        int outputChannels = bias.Length;
        for (int y = 0; y < window.OutputHeight; y++)
        {
            for (int x = 0; x < window.OutputWidth; x++)
            {
                int position = (y * window.OutputWidth + x) * outputChannels;
                for (int o = 0; o < outputChannels; o++)
                {
                    int accumulator = bias[o] + Accumulate(input, inputZeroPoint, weights.Slice(o * window.Taps, window.Taps), window, y, x);
                    output[position + o] = requantization.Apply(accumulator, o);
                }
            }
        }
    }

    private static int Accumulate(ReadOnlySpan<sbyte> input, int inputZeroPoint, ReadOnlySpan<sbyte> weights, in Window2D window, int y, int x)
    {
        int sum = 0;
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

                int source = (row * window.InputWidth + column) * window.Channels;
                int tap = (ky * window.KernelWidth + kx) * window.Channels;
                for (int c = 0; c < window.Channels; c++)
                {
                    sum += (input[source + c] - inputZeroPoint) * weights[tap + c];
                }
            }
        }

        return sum;
    }

    /// <summary>Copies one window's taps in the order of the weights; taps outside the input become the zero point.</summary>
    public static void Gather<T>(ReadOnlySpan<T> input, T inputZeroPoint, in Window2D window, int y, int x, Span<T> taps)
    {
        int column = x * window.StrideWidth - window.PadLeft;
        bool columnsInside = window.DilationWidth == 1 && column >= 0 && column + window.KernelWidth <= window.InputWidth;
        int rowTaps = window.KernelWidth * window.Channels;
        for (int ky = 0; ky < window.KernelHeight; ky++)
        {
            int row = y * window.StrideHeight - window.PadTop + ky * window.DilationHeight;
            Span<T> destination = taps.Slice(ky * rowTaps, rowTaps);
            if ((uint)row >= (uint)window.InputHeight)
            {
                destination.Fill(inputZeroPoint);
            }
            else if (columnsInside)
            {
                input.Slice((row * window.InputWidth + column) * window.Channels, rowTaps).CopyTo(destination);
            }
            else
            {
                GatherRow(input, inputZeroPoint, window, row, column, destination);
            }
        }
    }

    private static void GatherRow<T>(ReadOnlySpan<T> input, T inputZeroPoint, in Window2D window, int row, int firstColumn, Span<T> taps)
    {
        for (int kx = 0; kx < window.KernelWidth; kx++)
        {
            int column = firstColumn + kx * window.DilationWidth;
            Span<T> destination = taps.Slice(kx * window.Channels, window.Channels);
            if ((uint)column >= (uint)window.InputWidth)
            {
                destination.Fill(inputZeroPoint);
            }
            else
            {
                input.Slice((row * window.InputWidth + column) * window.Channels, window.Channels).CopyTo(destination);
            }
        }
    }
}
