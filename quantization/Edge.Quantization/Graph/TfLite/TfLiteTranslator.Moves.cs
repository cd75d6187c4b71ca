namespace Edge.Quantization.Graph.TfLite;

/// <summary>Operators that join values, take some of one, or put something around it.</summary>
internal sealed partial class TfLiteTranslator
{
    private void Concatenation(TfLiteOperator op)
    {
        TfLiteValue[] inputs = [.. Enumerable.Range(0, op.Inputs.Length).Select(input => Value(op, input))];
        foreach (TfLiteValue input in inputs)
        {
            RequireSameScale(op, input);
        }

        // The order that most of the values have: those of the others move.
        int[] order = inputs.Where(input => !graph.Initializers.ContainsKey(input.Stored?.Name ?? input.Name)).GroupBy(input => string.Join(',', input.Order))
            .MaxBy(group => group.Count())?.First().Order ?? inputs[0].Order;
        int axis = Array.IndexOf(order, Axis(op, inputs[0], op.Options.Int32(0)));
        Emit(op, "Concat", inputs.Select(input => Operand(input, order)), order, [("axis", (long)axis)], op.Options.Byte(1));
    }

    /// <summary>Joins values along an axis that none of them has yet.</summary>
    private void Pack(TfLiteOperator op)
    {
        int rank = Output(op).Shape.Length;
        int given = op.Options.Int32(1), axis = given < 0 ? given + rank : given;
        if (axis < 0 || axis >= rank)
        {
            throw Fault(op, $"its axis is {given}; its output has {rank}");
        }

        var parts = new List<string>();
        for (int i = 0; i < op.Inputs.Length; i++)
        {
            TfLiteValue input = Value(op, i);
            RequireSameScale(op, input);
            parts.Add(InOrder(WithShape(input, [.. input.Shape[..axis], 1, .. input.Shape[axis..]], "packed"), AxisOrder.Plain(rank)).Name);
        }

        Emit(op, "Concat", parts, AxisOrder.Plain(rank), [("axis", (long)axis)]);
    }

    private void Unpack(TfLiteOperator op)
    {
        TfLiteValue input = Value(op, 0);
        int axis = Axis(op, input, op.Options.Int32(1));
        for (int i = 0; i < op.Outputs.Length; i++)
        {
            RequireSameScale(op, input, i);
            string index = AddConstant($"{Output(op, i).Name}.index", Tensor.Of([], [(long)i]));
            Emit(op, "Gather", [input.Name, index], AxisOrder.Without(input.Order, [axis]), [("axis", (long)input.Axis(axis))], output: i);
        }
    }

    private void Split(TfLiteOperator op)
    {
        TfLiteValue input = Value(op, 1);
        int axis = Axis(op, input, Integers(op, 0)[0]);
        AddSplit(op, input, axis, [.. op.Outputs.Select(_ => (long)input.Shape[axis] / op.Outputs.Length)]);
    }

    private void SplitV(TfLiteOperator op)
    {
        TfLiteValue input = Value(op, 0);
        int axis = Axis(op, input, Integers(op, 2)[0]);
        long[] parts = Integers(op, 1);
        long rest = input.Shape[axis] - parts.Where(part => part != -1).Sum();
        AddSplit(op, input, axis, [.. parts.Select(part => part == -1 ? rest : part)]);
    }

    private void AddSplit(TfLiteOperator op, TfLiteValue input, int axis, long[] parts)
    {
        if (parts.Length != op.Outputs.Length || parts.Sum() != input.Shape[axis] || parts.Any(part => part < 1))
        {
            throw Fault(op, $"it cuts {input.Shape[axis]} into [{string.Join(", ", parts)}]; expected {op.Outputs.Length} parts of that sum");
        }

        for (int i = 0; i < parts.Length; i++)
        {
            RequireSameScale(op, input, i);
        }

        if (parts.Length == 1)
        {
            Set(op, input);
            return;
        }

        string[] outputs = [.. op.Outputs.Select(output => subgraph.Tensors[output].Name)];
        string sizes = ShapeConstant($"{outputs[0]}.split", parts);
        graph.Nodes.Add(new Node("Split", [input.Name, sizes], outputs) { Attributes = { ["axis"] = (long)input.Axis(axis) } });
        for (int i = 0; i < outputs.Length; i++)
        {
            TfLiteTensor tensor = Output(op, i);
            Set(op, Quantized(tensor.Name, tensor.Name, tensor.Shape, input.Order, ParametersOf(tensor, $"{op}")), i);
        }
    }

