using Edge.Inference.Kernels;

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

    private Convolution(OperatorBinding binding, Window2D window, sbyte[] weights, int[] bias, Requantization requantization, Matrix? matrix) : base(binding)
    {
        (input, output) = (binding.InputOperand(0), binding.OutputOperand());
        zeroPoint = (sbyte)binding.Inputs[0].ZeroPoint;
        (this.window, this.bias, this.requantization) = (window, bias, requantization);
        this.matrix = matrix;
        this.weights = matrix is null ? weights : [];
        MultiplyAccumulates = (long)window.Positions * window.Taps * bias.Length;
        ScratchBytes = matrix?.ScratchBytes ?? 0;
    }

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
        if (!b.Sound)
        {
            return null;
        }

        Matrix? matrix = b.Inputs[0].Type == ElementType.Int8 ? Matrix.Create(b, window, weights, bias, requantization) : null;
        return b.IsWide && matrix is null
            ? WideLayers.Convolution(b, window, weights, bias, requantization)
            : new Convolution(b, window, weights, bias, requantization, matrix);
    }

    public override void Run(Span<byte> memory, Span<byte> scratch)
    {
        if (matrix is null)
        {
            ConvolutionS8.Reference(input.Read(memory), zeroPoint, weights, bias, window, requantization, output.Write(memory));
        }
        else
        {
            matrix.Run(input.Read(memory), output.Write(memory), scratch);
        }
    }
}
