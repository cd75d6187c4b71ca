using Edge.Inference;
using Edge.Quantization.Graph;

namespace Edge.Quantization.Compilation;

internal sealed partial class Lowering
{
    /// <summary>Gives every value that the model keeps from step to step a state of the plan, which is read as any other value.</summary>
    private void AddStates()
    {
        foreach (GraphState state in graph.States)
        {
            if (graph.ConsumersOf(state.Input).Find(node => node.OpType == "DequantizeLinear") is not { } dequantize)
            {
                continue; // written, and never read
            }

            long[] dims = graph.Describe(state.Input)?.StaticShape
                ?? throw new GraphFormatException(graph.Name, $"state '{state.Input}'", "its shape is not known; expected whole numbers.");
            AxisRole[]? roles = UsualRoles(dims);
            if (roles is null)
            {
                throw new GraphFormatException(graph.Name, $"state '{state.Input}'", $"has shape [{string.Join(", ", dims)}]; expected at most 4 dimensions, a batch of 1 among them.");
            }

            if (state.Initial is { } initial && (initial.ElementType != Graph.ElementType.Int8 || initial.Count != dims.Aggregate(1L, (product, size) => product * size)))
            {
                throw new GraphFormatException(graph.Name, $"state '{state.Input}'", $"begins as {initial}; expected Int8 [{string.Join(", ", dims)}].");
            }

            values[state.Input] = AddState(state, roles, Parameters(dequantize));
        }
    }

    /// <summary>What the axes of a state are, unless what is joined to it says otherwise; null where it has too many.</summary>
    private static AxisRole[]? UsualRoles(ReadOnlySpan<long> dims)
    {
        AxisRole[]? roles = dims.Length switch
        {
            1 => [AxisRole.Channel],
            2 => [AxisRole.None, AxisRole.Channel],
            3 => [AxisRole.None, AxisRole.Time, AxisRole.Channel],
            4 => [AxisRole.None, AxisRole.Channel, AxisRole.Time, AxisRole.Width],
            _ => null,
        };
        return roles is null || (roles[0] == AxisRole.None && dims[0] != 1) ? null : roles;
    }

    private static int[] Placed(ReadOnlySpan<long> dims, AxisRole[] roles)
    {
        int[] shape = [1, 1, 1, 1];
        for (int axis = 0; axis < dims.Length; axis++)
        {
            shape[(int)roles[axis]] *= (int)dims[axis];
        }

        return shape;
    }

    /// <summary>A constant that is quantized again to what it is stored as, as one is that a variable is assigned; null for anything else.</summary>
    private LoweredValue? ConstantValue(Node quantize)
    {
        if (StoredConstant(quantize.Inputs[0]) is not var (dequantize, stored) || stored.ElementType != Graph.ElementType.Int8
            || UsualRoles(stored.Dims) is not { } roles || Parameters(quantize) != Parameters(dequantize))
        {
            return null;
        }

        QuantizationParameters parameters = Parameters(quantize);
        int[] shape = Placed(stored.Dims, roles);
        return new LoweredValue(draft.AddConstant(quantize.Outputs[0], shape, Spread(stored, roles, shape), parameters.Scale, parameters.ZeroPoint), roles);
    }

    private LoweredValue AddState(GraphState state, AxisRole[] roles, QuantizationParameters parameters)
    {
        long[] dims = graph.Describe(state.Input)!.StaticShape!;
        int[] shape = Placed(dims, roles);
        DraftTensor tensor = draft.AddActivation(state.Input, shape, parameters.Scale, parameters.ZeroPoint, TensorStorage.State);
        if (state.Initial is { } initial && Array.Exists(initial.ToSBytes(), q => q != parameters.ZeroPoint))
        {
            tensor.Initial = draft.AddConstant($"{state.Input}.initial", shape, Spread(initial.Reshape(dims), roles, shape));
        }

        return new LoweredValue(tensor, roles);
    }

