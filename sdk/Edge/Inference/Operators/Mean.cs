using Edge.Inference.Kernels;
using Edge.Numerics;

namespace Edge.Inference.Operators;

/// <summary>"mean": over all dimensions but the last; attribute multiplier with its shift.</summary>
internal sealed class Mean : Operator
{
    private readonly Operand input;
    private readonly Operand output;
    private readonly int inputZeroPoint;
    private readonly int outputZeroPoint;
    private readonly MeanScale scale;
    private readonly bool vector;

    private Mean(OperatorBinding binding, MeanScale scale) : base(binding)
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
        b.Require(
            b.Output.Elements == b.Inputs[0].Channels && b.Output.Channels == b.Inputs[0].Channels && b.Inputs[0].Elements > 0,
            $"has shapes [{string.Join(", ", b.Inputs[0].Shape)}] to [{string.Join(", ", b.Output.Shape)}]; expected one value a channel");
        Rescale scale = Elementwise.Rescale(b, "multiplier");
        (int zeroPoint, (int lowest, int highest)) = (b.Output.ZeroPoint, b.OutputLimits);
        return !b.Sound ? null
            : b.IsWide ? WideOperator.Create(b, 1, 0, 0, (x, _, y, _) => MeanS16.Reference(x, scale, zeroPoint, lowest, highest, y))
            : new Mean(b, ScaleOfSum(b, scale));
    }

    private static MeanScale ScaleOfSum(OperatorBinding b, Rescale scale)
    {
        int rows = b.Inputs[0].Elements / b.Output.Elements;
        return b.Rounding == Rounding.Once ? MeanScale.Nearest(scale, rows)
            : b.Version < 3 ? MeanScale.DividedLast(scale, rows)
            : MeanScale.RoundedDown(scale, rows);
    }

    public override void Run(Span<byte> memory, Span<byte> scratch)
    {
        if (vector)
        {
            MeanS8.RunVector128(input.Read(memory), inputZeroPoint, scale, outputZeroPoint, output.Write(memory));
        }
        else
        {
            MeanS8.Reference(input.Read(memory), inputZeroPoint, scale, outputZeroPoint, output.Write(memory));
        }
    }
}
