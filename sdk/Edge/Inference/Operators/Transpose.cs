using System.Runtime.InteropServices;
using Edge.Inference.Kernels;

namespace Edge.Inference.Operators;

/// <summary>"transpose": dimensions in another order; attribute axes: the input's dimension that each of the output's is. Scale and zero point stay.</summary>
internal sealed class Transpose : Operator
{
    private readonly Operand input;
    private readonly Operand output;
    private readonly int[] shape;
    private readonly int[] axes;
    private readonly bool wide;

    private Transpose(OperatorBinding binding, int[] shape, int[] axes) : base(binding) =>
        (input, output, this.shape, this.axes, wide) = (binding.InputOperand(0), binding.OutputOperand(), shape, axes, binding.IsWide);

    public static Operator? Bind(OperatorBinding b)
    {
        if (!b.RequireArity(1) || !(b.RequireAnyActivation(b.Inputs[0], MoveS8.Rank) & b.RequireAnyActivation(b.Output, MoveS8.Rank)))
        {
            return null;
        }

        b.RequireSameQuantization(b.Inputs[0], b.Output);
        int[] shape = b.Inputs[0].Shape;
        int[] axes = b.Attributes("axes", 0, MoveS8.Rank - 1, MoveS8.Rank);
        if (!b.Sound || !b.Require(new HashSet<int>(axes).Count == MoveS8.Rank, $"has axes [{string.Join(", ", axes)}]; expected each dimension once"))
        {
            return null;
        }

        b.RequireShape(b.Output, Array.ConvertAll(axes, axis => shape[axis]));
        return b.Sound ? new Transpose(b, shape, axes) : null;
    }

    public override void Run(Span<byte> memory, Span<byte> scratch)
    {
        if (wide)
        {
            MoveS8.Transpose(MemoryMarshal.Cast<sbyte, short>(input.Read(memory)), shape, axes, MemoryMarshal.Cast<sbyte, short>(output.Write(memory)));
        }
        else
        {
            MoveS8.Transpose(input.Read(memory), shape, axes, output.Write(memory));
        }
    }
}