    /// <summary>
    /// A state that is joined to newer values gets their axes, where nothing has read it before: its memory is then laid out as theirs is, with what
    /// is joined as frames, and need not be moved.
    /// </summary>
    private void AlignState(Node join)
    {
        int index = join.Inputs.FindIndex(input => values.TryGetValue(input, out LoweredValue? value) && value.Tensor.Storage == TensorStorage.State);
        LoweredValue? newest = join.Inputs.Where((_, i) => i != index).Select(values.GetValueOrDefault).FirstOrDefault(value => value is { Split: null });
        if (index < 0 || newest is null || draft.Operators.Exists(op => op.Inputs.Contains(values[join.Inputs[index]].Tensor) || op.Output == values[join.Inputs[index]].Tensor)
            || graph.ProducerOf(join.Inputs[index]) is not { OpType: "DequantizeLinear" } dequantize
            || graph.States.Find(state => state.Input == dequantize.Inputs[0]) is not { } state)
        {
            return;
        }

        AxisRole[] roles = AlongTime(newest, Axis(join.Int("axis", 0), newest));
        long[] dims = graph.Describe(state.Input)!.StaticShape!;
        if (Enumerable.Range(0, dims.Length).Any(axis => roles[axis] == AxisRole.None && dims[axis] != 1))
        {
            return;
        }

        draft.Remove(values[state.Input].Tensor);
        LoweredValue aligned = AddState(state, roles, values[state.Input].Quantization);
        (values[state.Input], values[dequantize.Outputs[0]]) = (aligned, aligned);
        string other = join.Inputs.First(input => values.GetValueOrDefault(input) == newest);
        values[other] = View(join, newest, roles);
    }

    /// <summary>A value's roles with one of its axes as time, where it has but one frame along the axis that is time now.</summary>
    private static AxisRole[] AlongTime(LoweredValue value, int axis)
    {
        int time = Array.IndexOf(value.Roles, AxisRole.Time);
        if (time == axis || value.Frames != 1)
        {
            return value.Roles;
        }

        AxisRole[] roles = [.. value.Roles];
        if (time >= 0)
        {
            roles[time] = value.Size(axis) == 1 ? roles[axis] : AxisRole.None;
        }

        roles[axis] = AxisRole.Time;
        return roles;
    }

    /// <summary>Copies what each state is to be in the next step, after all that reads what it is in this one.</summary>
    private void AssignStates()
    {
        var copies = new List<(DraftTensor From, DraftTensor State)>();
        foreach (GraphState state in graph.States.Where(state => values.ContainsKey(state.Input)))
        {
            LoweredValue kept = values[state.Input];
            Node node = graph.ProducerOf(state.Output) ?? new Node("Identity", [state.Output], [state.Input], state.Input);
            LoweredValue next = WithoutTimePad(node, Plain(node, values.GetValueOrDefault(state.Output)
                ?? throw Fault(node, $"state '{state.Input}' becomes '{state.Output}', which is no int8 value")));
            if (next.Tensor == kept.Tensor)
            {
                continue;
            }

            if (next.Quantization != kept.Quantization)
            {
                throw Fault(node, $"state '{state.Input}' is read with scale {kept.Tensor.Scale:g6}, zero point {kept.Tensor.ZeroPoint}, and written with {next.Tensor.Scale:g6}, {next.Tensor.ZeroPoint}; expected the same");
            }

            DraftTensor from = View(node, next, kept.Roles).Tensor;
            if (from.Storage == TensorStorage.State)
            {
                // Another state, which may change before this one is written.
                DraftTensor copy = draft.AddActivation($"{state.Input}.next", from.Shape, from.Scale, from.ZeroPoint);
                draft.AddOperator("concatenate", [from], copy, ("axis", [(int)AxisRole.Time]));
                from = copy;
            }

            copies.Add((from, kept.Tensor));
        }

        foreach ((DraftTensor from, DraftTensor state) in copies)
        {
            draft.AddOperator("history", [from], state);
        }

        HistoryFusion.Apply(draft);
    }
}
