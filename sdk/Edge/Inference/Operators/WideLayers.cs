using Edge.Inference.Kernels;
using Edge.Numerics;

namespace Edge.Inference.Operators;

/// <summary>Layers with weights whose input or output is int16.</summary>
internal static class WideLayers
{
    public static Operator? FullyConnected(OperatorBinding b, int rows, int depth, sbyte[] weights, int[] bias, Requantization requantization)
    {
        if (b.Kernels == KernelSet.Avx512)
        {
            var packed = new PackedMatrixS16(weights, bias, requantization, b.Inputs[0].Type == ElementType.Int8);
            return WideOperator.Create(
                b, 1, depth % 2 == 0 ? 0 : ScratchElements(rows, depth), (long)rows * depth * bias.Length, (x, _, y, scratch) => MultiplyPacked(x, rows, packed, y, scratch));
        }

        short[] wide = MatrixS16.Widen(weights);
        bool vector = b.Kernels != KernelSet.Reference;
        return WideOperator.Create(
            b, 1, 0, (long)rows * depth * bias.Length,
            (x, _, y, _) => Multiply(vector, x, rows, depth, wide, bias, requantization, y));
    }

    public static Operator? Convolution(OperatorBinding b, Window2D window, sbyte[] weights, int[] bias, Requantization requantization)
    {
        if (b.Kernels == KernelSet.Avx512)
        {
            var packed = new PackedMatrixS16(weights, bias, requantization, b.Inputs[0].Type == ElementType.Int8);
            return WideOperator.Create(
                b, 1, ScratchElements(window.Positions, window.Taps), (long)window.Positions * window.Taps * bias.Length, (x, _, y, scratch) => ConvolvePacked(x, window, packed, y, scratch));
        }

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

    private static int ScratchElements(int rows, int depth) => (int)Math.Min(PackedMatrixS16.ScratchElements(rows, depth), int.MaxValue);

    private static void ConvolvePacked(ReadOnlySpan<short> x, in Window2D window, PackedMatrixS16 matrix, Span<short> y, Span<short> scratch)
    {
        int stride = 2 * matrix.Pairs;
        int tile = PackedMatrixS16.TileRows(window.Positions);
        for (int first = 0; first < window.Positions; first += tile)
        {
            int count = Math.Min(tile, window.Positions - first);
            for (int i = 0; i < count; i++)
            {
                (int row, int column) = Math.DivRem(first + i, window.OutputWidth);
                ConvolutionS8.Gather(x, (short)0, window, row, column, scratch.Slice(i * stride, matrix.Depth));
                scratch[(i * stride + matrix.Depth)..((i + 1) * stride)].Clear();
            }

            MatrixS16.RunAvx512(scratch, count, matrix, y[(first * matrix.Channels)..]);
        }
    }

    private static void MultiplyPacked(ReadOnlySpan<short> x, int rows, PackedMatrixS16 matrix, Span<short> y, Span<short> scratch)
    {
        int stride = 2 * matrix.Pairs;
        int tile = PackedMatrixS16.TileRows(rows);
        for (int first = 0; first < rows; first += tile)
        {
            int count = Math.Min(tile, rows - first);
            ReadOnlySpan<short> taps = x[(first * matrix.Depth)..];
            if (stride != matrix.Depth)
            {
                for (int i = 0; i < count; i++)
                {
                    taps.Slice(i * matrix.Depth, matrix.Depth).CopyTo(scratch[(i * stride)..]);
                    scratch[(i * stride + matrix.Depth)..((i + 1) * stride)].Clear();
                }

                taps = scratch;
            }

            MatrixS16.RunAvx512(taps, count, matrix, y[(first * matrix.Channels)..]);
        }
    }

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
