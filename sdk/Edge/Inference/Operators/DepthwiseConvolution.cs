using Edge.Inference.Kernels;
using Edge.Numerics;

namespace Edge.Inference.Operators;

/// <summary>"depthwise-convolution": inputs x, weights [h, w, o], bias [o], requantization [2, o]; o is a multiple of the input's channels.</summary>
internal sealed class DepthwiseConvolution : Operator
{
    private readonly Operand input;
    private readonly Operand output;
    private readonly int zeroPoint;
    private readonly Window2D window;
    private readonly sbyte[] weights;
    private readonly int[] bias;
    private readonly Requantization requantization;
    private readonly Kernel? kernel;
    private readonly PackedDepthwise? packed;

    private DepthwiseConvolution(OperatorBinding binding, Window2D window, sbyte[] weights, int[] bias, Requantization requantization) : base(binding)
    {
        (input, output) = (binding.InputOperand(0), binding.OutputOperand());
        zeroPoint = binding.Inputs[0].ZeroPoint;
        (this.window, this.weights, this.bias, this.requantization) = (window, weights, bias, requantization);
        long scratchBytes = PackedDepthwise.ScratchBytes(window);
        if (bias.Length == window.Channels && scratchBytes <= binding.MaxScratchBytes)
        {
            (kernel, packed) = Choose(binding.Kernels);
        }

        if (packed is not null)
        {
            ScratchBytes = (int)scratchBytes;
            this.weights = [];
        }

        MultiplyAccumulates = (long)window.Positions * window.KernelHeight * window.KernelWidth * bias.Length;
    }

    private delegate void Kernel(PackedDepthwise packed, ReadOnlySpan<sbyte> input, Span<sbyte> output, Span<byte> scratch);

    public static Operator? Bind(OperatorBinding b)
    {
        if (!b.RequireArity(4) || !b.Require(b.Inputs[1].Shape.Length == 3 && b.Output.Shape.Length == 4, "needs weights of 3 dimensions and an output of 4"))
        {
            return null;
        }

        int[] shape = b.Inputs[1].Shape;
        int channels = b.Output.Channels;
        Window2D window = b.Window(shape[0], shape[1]);
        if (!b.Sound)
        {
            return null;
        }

        b.Require(channels % window.Channels == 0, $"has {channels} output channels; expected a multiple of the input's {window.Channels}");
        sbyte[] weights = b.Weights(1, shape[0], shape[1], channels);
        int[] bias = b.Int32s(2, channels);
        Requantization requantization = b.Requantization(3, channels);
        return !b.Sound ? null
            : b.IsWide ? WideLayers.DepthwiseConvolution(b, window, weights, bias, requantization)
            : new DepthwiseConvolution(b, window, weights, bias, requantization);
    }

    public override void Run(Span<byte> memory, Span<byte> scratch)
    {
        if (kernel is null)
        {
            DepthwiseConvolutionS8.Reference(input.Read(memory), zeroPoint, weights, bias, window, requantization, output.Write(memory));
        }
        else
        {
            kernel(packed!, input.Read(memory), output.Write(memory), scratch);
        }
    }

    /// <summary>The kernel of the most lanes that the layer fills, with the weights packed for it; null where only the reference serves.</summary>
    private (Kernel? Kernel, PackedDepthwise? Packed) Choose(KernelSet kernels)
    {
        int channels = window.Channels;
        if (kernels >= KernelSet.Avx512 && channels >= DepthwiseConvolutionS8.LanesAvx512)
        {
            return (DepthwiseConvolutionS8.RunAvx512, Interleave(DepthwiseConvolutionS8.LanesAvx512));
        }

        if (kernels >= KernelSet.Avx2 && channels >= DepthwiseConvolutionS8.LanesAvx2)
        {
            return (DepthwiseConvolutionS8.RunAvx2, Interleave(DepthwiseConvolutionS8.LanesAvx2));
        }

        // The Vector128 kernel adds two products in int16, which -128 · -128 twice would overflow.
        return kernels >= KernelSet.Vector128 && channels >= DepthwiseConvolutionS8.LanesVector128 && !weights.AsSpan().Contains(sbyte.MinValue)
            ? (DepthwiseConvolutionS8.RunVector128, PackedDepthwise.CreateTapByTap(weights, bias, window, zeroPoint, requantization, DepthwiseConvolutionS8.LanesVector128))
            : (null, null);
    }

    private PackedDepthwise Interleave(int lanes) => PackedDepthwise.CreateInterleaved(weights, bias, window, zeroPoint, requantization, lanes);
}
