using Edge.Quantization.Graph;

namespace Edge.Quantization.Compilation;

internal sealed partial class Lowering
{
    private LoweredValue LowerPad(Node node, string name)
    {
        LoweredValue input = Value(node, 0);
        long[]? pads = graph.Constant(node.Input(1))?.ToLongs() ?? (node.Ints("pads") is { Length: > 0 } attribute ? attribute.ToArray() : null);
        float value = graph.Constant(node.Input(2))?.ToFloats()[0] ?? 0;
        if (pads is null || pads.Length != 2 * input.Roles.Length || node.String("mode", "constant") != "constant" || value != 0 || pads.Any(p => p < 0))
        {
            throw Fault(node, "expected constant, non-negative pads with value 0");
        }

        int rank = input.Roles.Length;
        int[] before = [.. Enumerable.Range(0, rank).Select(axis => (int)pads[axis])];
        int[] after = [.. Enumerable.Range(0, rank).Select(axis => (int)pads[axis + rank])];
        int time = Array.IndexOf(input.Roles, AxisRole.Time);
        if (time >= 0)
        {
            // The next window over time takes these into account.
            input = input with { TimePad = input.TimePad + before[time], TimePadAfter = input.TimePadAfter + after[time] };
            (before[time], after[time]) = (0, 0);
        }

        if (before.Concat(after).All(pad => pad == 0))
        {
            return input;
        }

        int[] shape = [.. input.Tensor.Shape];
        int[] at = new int[4];
        for (int axis = 0; axis < rank; axis++)
        {
            if (before[axis] + after[axis] == 0)
            {
                continue;
            }

            if (input.Roles[axis] == AxisRole.None)
            {
                throw Fault(node, $"axis {axis} of size 1 cannot be padded");
            }

            shape[(int)input.Roles[axis]] += before[axis] + after[axis];
            at[(int)input.Roles[axis]] = before[axis];
        }

        LoweredValue result = AddActivation(name, shape, input.Roles, input.Quantization) with { TimePad = input.TimePad, TimePadAfter = input.TimePadAfter };
        draft.AddOperator("pad", [input.Tensor], result.Tensor, ("before", at));
        return result;
    }

    private LoweredValue LowerConcat(Node node, string name, QuantizationParameters output)
    {
        AlignState(node);
        LoweredValue[] joined = Evened([.. node.Inputs.Select((input, i) => (input, i)).Where(one => values.ContainsKey(one.input)).Select(one => WithoutTimePad(node, Value(node, one.i)))]);
        var next = new Queue<LoweredValue>(joined);
        LoweredValue?[] inputs = [.. node.Inputs.Select(input => values.ContainsKey(input) ? next.Dequeue() : null)];
        LoweredValue first = joined.FirstOrDefault() ?? throw Fault(node, "it reads no int8 value");
        AxisRole[] roles = first.Roles;
        int axis = Axis(node.Int("axis", 0), first);
        if (roles[axis] == AxisRole.None)
        {
            // Along an axis of size 1, joining makes the axis: it takes a role that no other has.
            AxisRole free = Enumerable.Range(running ? 2 : 1, running ? 2 : 3).Select(role => (AxisRole)role).FirstOrDefault(role => first.Tensor.Shape[(int)role] == 1 && !roles.Contains(role));
            roles = [.. roles.Select((role, i) => i == axis ? free : role)];
        }

        AxisRole along = roles[axis];
        if (along == AxisRole.None || (along == AxisRole.Time && streaming))
        {
            throw Fault(node, "it joins along time in a stream, or along a fourth axis");
        }

        DraftTensor[] parts = [.. inputs.Select((input, i) => input is null ? ConstantPart(node, i, roles, output) : Requantized(View(node, input, roles), output).Tensor)];
        int[] shape = [.. parts[0].Shape];
        shape[(int)along] = parts.Sum(part => part.Shape[(int)along]);
        if (Array.Exists(parts, part => Enumerable.Range(0, 4).Any(d => d != (int)along && part.Shape[d] != shape[d])))
        {
            throw Fault(node, $"it joins {string.Join(" and ", parts.Select(part => $"[{string.Join(", ", part.Shape)}]"))} along {along}; the other sizes must agree");
        }

        LoweredValue result = AddActivation(name, shape, roles, output);
        draft.AddOperator("concatenate", parts, result.Tensor, ("axis", [(int)along]));
        return result;
    }