    private void Slice(TfLiteOperator op)
    {
        TfLiteValue input = Value(op, 0);
        RequireSameScale(op, input);
        long[] begin = Integers(op, 1), size = Integers(op, 2);
        if (begin.Length != input.Shape.Length || size.Length != begin.Length)
        {
            throw Fault(op, $"it gives {begin.Length} beginnings and {size.Length} sizes for {input.Shape.Length} axes");
        }

        long[] end = [.. begin.Select((first, axis) => size[axis] == -1 ? input.Shape[axis] : first + size[axis])];
        RequireWithin(op, input, begin, end);
        if (IsWhole(input, begin, end))
        {
            Set(op, input);
            return;
        }

        Emit(op, "Slice", SliceInputs(op, input, begin, end, [.. begin.Select(_ => 1L)]), input.Order);
    }

    /// <summary>Python's slice: masks say which bounds are open and which axes are taken out or put in.</summary>
    private void StridedSlice(TfLiteOperator op)
    {
        TfLiteValue input = Value(op, 0);
        RequireSameScale(op, input);
        int rank = input.Shape.Length;
        long[] begin = new long[rank], end = Array.ConvertAll(input.Shape, size => (long)size), step = [.. input.Shape.Select(_ => 1L)];
        ReadSlice(op, input, begin, end, step);
        int[] shape = Output(op).Shape;
        int[] taken = [.. Enumerable.Range(0, rank).Select(axis => (int)Math.Max(0, (end[axis] - begin[axis] + step[axis] - Math.Sign(step[axis])) / step[axis]))];
        if (Elements(taken) != Elements(shape) || Elements(shape) == 0)
        {
            throw Fault(op, Output(op), $"it is [{string.Join(", ", shape)}]; its bounds take [{string.Join(", ", taken)}]");
        }

        bool whole = IsWhole(input, begin, end) && step.All(by => by == 1);
        if (!whole && taken.SequenceEqual(shape))
        {
            Emit(op, "Slice", SliceInputs(op, input, begin, end, step), input.Order);
            return;
        }

        TfLiteValue slice = whole ? input : Moved(input with { Stem = Output(op).Name }, "slice", taken, input.Order, "Slice", SliceInputs(op, input, begin, end, step));
        if (taken.SequenceEqual(shape))
        {
            Set(op, slice);
            return;
        }

        (TfLiteValue read, int[] order) = Reshapable(slice, shape);
        string constant = ShapeConstant($"{Output(op).Name}.shape", [.. order.Select(axis => (long)shape[axis])]);
        Emit(op, "Reshape", [read.Name, constant], order);
    }

    private void ReadSlice(TfLiteOperator op, TfLiteValue input, long[] begin, long[] end, long[] step)
    {
        long[] first = Integers(op, 1), last = Integers(op, 2), by = Integers(op, 3);
        FlatTable options = op.Options;
        (int beginMask, int endMask, int ellipsis, int added, int removed) = (options.Int32(0), options.Int32(1), options.Int32(2), options.Int32(3), options.Int32(4));
        int count = first.Length;
        int own = Enumerable.Range(0, count).Count(i => !Has(ellipsis | added, i));
        if (count > 32 || last.Length != count || by.Length != count || own > input.Shape.Length || by.Contains(0) || int.PopCount(ellipsis) > 1)
        {
            throw Fault(op, $"it gives {first.Length} beginnings, {last.Length} ends and {by.Length} steps for {input.Shape.Length} axes; expected as many of each, steps other than 0, and one ellipsis at most");
        }

        for ((int i, int axis) = (0, 0); i < count; i++)
        {
            if (Has(ellipsis, i))
            {
                axis += input.Shape.Length - own;
            }
            else if (!Has(added, i))
            {
                long size = input.Shape[axis];
                bool back = by[i] < 0;
                long from = first[i] < 0 ? first[i] + size : first[i];
                long to = options.Bool(5) ? from + last[i] : last[i] < 0 ? last[i] + size : last[i];
                (begin[axis], end[axis], step[axis]) = Has(removed, i)
                    ? (Math.Clamp(from, 0, size - 1), Math.Clamp(from, 0, size - 1) + 1, 1)
                    : (Has(beginMask, i) ? back ? size - 1 : 0 : Math.Clamp(from, 0, back ? size - 1 : size),
                        Has(endMask, i) ? back ? -1 : size : Math.Clamp(to, back ? -1 : 0, size), by[i]);
                axis++;
            }
        }
    }

