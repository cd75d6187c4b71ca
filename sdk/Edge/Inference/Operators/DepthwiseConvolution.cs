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
    private readonly KernelSet kernels;

    private DepthwiseConvolution(OperatorBinding binding, Window2D window, sbyte[] weights, int[] bias, Requantization requantization) : base(binding)
    {
        (input, output) = (binding.InputOperand(0), binding.OutputOperand());
        zeroPoint = binding.Inputs[0].ZeroPoint;
        (this.window, this.weights, this.bias, this.requantization) = (window, weights, bias, requantization);
        kernels = bias.Length == window.Channels ? binding.Kernels : KernelSet.Reference;
        MultiplyAccumulates = (long)window.Positions * window.KernelHeight * window.KernelWidth * bias.Length;
    }

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
        switch (kernels)
        {
            case KernelSet.Reference:
                DepthwiseConvolutionS8.Reference(input.Read(memory), zeroPoint, weights, bias, window, requantization, output.Write(memory));
                break;
            case KernelSet.Vector128:
                DepthwiseConvolutionS8.RunVector128(input.Read(memory), zeroPoint, weights, bias, window, requantization, output.Write(memory));
                break;
            default:
                DepthwiseConvolutionS8.RunAvx2(input.Read(memory), zeroPoint, weights, bias, window, requantization, output.Write(memory));
                break;
        }
    }
}
