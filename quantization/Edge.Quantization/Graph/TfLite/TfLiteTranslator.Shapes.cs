namespace Edge.Quantization.Graph.TfLite;

/// <summary>Operators that give the same elements another shape or order.</summary>
internal sealed partial class TfLiteTranslator
{
    /// <summary>RESHAPE, SQUEEZE and EXPAND_DIMS: the output tensor says the shape, which what the operator asks for must not contradict.</summary>
    private void Reshape(TfLiteOperator op)
    {
        TfLiteValue input = Value(op, 0);
        RequireSameScale(op, input);
        int[] shape = Output(op).Shape;
        long[] wanted = op.Code != TfLiteOperatorCode.Reshape ? []
            : OptionalTensor(op, 1) is { IsConstant: true } ? Integers(op, 1)
            : Array.ConvertAll(op.Options.Int32s(0), size => (long)size);
        bool contradicts = wanted.Length > 0 && (wanted.Length != shape.Length || wanted.Where((size, axis) => size != -1 && size != shape[axis]).Any());
        if (contradicts || Elements(shape) != Elements(input.Shape))
        {
            throw Fault(op, Output(op), $"it is [{string.Join(", ", shape)}], made of [{string.Join(", ", input.Shape)}]{(wanted.Length > 0 ? $" by [{string.Join(", ", wanted)}]" : "")}; expected as many elements. Convert the model with fixed shapes (a batch of 1)");
        }

        if (shape.SequenceEqual(input.Shape))
        {
            Set(op, input);
            return;
        }

        (TfLiteValue read, int[] order) = Reshapable(input, shape);
        string constant = ShapeConstant($"{Output(op).Name}.shape", [.. order.Select(axis => (long)shape[axis])]);
        Emit(op, "Reshape", [read.Name, constant], order);
    }

    /// <summary>The input and an order of the output's axes in which the one is the other's memory; moves the input only where there is none.</summary>
    private (TfLiteValue Input, int[] Order) Reshapable(TfLiteValue input, int[] shape)
    {
        int[] plain = AxisOrder.Plain(input.Shape.Length), first = AxisOrder.ChannelsFirst(shape.Length);
        if (AxisOrder.SameMemory(input.Shape, input.Order, plain))
        {
            // One channel, or one position: channels first is the same memory, and what a convolution behind it reads.
            bool free = shape.Length == 4 && AxisOrder.SameMemory(shape, first, AxisOrder.Plain(4));
            return (input, free ? first : AxisOrder.Plain(shape.Length));
        }

        // Batch and channels stay, the axes between are cut otherwise: as between one- and two-dimensional convolutions.
        bool channelsStay = shape.Length > 1 && shape[0] == input.Shape[0] && shape[^1] == input.Shape[^1];
        return channelsStay && shape.Length > 2 && AxisOrder.SameMemory(input.Shape, input.Order, AxisOrder.ChannelsFirst(input.Shape.Length))
            ? (input, first)
            : (InOrder(input, plain), AxisOrder.Plain(shape.Length));
    }

    /// <summary>A value as another shape, in a value of its own.</summary>
    private TfLiteValue WithShape(TfLiteValue value, int[] shape, string form)
    {
        if (shape.SequenceEqual(value.Shape))
        {
            return InOrder(value, AxisOrder.Plain(shape.Length));
        }

        (TfLiteValue read, int[] order) = Reshapable(value, shape);
        return Reshaped(read, shape, order, form);
    }

    /// <summary>A transposition only says otherwise which axis is which; what needs another order moves the elements.</summary>
    private void Transpose(TfLiteOperator op)
    {
        TfLiteValue input = Value(op, 0);
        RequireSameScale(op, input);
        int rank = input.Shape.Length;
        int[] axes = [.. Integers(op, 1).Select(axis => Axis(op, input, axis))];
        if (axes.Length != rank || axes.Distinct().Count() != rank)
        {
            throw Fault(op, $"its order is [{string.Join(", ", axes)}] of {rank} axes; expected each once");
        }

        int[] shape = Array.ConvertAll(axes, axis => input.Shape[axis]), order = Array.ConvertAll(input.Order, axis => Array.IndexOf(axes, axis));
        Set(op, shape.SequenceEqual(Output(op).Shape)
            ? input with { Shape = shape, Order = order }
            : throw Fault(op, Output(op), $"it is [{string.Join(", ", Output(op).Shape)}]; its order makes it [{string.Join(", ", shape)}]"));
    }

    private static long Elements(int[] shape) => shape.Aggregate(1L, (product, size) => product * size);
}
