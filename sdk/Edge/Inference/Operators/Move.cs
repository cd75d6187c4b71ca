using Edge.Inference.Kernels;

namespace Edge.Inference.Operators;

/// <summary>
/// "slice" (begin, stride), "pad" (before), "concatenate" (axis) and "reshape": values change place and nothing else, so all
/// tensors share scale and zero point.
/// </summary>
internal sealed class Move : Operator
{
    private static readonly int[] Ones = [1, 1, 1, 1];
    private static readonly int[] Zeros = [0, 0, 0, 0];

    private readonly List<Box> boxes = [];
    private readonly Operand output;
    private readonly int[] outputShape;
    private readonly sbyte? fill;

    private readonly int elementBytes;

    private Move(OperatorBinding binding, int[] outputShape, sbyte? fill = null) : base(binding)
    {
        elementBytes = binding.Output.Type.Bytes();
        (output, this.outputShape, this.fill) = (binding.OutputOperand(), InBytes(outputShape), fill);
    }

    public static Operator? BindSlice(OperatorBinding b)
    {
        if (!Check(b, 1) || !b.Require(b.Inputs[0].Shape.Length == b.Output.Shape.Length, "has an output of other rank than its input"))
        {
            return null;
        }

        int rank = b.Output.Shape.Length;
        int[] begin = b.Attributes("begin", 0, int.MaxValue, rank);
        int[] stride = b.Attributes("stride", 1, int.MaxValue, rank);
        b.Require(
            rank == 0 || stride[^1] == 1 || !b.IsWide, "takes every second channel, or fewer, of int16 values; only whole runs of them can be taken");
        for (int d = 0; d < rank; d++)
        {
            b.Require(
                begin[d] + (b.Output.Shape[d] - 1L) * stride[d] < b.Inputs[0].Shape[d],
                $"takes {b.Output.Shape[d]} from {begin[d]} by {stride[d]} along dimension {d} of {b.Inputs[0].Shape[d]}");
        }

        return b.Sound ? new Move(b, Shape(b.Output)).With(new Box(b.InputOperand(0), Shape(b.Inputs[0]), Extend(begin, 0), Extend(stride, 1), Zeros, Shape(b.Output))) : null;
    }

    public static Operator? BindPad(OperatorBinding b)
    {
        if (!Check(b, 1) || !b.Require(b.Inputs[0].Shape.Length == b.Output.Shape.Length, "has an output of other rank than its input"))
        {
            return null;
        }

        int rank = b.Output.Shape.Length;
        int[] before = b.Attributes("before", 0, int.MaxValue, rank);
        for (int d = 0; d < rank; d++)
        {
            b.Require(
                before[d] + (long)b.Inputs[0].Shape[d] <= b.Output.Shape[d],
                $"puts {b.Inputs[0].Shape[d]} after {before[d]} along dimension {d} of {b.Output.Shape[d]}");
        }

        return b.Sound
            ? new Move(b, Shape(b.Output), (sbyte)b.Output.ZeroPoint).With(new Box(b.InputOperand(0), Shape(b.Inputs[0]), Zeros, Ones, Extend(before, 0), Shape(b.Inputs[0])))
            : null;
    }

    public static Operator? BindConcatenate(OperatorBinding b)
    {
        if (!b.Require(b.Inputs.Length > 0, "has no inputs") || !Check(b, b.Inputs.Length))
        {
            return null;
        }

        int rank = b.Output.Shape.Length;
        int axis = b.Attribute("axis", 0, Math.Max(rank - 1, 0));
        var move = new Move(b, Shape(b.Output));
        int[] at = new int[rank];
        for (int index = 0; index < b.Inputs.Length; index++)
        {
            TensorInfo input = b.Inputs[index];
            int[] expected = (int[])b.Output.Shape.Clone();
            if (rank > 0 && input.Shape.Length == rank)
            {
                expected[axis] = input.Shape[axis];
            }

            if (!b.RequireShape(input, expected)
                || !b.Require(rank > 0 && at[axis] + (long)input.Shape[axis] <= b.Output.Shape[axis], $"has inputs longer than its output along axis {axis}"))
            {
                return null;
            }

            move.With(new Box(b.InputOperand(index), Shape(input), Zeros, Ones, Extend(at, 0), Shape(input)));
            at[axis] += input.Shape[axis];
        }

        b.Require(at[axis] == b.Output.Shape[axis], $"has inputs of {at[axis]} in all along axis {axis}; its output has {b.Output.Shape[axis]}");
        return b.Sound ? move : null;
    }

    public static Operator? BindReshape(OperatorBinding b)
    {
        if (!Check(b, 1))
        {
            return null;
        }

        int elements = b.Output.Elements;
        b.Require(b.Inputs[0].Elements == elements, $"has {b.Inputs[0].Elements} elements in and {elements} out");
        int[] flat = [1, 1, 1, elements];
        return b.Sound ? new Move(b, flat).With(new Box(b.InputOperand(0), flat, Zeros, Ones, Zeros, flat)) : null;
    }

    public override void Run(Span<byte> memory, Span<byte> scratch)
    {
        Span<sbyte> destination = output.Write(memory);
        if (fill is { } value)
        {
            destination.Fill(value);
        }

        foreach (Box box in boxes)
        {
            MoveS8.Box(box.Source.Read(memory), box.SourceShape, box.SourceBegin, box.SourceStride, destination, outputShape, box.At, box.Extent);
        }
    }

    private static bool Check(OperatorBinding b, int inputs)
    {
        if (!b.RequireArity(inputs))
        {
            return false;
        }

        foreach (TensorInfo input in b.Inputs)
        {
            b.RequireAnyActivation(input);
            b.RequireSameQuantization(input, b.Output);
            b.Require(input.Shape.Length <= MoveS8.Rank, $"has '{input.Name}' of {input.Shape.Length} dimensions; expected at most {MoveS8.Rank}");
        }

        b.RequireAnyActivation(b.Output);
        b.Require(b.Output.Shape.Length <= MoveS8.Rank, $"has '{b.Output.Name}' of {b.Output.Shape.Length} dimensions; expected at most {MoveS8.Rank}");
        return b.Sound;
    }

    private static int[] Shape(TensorInfo tensor) => Extend(tensor.Shape, 1);

    private static int[] Extend(int[] values, int with)
    {
        var extended = new int[MoveS8.Rank];
        extended.AsSpan().Fill(with);
        values.CopyTo(extended, MoveS8.Rank - values.Length);
        return extended;
    }

    private Move With(Box box)
    {
        boxes.Add(box with
        {
            SourceShape = InBytes(box.SourceShape), SourceBegin = InBytes(box.SourceBegin), At = InBytes(box.At), Extent = InBytes(box.Extent),
        });
        return this;
    }

    /// <summary>int16 moves as two bytes: the last dimension is that much longer. A fill of 16-bit zeros is one of 8-bit zeros.</summary>
    private int[] InBytes(int[] values) => [.. values[..^1], values[^1] * elementBytes];

    private sealed record Box(Operand Source, int[] SourceShape, int[] SourceBegin, int[] SourceStride, int[] At, int[] Extent);
}
