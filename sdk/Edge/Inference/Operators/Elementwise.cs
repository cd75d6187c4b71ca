using Edge.Inference.Kernels;
using Edge.Numerics;

namespace Edge.Inference.Operators;

/// <summary>"add": inputs a and b of the same shape, or b of a's last dimensions; attributes multiplier1, multiplier2, outputMultiplier with their shifts.</summary>
internal sealed class Add : Operator
{
    private readonly Operand a;
    private readonly Operand b;
    private readonly Operand output;
    private readonly AddParameters parameters;
    private readonly bool vector;

    private Add(OperatorBinding binding, AddParameters parameters) : base(binding)
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
        var parameters = new AddParameters(
            b.Inputs[0].ZeroPoint, Elementwise.Rescale(b, "multiplier1"), b.Inputs[1].ZeroPoint, Elementwise.Rescale(b, "multiplier2"),
            Elementwise.Rescale(b, "outputMultiplier"), b.Output.ZeroPoint, min, max);
        return b.Sound ? new Add(b, parameters) : null;
    }

    public override void Run(Span<byte> memory, Span<byte> scratch)
    {
        if (vector)
        {
            AddS8.RunVector128(a.Read(memory), b.Read(memory), parameters, output.Write(memory));
        }
        else
        {
            AddS8.Reference(a.Read(memory), b.Read(memory), parameters, output.Write(memory));
        }
    }
}

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
        return b.Sound ? new Multiply(b, parameters) : null;
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

internal static class Elementwise
{
    /// <summary>Two int8 inputs, the second of the same shape or of the first one's last dimensions, and an output of the first one's shape.</summary>
    public static bool Check(OperatorBinding b)
    {
        if (!b.RequireArity(2))
        {
            return false;
        }

        int[] first = b.Inputs[0].Shape;
        int[] second = b.Inputs[1].Shape;
        return b.RequireActivation(b.Inputs[0])
            & b.RequireActivation(b.Inputs[1])
            & b.RequireActivation(b.Output)
            & b.RequireShape(b.Output, first)
            & b.Require(
                b.Inputs[1].Elements > 0 && second.Length <= first.Length && first.AsSpan()[(first.Length - second.Length)..].SequenceEqual(second),
                $"has inputs of shapes [{string.Join(", ", first)}] and [{string.Join(", ", second)}]; the second must be the end of the first");
    }

    public static Rescale Rescale(OperatorBinding b, string name)
    {
        (int multiplier, int shift) = b.Multiplier(name);
        return new Rescale(multiplier, shift);
    }
}
