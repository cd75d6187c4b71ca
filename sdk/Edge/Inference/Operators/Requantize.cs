using Edge.Inference.Kernels;
using Edge.Numerics;

namespace Edge.Inference.Operators;

/// <summary>"requantize": to another scale and zero point; attribute multiplier with its shift.</summary>
internal sealed class Requantize : Operator
{
    private readonly Operand input;
    private readonly Operand output;
    private readonly int inputZeroPoint;
    private readonly int outputZeroPoint;
    private readonly Rescale scale;
    private readonly bool vector;

    private Requantize(OperatorBinding binding, Rescale scale) : base(binding)
    {
        (input, output) = (binding.InputOperand(0), binding.OutputOperand());
        (inputZeroPoint, outputZeroPoint, this.scale) = (binding.Inputs[0].ZeroPoint, binding.Output.ZeroPoint, scale);
        vector = binding.Kernels != KernelSet.Reference;
    }

    public static Operator? Bind(OperatorBinding b)
    {
        if (!b.RequireArity(1))
        {
            return null;
        }

        b.RequireAnyActivation(b.Inputs[0]);
        b.RequireAnyActivation(b.Output);
        b.RequireShape(b.Output, b.Inputs[0].Shape);
        Rescale scale = Elementwise.Rescale(b, "multiplier");
        int zeroPoint = b.Output.ZeroPoint;
        (int lowest, int highest) = b.OutputLimits;
        return !b.Sound ? null
            : b.IsWide ? WideOperator.Create(b, 1, 0, 0, b.Kernels == KernelSet.Reference
                ? (x, _, y, _) => ElementwiseS16.Requantize(x, scale, zeroPoint, lowest, highest, y)
                : (x, _, y, _) => ElementwiseS16.RequantizeVector128(x, scale, zeroPoint, lowest, highest, y))
            : new Requantize(b, scale);
    }

    public override void Run(Span<byte> memory, Span<byte> scratch)
    {
        if (vector)
        {
            RequantizeS8.RunVector128(input.Read(memory), inputZeroPoint, scale, outputZeroPoint, output.Write(memory));
        }
        else
        {
            RequantizeS8.Reference(input.Read(memory), inputZeroPoint, scale, outputZeroPoint, output.Write(memory));
        }
    }
}