    private static bool Has(int mask, int bit) => (mask >> bit & 1) != 0;

    private static bool IsWhole(TfLiteValue input, long[] begin, long[] end) =>
        Array.TrueForAll(begin, first => first == 0) && end.Where((last, axis) => last != input.Shape[axis]).FirstOrDefault(-1) == -1 && begin.Length == input.Shape.Length;

    private static void RequireWithin(TfLiteOperator op, TfLiteValue input, long[] begin, long[] end)
    {
        for (int axis = 0; axis < begin.Length; axis++)
        {
            if (begin[axis] < 0 || end[axis] <= begin[axis] || end[axis] > input.Shape[axis])
            {
                throw Fault(op, $"it takes {begin[axis]} to {end[axis]} of axis {axis}, whose size is {input.Shape[axis]}");
            }
        }
    }

    /// <summary>The inputs of ONNX's Slice: the axes that it cuts, as the graph's value has them.</summary>
    private string[] SliceInputs(TfLiteOperator op, TfLiteValue input, long[] begin, long[] end, long[] step)
    {
        string name = Output(op).Name;
        int[] cut = [.. Enumerable.Range(0, begin.Length).Where(axis => begin[axis] != 0 || end[axis] != input.Shape[axis] || step[axis] != 1)];
        string[] inputs =
        [
            input.Name, ShapeConstant($"{name}.starts", [.. cut.Select(axis => begin[axis])]),
            ShapeConstant($"{name}.ends", [.. cut.Select(axis => end[axis] < 0 ? -1L - input.Shape[axis] : end[axis])]),
            ShapeConstant($"{name}.axes", [.. cut.Select(axis => (long)input.Axis(axis))]),
        ];
        return cut.Any(axis => step[axis] != 1) ? [.. inputs, ShapeConstant($"{name}.steps", [.. cut.Select(axis => step[axis])])] : inputs;
    }

    private void Gather(TfLiteOperator op)
    {
        TfLiteValue input = Value(op, 0);
        RequireSameScale(op, input);
        int axis = Axis(op, input, op.Options.Int32(0));
        TfLiteTensor indices = InputTensor(op, 1);
        long[] taken = Integers(op, 1);
        if (indices.Shape.Length > 1 || op.Options.Int32(1) != 0 || taken.Any(index => index < 0 || index >= input.Shape[axis]))
        {
            throw Fault(op, $"it takes [{string.Join(", ", taken.Take(8))}{(taken.Length > 8 ? ", …" : "")}] of {input.Shape[axis]}; expected one index or a list of them, within the axis, and no batch");
        }

        string constant = AddConstant($"{Output(op).Name}.indices", Tensor.Of(Dims(indices), taken));
        int[] order = indices.Shape.Length == 0 ? AxisOrder.Without(input.Order, [axis]) : input.Order;
        Emit(op, "Gather", [input.Name, constant], order, [("axis", (long)input.Axis(axis))]);
    }

    /// <summary>Zeros, or PADV2's value, before and after each axis.</summary>
    private void Pad(TfLiteOperator op)
    {
        TfLiteValue input = Value(op, 0);
        RequireSameScale(op, input);
        long[] paddings = Integers(op, 1);
        int rank = input.Shape.Length;
        if (paddings.Length != 2 * rank || paddings.Any(size => size < 0))
        {
            throw Fault(op, $"its paddings are [{string.Join(", ", paddings)}]; expected two for each of {rank} axes, none negative");
        }

        List<string> inputs =
        [
            input.Name,
            ShapeConstant($"{Output(op).Name}.pads", [.. input.Order.Select(axis => paddings[2 * axis]), .. input.Order.Select(axis => paddings[2 * axis + 1])]),
        ];
        if (OptionalTensor(op, 2) is { } tensor && Floats(op, tensor).ToFloats() is [var value] && value != 0)
        {
            inputs.Add(AddConstant($"{Output(op).Name}.value", Tensor.Scalar(value)));
        }

        Emit(op, "Pad", inputs, input.Order);
    }
}
