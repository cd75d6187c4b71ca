using Edge.Inference.Kernels;
using Edge.Numerics;

namespace Edge.Inference.Operators;

/// <summary>Layers with weights whose input or output is int16.</summary>
internal static class WideLayers
{
    public static Operator? FullyConnected(OperatorBinding b, int rows, int depth, sbyte[] weights, int[] bias, Requantization requantization)
    {
        short[] wide = MatrixS16.Widen(weights);
        bool vector = b.Kernels != KernelSet.Reference;
        return WideOperator.Create(
            b, 1, 0, (long)rows * depth * bias.Length,
            (x, _, y, _) => Multiply(vector, x, rows, depth, wide, bias, requantization, y));
    }

    public static Operator? Convolution(OperatorBinding b, Window2D window, sbyte[] weights, int[] bias, Requantization requantization)
    {
        short[] wide = MatrixS16.Widen(weights);
        bool vector = b.Kernels != KernelSet.Reference;
        int channels = bias.Length;
        return WideOperator.Create(b, 1, window.Taps, (long)window.Positions * window.Taps * channels, (x, _, y, scratch) =>
        {
            Span<short> taps = scratch[..window.Taps];
            for (int position = 0; position < window.Positions; position++)
            {
                (int row, int column) = Math.DivRem(position, window.OutputWidth);
                ConvolutionS8.Gather(x, (short)0, window, row, column, taps);
                Multiply(vector, taps, 1, window.Taps, wide, bias, requantization, y.Slice(position * channels, channels));
            }
        });
    }

    public static Operator? DepthwiseConvolution(OperatorBinding b, Window2D window, sbyte[] weights, int[] bias, Requantization requantization) =>
        WideOperator.Create(
            b, 1, 0, (long)window.Positions * window.KernelHeight * window.KernelWidth * bias.Length,
            (x, _, y, _) => DepthwiseConvolutionS16.Reference(x, weights, bias, window, requantization, y));

    private static void Multiply(
        bool vector, ReadOnlySpan<short> rows, int rowCount, int depth, short[] weights, int[] bias, Requantization requantization, Span<short> output)
    {
        if (vector)
        {
            MatrixS16.RunVector128(rows, rowCount, depth, weights, bias, requantization, output);
        }
        else
        {
            MatrixS16.Reference(rows, rowCount, depth, weights, bias, requantization, output);
        }
    }
}