    /// <summary>A constant that is joined to values, such as a class token: in the device's order and the result's scale.</summary>
    private DraftTensor ConstantPart(Node node, int index, AxisRole[] roles, QuantizationParameters output)
    {
        (Tensor stored, QuantizationParameters parameters) = Constant(node, index);
        if (stored.Dims.Length != roles.Length)
        {
            throw Fault(node, $"input '{node.Inputs[index]}' has {stored.Dims.Length} axes; expected {roles.Length}");
        }

        int[] shape = [1, 1, 1, 1];
        for (int axis = 0; axis < roles.Length; axis++)
        {
            if (stored.Dims[axis] != 1 && roles[axis] == AxisRole.None)
            {
                throw Fault(node, $"input '{node.Inputs[index]}' has size {stored.Dims[axis]} along axis {axis}; expected 1");
            }

            shape[(int)roles[axis]] *= (int)stored.Dims[axis];
        }

        sbyte[] values = [.. Spread(stored, roles, shape).Select(q => output.Quantize(parameters.Dequantize(q)))];
        return draft.AddConstant(node.Inputs[index], shape, values, output.Scale, output.ZeroPoint);
    }

    private LoweredValue LowerSlice(Node node, string name)
    {
        LoweredValue input = SplitOrPlain(node, 0);
        long[]? starts = graph.Constant(node.Input(1))?.ToLongs(), ends = graph.Constant(node.Input(2))?.ToLongs();
        if (starts is null || ends is null)
        {
            throw Fault(node, "its bounds are computed; expected constants");
        }

        long[] axes = graph.Constant(node.Input(3))?.ToLongs() ?? [.. Enumerable.Range(0, starts.Length).Select(i => (long)i)];
        long[] steps = graph.Constant(node.Input(4))?.ToLongs() ?? [.. starts.Select(_ => 1L)];
        for (int i = 0; i < starts.Length; i++)
        {
            int axis = Axis(axes[i], input);
            long size = SizeOf(input, axis);
            long first = Math.Clamp(starts[i] < 0 ? starts[i] + size : starts[i], 0, size);
            long end = Math.Clamp(ends[i] < 0 ? ends[i] + size : ends[i], first, size);
            if (steps[i] < 1 || end == first)
            {
                throw Fault(node, steps[i] < 1 ? "it runs backwards" : "it takes nothing");
            }

            input = Take(node, name, input, axis, (int)first, (int)((end - first + steps[i] - 1) / steps[i]), (int)steps[i]);
        }

        return input;
    }

    /// <summary>Gather of one index, or of indices that follow one another, is a slice; one index alone drops its axis.</summary>
    private LoweredValue LowerGather(Node node, string name)
    {
        LoweredValue input = SplitOrPlain(node, 0);
        int axis = Axis(node.Int("axis", 0), input);
        Tensor stored = graph.Constant(node.Input(1)) ?? throw Fault(node, "its indices are computed; expected constants. Export with fixed shapes if it reads a shape");
        int size = SizeOf(input, axis);
        long[] indices = [.. stored.ToLongs().Select(index => index < 0 ? index + size : index)];
        if (stored.Dims.Length > 1 || indices.Length == 0 || indices.Where((index, i) => index != indices[0] + i || index >= size || index < 0).Any())
        {
            throw Fault(node, $"it takes indices [{string.Join(", ", indices)}] of {size}; expected one, or some that follow one another");
        }

        LoweredValue taken = Take(node, name, input, axis, (int)indices[0], indices.Length, 1);
        return stored.Dims.Length > 0 ? taken : taken with
        {
            Roles = [.. taken.Roles.Where((_, i) => i != axis)],
            Split = taken.Split is { } split ? split with { Places = [.. split.Places.Where((_, i) => i != axis)] } : null,
        };
    }

