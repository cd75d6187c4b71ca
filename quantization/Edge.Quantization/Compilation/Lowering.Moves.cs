using Edge.Quantization.Graph;
using Edge.Quantization.Rewriting;

namespace Edge.Quantization.Compilation;

internal sealed partial class Lowering
{
    private LoweredValue LowerTranspose(Node node)
    {
        LoweredValue input = Value(node, 0);
        ReadOnlySpan<long> order = node.Ints("perm");
        var roles = new AxisRole[input.Roles.Length];
        for (int i = 0; i < roles.Length; i++)
        {
            roles[i] = input.Roles[order.Length > 0 ? (int)order[i] : roles.Length - 1 - i];
        }

        return input with { Roles = roles };
    }

    private LoweredValue LowerSqueeze(Node node)
    {
        LoweredValue input = Value(node, 0);
        if (node.OpType == "Unsqueeze")
        {
            List<AxisRole> grown = [.. input.Roles];
            foreach (int axis in Axes(node, input.Roles.Length + Axes(node, 99).Length).Order())
            {
                grown.Insert(axis, AxisRole.None);
            }

            return input with { Roles = [.. grown] };
        }

        int[] axes = Axes(node, input.Roles.Length);
        return Array.TrueForAll(axes, axis => input.Size(axis) == 1 && input.Roles[axis] != AxisRole.Time)
            ? input with { Roles = [.. input.Roles.Where((_, axis) => !axes.Contains(axis))] }
            : throw Fault(node, $"its axes [{string.Join(", ", axes)}] are not all of size 1, or one of them is time");
    }

    /// <summary>Reshapes that only drop or add axes of size 1, or flatten everything behind the batch.</summary>
    private LoweredValue LowerReshape(Node node)
    {
        LoweredValue input = WithoutTimePad(node, Value(node, 0));
        long[]? shape = node.OpType == "Flatten" ? [1, -1] : graph.Constant(node.Input(1))?.ToLongs();
        int elements = input.Frames * input.Width * input.Channels;
        if (shape is [1 or 0, var rest] && (rest == -1 || rest == elements) && !streaming && InMemoryOrder(input))
        {
            LoweredValue flat = AddActivation($"{input.Tensor.Name}.flat", [1, 1, 1, elements], [AxisRole.None, AxisRole.Channel], input.Quantization);
            draft.AddOperator("reshape", [input.Tensor], flat.Tensor);
            return flat;
        }

        throw Fault(node, "this reshape changes more than axes of size 1, or the order in memory; use Squeeze, Unsqueeze or Transpose");
    }

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
        bool onlyTimeInFront = after.All(p => p == 0) && Enumerable.Range(0, rank).All(axis => axis == time || before[axis] == 0);
        if (onlyTimeInFront)
        {
            return input with { TimePad = input.TimePad + before[time] };
        }

        if (streaming && (time < 0 || before[time] != 0 || after[time] != 0))
        {
            throw Fault(node, "it pads after the newest frame, or in time and elsewhere at once; a stream pads on the left in a Pad of its own");
        }

        input = WithoutTimePad(node, input);
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

