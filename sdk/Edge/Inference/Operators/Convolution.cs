using System.Runtime.InteropServices;
using Edge.Inference.Kernels;
using Edge.Numerics;

namespace Edge.Inference.Operators;

/// <summary>"convolution": inputs x, weights [o, h, w, c], bias [o], requantization [2, o].</summary>
internal sealed class Convolution : Operator
{
    private readonly Operand input;
    private readonly Operand output;
    private readonly sbyte zeroPoint;
    private readonly Window2D window;
    private readonly sbyte[] weights;
    private readonly int[] bias;
    private readonly Requantization requantization;
    private readonly Matrix? matrix;

    private Convolution(OperatorBinding binding, Window2D window, sbyte[] weights, int[] bias, Requantization requantization) : base(binding)
    {
        (input, output) = (binding.InputOperand(0), binding.OutputOperand());
        zeroPoint = (sbyte)binding.Inputs[0].ZeroPoint;
        (this.window, this.bias, this.requantization) = (window, bias, requantization);
        matrix = Matrix.Create(binding.Kernels, weights, bias, window.Taps, zeroPoint, requantization);
        this.weights = matrix is null ? weights : [];
        MultiplyAccumulates = (long)window.Positions * window.Taps * bias.Length;
        // A gathered row of taps, aligned, before the scratch of the matrix product.
        ScratchBytes = matrix is null ? 0 : (window.IsContiguous ? 0 : GatherBytes) + matrix.ScratchBytes;
    }

    private int GatherBytes => (window.Taps * GatherRows + 63) & ~63;

    private const int GatherRows = 4;

    public static Operator? Bind(OperatorBinding b)
    {
        if (!b.RequireArity(4) || !b.Require(b.Inputs[1].Shape.Length == 4 && b.Output.Shape.Length == 4, "needs weights and output of 4 dimensions"))
        {
            return null;
        }

        int[] shape = b.Inputs[1].Shape;
        int channels = b.Output.Channels;
        Window2D window = b.Window(shape[1], shape[2]);
        if (!b.Sound || !b.Require((long)shape[1] * shape[2] * shape[3] <= OperatorBinding.MaxTaps, $"has windows of more than {OperatorBinding.MaxTaps} taps"))
        {
            return null;
        }

        sbyte[] weights = b.Weights(1, channels, shape[1], shape[2], window.Channels);
        int[] bias = b.Int32s(2, channels);
        Requantization requantization = b.Requantization(3, channels);
        return !b.Sound ? null
            : b.IsWide ? WideLayers.Convolution(b, window, weights, bias, requantization)
            : new Convolution(b, window, weights, bias, requantization);
    }

    public override void Run(Span<byte> memory, Span<byte> scratch)
    {
        ReadOnlySpan<sbyte> x = input.Read(memory);
        Span<sbyte> y = output.Write(memory);
        if (matrix is null)
        {
            ConvolutionS8.Reference(x, zeroPoint, weights, bias, window, requantization, y);
        }
        else if (window.IsContiguous)
        {
            RunContiguous(matrix, x, y, scratch);
        }
        else
        {
            RunGathered(matrix, x, y, scratch);
        }
    }

    private void RunContiguous(Matrix product, ReadOnlySpan<sbyte> x, Span<sbyte> y, Span<byte> scratch)
    {
        int step = window.StrideHeight * window.InputWidth * window.Channels;
        if (step == window.Taps)
        {
            product.Run(x[..(window.Positions * window.Taps)], window.Positions, y, scratch);
            return;
        }

        for (int row = 0; row < window.OutputHeight; row++)
        {
            product.Run(x.Slice(row * step, window.Taps), 1, y.Slice(row * bias.Length, bias.Length), scratch);
        }
    }

    private void RunGathered(Matrix product, ReadOnlySpan<sbyte> x, Span<sbyte> y, Span<byte> scratch)
    {
        Span<sbyte> gathered = MemoryMarshal.Cast<byte, sbyte>(scratch[..GatherBytes]);
        scratch = scratch[GatherBytes..];
        for (int position = 0; position < window.Positions; position += GatherRows)
        {
            int rows = Math.Min(GatherRows, window.Positions - position);
            for (int i = 0; i < rows; i++)
            {
                (int row, int column) = Math.DivRem(position + i, window.OutputWidth);
                ConvolutionS8.Gather(x, zeroPoint, window, row, column, gathered.Slice(i * window.Taps, window.Taps));
            }

            product.Run(gathered[..(rows * window.Taps)], rows, y.Slice(position * bias.Length, rows * bias.Length), scratch);
        }
    }
}
