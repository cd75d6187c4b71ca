namespace Edge.Quantization.Graph.TfLite;

/// <summary>Functions of each element by itself, and reductions.</summary>
internal sealed partial class TfLiteTranslator
{
    /// <summary>Two operands that repeat along each other's axes; a field of the options is the activation.</summary>
    private void Binary(TfLiteOperator op, string type, int? activationField)
    {
        (string[] inputs, int[] order) = Operands(op);
        Emit(op, type, inputs, order, activation: activationField is { } field ? op.Options.Byte(field) : 0);
    }

    /// <summary>MAXIMUM and MINIMUM, whose int8 kernels compare the integers.</summary>
    private void Extreme(TfLiteOperator op, string type)
    {
        RequireSameScale(op, Value(op, 0));
        RequireSameScale(op, Value(op, 1));
        Binary(op, type, null);
    }

    private void SquaredDifference(TfLiteOperator op)
    {
        (string[] inputs, int[] order) = Operands(op);
        string difference = Unique($"{Output(op).Name}.difference");
        AddNode("Sub", inputs, difference);
        Emit(op, "Mul", [difference, difference], order);
    }

    /// <summary>The operands in one order of axes: that of the first value of full rank.</summary>
    private (string[] Names, int[] Order) Operands(TfLiteOperator op)
    {
        int rank = Output(op).Shape.Length;
        TfLiteValue[] operands = [Value(op, 0), Value(op, 1)];
        int[] order = operands.FirstOrDefault(operand => operand.Shape.Length == rank && graph.Constant(operand.Stored?.Name ?? operand.Name) is null)?.Order ?? AxisOrder.Plain(rank);
        return ([Operand(operands[0], order), Operand(operands[1], order)], order);
    }

    private string Operand(TfLiteValue value, int[] order)
    {
        string stored = value.Stored?.Name ?? value.Name;
        if (graph.Initializers.GetValueOrDefault(stored) is not { } constant)
        {
            return InOrder(OfRank(value, order.Length), order).Name;
        }

        // A constant is stored as it is read: nothing has to move while the model runs, and repeating needs no axes in front.
        if (constant.Count == 1 || order.SequenceEqual(AxisOrder.Plain(order.Length)))
        {
            return value.Name;
        }

        long[] dims = [.. Enumerable.Repeat(1L, order.Length - constant.Dims.Length), .. constant.Dims];
        string name = AddConstant(stored, AxisOrder.Permute(constant.Reshape(dims), order));
        return value.Stored is { } integers
            ? Restored(value with { Shape = Array.ConvertAll(dims, dim => (int)dim), Order = order, Stored = integers with { Name = name } }).Name
            : name;
    }

    private void Unary(TfLiteOperator op, string type, params (string Name, AttributeValue Value)[] attributes)
    {
        TfLiteValue input = Value(op, 0);
        Emit(op, type, [input.Name], input.Order, attributes);
    }

    /// <summary>A function whose int8 output has a fixed scale.</summary>
    private void Squash(TfLiteOperator op, string type, QuantizationParameters output)
    {
        RequireScale(op, output);
        Unary(op, type);
    }

    private void Clip(TfLiteOperator op, float min, float max)
    {
        TfLiteValue input = Value(op, 0);
        string name = Output(op).Name;
        Emit(op, "Clip", [input.Name, AddConstant($"{name}.min", Tensor.Scalar(min)), AddConstant($"{name}.max", Tensor.Scalar(max))], input.Order);
    }

    private void ReciprocalRoot(TfLiteOperator op)
    {
        TfLiteValue input = Value(op, 0);
        string root = Unique($"{Output(op).Name}.root");
        AddNode("Sqrt", [input.Name], root);
        Emit(op, "Reciprocal", [root], input.Order);
    }

    private void Square(TfLiteOperator op)
    {
        TfLiteValue input = Value(op, 0);
        Emit(op, "Mul", [input.Name, input.Name], input.Order);
    }

    /// <summary>Softmax over the last axis of beta times the input.</summary>
    private void Softmax(TfLiteOperator op)
    {
        RequireScale(op, QuantizationParameters.Probability);
        TfLiteValue input = Value(op, 0);
        string read = input.Name;
        if (op.Options.Float(0) is var beta and not 1)
        {
            read = Unique($"{Output(op).Name}.scaled");
            AddNode("Mul", [input.Name, AddConstant($"{Output(op).Name}.beta", Tensor.Scalar(beta))], read);
        }

        Emit(op, "Softmax", [read], input.Order, [("axis", (long)input.Axis(input.Shape.Length - 1))]);
    }

    /// <summary>Mean, sum, maximum or minimum over constant axes.</summary>
    private void Reduce(TfLiteOperator op, string type)
    {
        TfLiteValue input = Value(op, 0);
        if (type is "ReduceMax" or "ReduceMin")
        {
            RequireSameScale(op, input);
        }

        int[] axes = [.. Integers(op, 1).Select(axis => Axis(op, input, axis)).Distinct()];
        bool keep = op.Options.Bool(0);
        int[] order = keep ? input.Order : AxisOrder.Without(input.Order, axes);
        string constant = ShapeConstant($"{Output(op).Name}.axes", [.. axes.Select(axis => (long)input.Axis(axis)).Order()]);
        Emit(op, type, [input.Name, constant], order, [("keepdims", keep ? 1L : 0L)]);
    }

    /// <summary>An axis of the file, counted from the end where it is negative.</summary>
    private static int Axis(TfLiteOperator op, TfLiteValue value, long axis) =>
        axis >= -value.Shape.Length && axis < value.Shape.Length
            ? (int)(axis < 0 ? axis + value.Shape.Length : axis)
            : throw Fault(op, $"its axis is {axis}, and '{value.Stem}' has {value.Shape.Length}");
}