        LoweredValue result = AddActivation(name, shape, input.Roles, input.Quantization);
        draft.AddOperator("pad", [input.Tensor], result.Tensor, ("before", at));
        return result;
    }

    private LoweredValue LowerConcat(Node node, string name, QuantizationParameters output)
    {
        LoweredValue[] inputs = [.. Enumerable.Range(0, node.Inputs.Count).Select(i => WithoutTimePad(node, Value(node, i)))];
        long axis = node.Int("axis", 0);
        AxisRole role = inputs[0].Roles[(int)(axis < 0 ? axis + inputs[0].Roles.Length : axis)];
        if (role == AxisRole.None || (role == AxisRole.Time && streaming) || inputs.Any(i => !i.Roles.AsSpan().SequenceEqual(inputs[0].Roles)))
        {
            throw Fault(node, "it joins along an axis of size 1, along time in a stream, or values of different memory order");
        }

        int[] shape = [.. inputs[0].Tensor.Shape];
        shape[(int)role] = inputs.Sum(i => i.Tensor.Shape[(int)role]);
        LoweredValue result = AddActivation(name, shape, inputs[0].Roles, output);
        draft.AddOperator("concatenate", [.. inputs.Select(i => i.Tensor)], result.Tensor, ("axis", [(int)role]));
        return result;
    }

    private LoweredValue LowerSlice(Node node, string name)
    {
        LoweredValue input = WithoutTimePad(node, Value(node, 0));
        long[]? starts = graph.Constant(node.Input(1))?.ToLongs(), ends = graph.Constant(node.Input(2))?.ToLongs();
        if (starts is null || ends is null)
        {
            throw Fault(node, "its bounds are computed; expected constants");
        }

        long[] axes = graph.Constant(node.Input(3))?.ToLongs() ?? [.. Enumerable.Range(0, starts.Length).Select(i => (long)i)];
        long[] steps = graph.Constant(node.Input(4))?.ToLongs() ?? [.. starts.Select(_ => 1L)];
        int[] shape = [.. input.Tensor.Shape], begin = new int[4], stride = [1, 1, 1, 1];
        for (int i = 0; i < starts.Length; i++)
        {
            AxisRole role = input.Roles[(int)(axes[i] < 0 ? axes[i] + input.Roles.Length : axes[i])];
            if (steps[i] < 1 || role == AxisRole.None || (role == AxisRole.Time && streaming))
            {
                throw Fault(node, "it runs backwards, along an axis of size 1, or along time in a stream");
            }

            long size = shape[(int)role];
            long first = Math.Clamp(starts[i] < 0 ? starts[i] + size : starts[i], 0, size);
            long end = Math.Clamp(ends[i] < 0 ? ends[i] + size : ends[i], first, size);
            (begin[(int)role], stride[(int)role], shape[(int)role]) = ((int)first, (int)steps[i], (int)((end - first + steps[i] - 1) / steps[i]));
        }

        if (shape.Contains(0))
        {
            throw Fault(node, "it takes nothing");
        }

        LoweredValue result = AddActivation(name, shape, input.Roles, input.Quantization);
        draft.AddOperator("slice", [input.Tensor], result.Tensor, ("begin", begin), ("stride", stride));
        return result;
    }

    /// <summary>
    /// The value as an operator wants to see it. Axes of size 1 are free to move; the others must have the wanted roles, or lie in memory
    /// in the same order under other names, as when one input channel makes the features a width.
    /// </summary>
    private LoweredValue View(Node node, LoweredValue value, params AxisRole[] wanted)
    {
        if (value.Roles.Length != wanted.Length)
        {
            throw Fault(node, $"it reads a value of {value.Roles.Length} axes; expected {wanted.Length}");
        }

        if (Enumerable.Range(0, wanted.Length).All(axis => value.Roles[axis] == wanted[axis] || value.Size(axis) == 1 && Missing(value, wanted[axis])))
        {
            return value with { Roles = wanted };
        }

        int[] shape = [1, 1, 1, 1];
        for (int axis = 0; axis < wanted.Length; axis++)
        {
            shape[(int)wanted[axis]] = value.Size(axis);
        }

        IEnumerable<AxisRole> now = Enumerable.Range(0, wanted.Length).Where(a => value.Size(a) > 1).OrderBy(a => value.Roles[a]).Select(a => wanted[a]);
        if (!now.SequenceEqual(now.Order()) || value.Roles.Contains(AxisRole.Time) && Array.IndexOf(value.Roles, AxisRole.Time) != Array.IndexOf(wanted, AxisRole.Time))
        {
            throw Fault(node, $"its axes lie in memory in another order than it reads them; expected [{string.Join(", ", wanted)}], found [{string.Join(", ", value.Roles)}]");
        }

        LoweredValue view = AddActivation($"{value.Tensor.Name}.view", shape, wanted, value.Quantization) with { TimePad = value.TimePad };
        draft.AddOperator("reshape", [value.Tensor], view.Tensor);
        return view;
    }

    private static bool Missing(LoweredValue value, AxisRole role) => role == AxisRole.None || value.Tensor.Shape[(int)role] == 1;

    private static bool InMemoryOrder(LoweredValue value)
    {
        IEnumerable<AxisRole> roles = Enumerable.Range(0, value.Roles.Length).Where(axis => value.Size(axis) > 1).Select(axis => value.Roles[axis]);
        return roles.SequenceEqual(roles.Order());
    }

    private int[] Axes(Node node, int rank)
    {
        long[] axes = graph.Constant(node.Input(1))?.ToLongs() ?? node.Ints("axes").ToArray();
        return [.. axes.Select(axis => (int)(axis < 0 ? axis + rank : axis))];
    }
}