    /// <summary>The output of a Split that is quantized here: a slice.</summary>
    private LoweredValue LowerSplit(Node node, string name)
    {
        LoweredValue input = SplitOrPlain(node, 0);
        int axis = Axis(node.Int("axis", 0), input);
        int size = SizeOf(input, axis);
        int even = (size + node.Outputs.Count - 1) / node.Outputs.Count;
        long[] parts = graph.Constant(node.Input(1))?.ToLongs() ?? node.Ints("split").ToArray();
        parts = parts.Length > 0 ? parts : [.. node.Outputs.Select((_, i) => (long)Math.Min(even, size - i * even))];
        int index = node.Outputs.IndexOf(name);
        return parts.Length == node.Outputs.Count && parts.Sum() == size && parts.All(part => part > 0)
            ? Take(node, name, input, axis, (int)parts[..index].Sum(), (int)parts[index], 1)
            : throw Fault(node, $"it cuts {size} into [{string.Join(", ", parts)}]; expected {node.Outputs.Count} parts of that sum");
    }

    /// <summary>Some of a value along one axis of the graph.</summary>
    private LoweredValue Take(Node node, string name, LoweredValue input, int axis, int first, int count, int step)
    {
        if (count == SizeOf(input, axis))
        {
            return input;
        }

        if (input.Split is { } split)
        {
            return TakeFromSplit(name, input, split, axis, first, count, step);
        }

        input = WithoutTimePad(node, input);
        AxisRole role = input.Roles[axis];
        if (role == AxisRole.Time && streaming)
        {
            throw Fault(node, "it takes frames out of a stream; build it windowed");
        }

        int[] shape = [.. input.Tensor.Shape], begin = new int[4], stride = [1, 1, 1, 1];
        (begin[(int)role], stride[(int)role], shape[(int)role]) = (first, step, count);
        LoweredValue result = AddActivation(name, shape, input.Roles, input.Quantization);
        draft.AddOperator("slice", [input.Tensor], result.Tensor, ("begin", begin), ("stride", stride));
        return result;
    }

    private LoweredValue TakeFromSplit(string name, LoweredValue input, SplitAxes split, int axis, int first, int count, int step)
    {
        int place = split.Places[axis];
        int[] sizes = [.. split.Sizes], begin = new int[4], stride = [1, 1, 1, 1];
        LoweredValue whole = Reshaped(input, [.. sizes], input.Roles);
        (begin[place], stride[place], sizes[place]) = (first, step, count);
        LoweredValue taken = AddActivation(name, sizes, input.Roles, input.Quantization);
        draft.AddOperator("slice", [whole.Tensor], taken.Tensor, ("begin", begin), ("stride", stride));
        if (count > 1)
        {
            return taken with { Split = split with { Sizes = sizes } };
        }

        // Three axes are left: time, width and channels in memory order.
        AxisRole[] roles = [.. split.Places.Select(p => p < 0 || p == place ? AxisRole.None : (AxisRole)(p < place ? p + 1 : p))];
        return Reshaped(taken, [1, .. sizes.Where((_, p) => p != place)], roles);
    }

    private static int SizeOf(LoweredValue value, int axis) =>
        value.Split is not { } split ? value.Size(axis) : split.Places[axis] < 0 ? 1 : split.Sizes[split.Places[axis]];

    /// <summary>A value that only moved in another scale, where its QuantizeLinear asks for one.</summary>
    private LoweredValue Requantized(LoweredValue value, QuantizationParameters output)
    {
        if (value.Quantization == output)
        {
            return value;
        }

        LoweredValue result = AddActivation($"{value.Tensor.Name}.requantized", value.Tensor.Shape, value.Roles, output) with { TimePad = value.TimePad, TimePadAfter = value.TimePadAfter, Split = value.Split };
        draft.AddOperator("requantize", [value.Tensor], result.Tensor, Multiplier("multiplier", value.Tensor.Scale / output.Scale));
        return result;
    }
}
