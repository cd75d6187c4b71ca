using Edge.Inference.Kernels;
using Edge.Numerics;

namespace Edge.Inference.Operators;

/// <summary>
/// "subtract": a − b of the same shape, or one of the other's last dimensions; attributes multiplier1, multiplier2, outputMultiplier with their
/// shifts, as of "add".
/// </summary>
internal sealed class Subtract : Operator
{
    private readonly Operand a;
    private readonly Operand b;
    private readonly Operand output;
    private readonly AddParameters parameters;
    private readonly bool vector;

    private Subtract(OperatorBinding binding, AddParameters parameters) : base(binding)
    {
        (a, b, output) = (binding.InputOperand(0), binding.InputOperand(1), binding.OutputOperand());
        this.parameters = parameters;
        vector = binding.Kernels != KernelSet.Reference;
    }

    public static Operator? Bind(OperatorBinding b)
    {
        if (!b.RequireArity(2))
        {
            return null;
        }

        foreach (TensorInfo tensor in (TensorInfo[])[b.Inputs[0], b.Inputs[1], b.Output])
        {
            b.RequireActivation(tensor);
        }

        int[] first = b.Inputs[0].Shape;
        int[] second = b.Inputs[1].Shape;
        b.Require(
            Elementwise.IsEnd(second, first) || Elementwise.IsEnd(first, second),
            $"has inputs of shapes [{string.Join(", ", first)}] and [{string.Join(", ", second)}]; one must be the end of the other");
        b.RequireShape(b.Output, first.Length >= second.Length ? first : second);
        AddParameters parameters = Elementwise.AddParameters(b);
        return b.Sound ? new Subtract(b, parameters) : null;
    }

    public override void Run(Span<byte> memory, Span<byte> scratch)
    {
        if (vector)
        {
            SubtractS8.RunVector128(a.Read(memory), b.Read(memory), parameters, output.Write(memory));
        }
        else
        {
            SubtractS8.Reference(a.Read(memory), b.Read(memory), parameters, output.Write(memory));
        }
    }
}
