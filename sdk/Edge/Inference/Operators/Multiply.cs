using Edge.Inference.Kernels;
using Edge.Numerics;

namespace Edge.Inference.Operators;

/// <summary>"multiply": inputs a and b of the same shape, or b of a's last dimensions; attribute outputMultiplier with its shift.</summary>
internal sealed class Multiply : Operator
{
    private readonly Operand a;
    private readonly Operand b;
    private readonly Operand output;
    private readonly MultiplyParameters parameters;
    private readonly bool vector;

    private Multiply(OperatorBinding binding, MultiplyParameters parameters) : base(binding)
    {
        (a, b, output) = (binding.InputOperand(0), binding.InputOperand(1), binding.OutputOperand());
        this.parameters = parameters;
        vector = binding.Kernels != KernelSet.Reference;
    }

    public static Operator? Bind(OperatorBinding b)
    {
        if (!Elementwise.Check(b))
        {
            return null;
        }

        (int min, int max) = b.ActivationRange();
        var parameters = new MultiplyParameters(b.Inputs[0].ZeroPoint, b.Inputs[1].ZeroPoint, Elementwise.Rescale(b, "outputMultiplier"), b.Output.ZeroPoint, min, max);
        return !b.Sound ? null
            : b.IsWide ? WideOperator.Create(b, 2, 0, 0, (x1, x2, y, _) => ElementwiseS16.Multiply(x1, x2, parameters, y))
            : new Multiply(b, parameters);
    }

    public override void Run(Span<byte> memory, Span<byte> scratch)
    {
        if (vector)
        {
            MultiplyS8.RunVector128(a.Read(memory), b.Read(memory), parameters, output.Write(memory));
        }
        else
        {
            MultiplyS8.Reference(a.Read(memory), b.Read(memory), parameters, output.Write(memory));
        }
    }
}
