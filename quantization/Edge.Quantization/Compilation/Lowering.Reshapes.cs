using Edge.Quantization.Graph;

namespace Edge.Quantization.Compilation;

internal sealed partial class Lowering
{
    /// <summary>Stands for the frames of a step while a stream's shapes are compared: no factor of any other dimension.</summary>
    private const long StepOfFrames = 1_000_003;

    private LoweredValue LowerTranspose(Node node)
    {
        LoweredValue input = SplitOrPlain(node, 0);
        return input with { Roles = Permute(node, input.Roles), Split = input.Split is { } split ? split with { Places = Permute(node, split.Places) } : null };
    }

    private T[] Permute<T>(Node node, T[] axes)
    {
        long[] order = node.Ints("perm").ToArray();
        order = order.Length > 0 ? order : [.. Enumerable.Range(0, axes.Length).Reverse()];
        return order.Order().SequenceEqual(Enumerable.Range(0, axes.Length).Select(axis => (long)axis))
            ? [.. order.Select(axis => axes[axis])]
            : throw Fault(node, $"its perm [{string.Join(", ", order)}] is no order of its input's {axes.Length} axes");
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
        axes = axes.Length > 0 ? axes : [.. Enumerable.Range(0, input.Roles.Length).Where(axis => input.Size(axis) == 1)];
        return Array.TrueForAll(axes, axis => input.Size(axis) == 1 && !(streaming && input.Roles[axis] == AxisRole.Time))
            ? input with { Roles = [.. input.Roles.Where((_, axis) => !axes.Contains(axis))] }
            : throw Fault(node, $"its axes [{string.Join(", ", axes)}] are not all of size 1, or one of them is the time of a stream");
    }

    /// <summary>
    /// A reshape splits axes and joins them, each group of axes on its own. What lies in memory in the graph's order keeps its place; else it is
    /// brought into that order first.
    /// </summary>
    private LoweredValue LowerReshape(Node node)
    {
        LoweredValue input = WithoutTimePad(node, Value(node, 0));
        long[] from = [.. input.Roles.Select((role, axis) => running && role == AxisRole.Time ? StepOfFrames : input.Size(axis))];
        long[] to = TargetShape(node, from);
        List<(int[] From, int[] To)> groups = Groups(node, from, to);
        if (groups.Exists(group => !LiesInOrder(input, group.From)))
        {
            input = Arrange(node, input, RolesInOrder(input));
        }

        // Memory order of the new axes: group by group as the old ones lie, within a group in the graph's order.
        int[] order = [.. groups.OrderBy(group => input.Roles[group.From[0]]).SelectMany(group => group.To)];
        if (order.Length > 3)
        {
            return order.Length == 4 && !running
                ? new LoweredValue(input.Tensor, new AxisRole[to.Length])
                {
                    Split = new SplitAxes([.. order.Select(axis => (int)to[axis])], [.. Enumerable.Range(0, to.Length).Select(axis => Array.IndexOf(order, axis))]),
                }
                : throw Fault(node, $"it makes a value of {order.Length} axes larger than 1; at most 3 can be told apart, time among them");
        }

        AxisRole[] roles = NewRoles(node, input, groups, order, to);
        int[] shape = [1, HasAllTime(input) ? input.Frames : 1, 1, 1];
        foreach (int axis in order)
        {
            shape[(int)roles[axis]] = to[axis] == StepOfFrames ? input.Frames : (int)to[axis];
        }

        return Reshaped(input, shape, roles);
    }

    /// <summary>The shape a Reshape or Flatten asks for, with its 0 and -1 worked out.</summary>
    private long[] TargetShape(Node node, long[] from)
    {
        long elements = from.Aggregate(1L, (product, size) => product * size);
        if (node.OpType == "Flatten")
        {
            int axis = (int)node.Int("axis", 1);
            long front = from[..(axis < 0 ? axis + from.Length : axis)].Aggregate(1L, (product, size) => product * size);
            return [front, elements / front];
        }

        long[] to = graph.Constant(node.Input(1))?.ToLongs()
            ?? throw Fault(node, "its shape is computed at run time; give the input's shape a hint, or export with fixed shapes");
        to = [.. to.Select((size, axis) => size == 0 && node.Int("allowzero", 0) == 0 && axis < from.Length ? from[axis] : size)];
        long known = to.Where(size => size != -1).Aggregate(1L, (product, size) => product * size);
        if (to.Count(size => size == -1) == 1 && known > 0 && elements % known == 0)
        {
            to = [.. to.Select(size => size == -1 ? elements / known : size)];
            known = elements;
        }

        return known == elements && to.All(size => size > 0) ? to : throw Fault(
            node,
            $"it reshapes [{Describe(from)}] to [{Describe(to)}]; was it exported for another number of frames than it is built for? {(running ? "A stream needs -1 or 0 for time" : "Build it windowed with that many frames")}");
    }

    private static string Describe(IEnumerable<long> shape) => string.Join(", ", shape.Select(size => size == StepOfFrames ? "time" : $"{size}"));

    /// <summary>The smallest runs of old and new axes of equal size; axes of size 1 belong to none.</summary>
    private List<(int[] From, int[] To)> Groups(Node node, long[] from, long[] to)
    {
        var groups = new List<(int[] From, int[] To)>();
        int[] old = [.. Enumerable.Range(0, from.Length).Where(axis => from[axis] != 1)];
        int[] made = [.. Enumerable.Range(0, to.Length).Where(axis => to[axis] != 1)];
        for ((int i, int j) = (0, 0); i < old.Length && j < made.Length;)
        {
            (int firstOld, int firstMade) = (i, j);
            (long left, long right) = (from[old[i++]], to[made[j++]]);
            while (left != right)
            {
                if (left < right)
                {
                    left *= from[old[i++]];
                }
                else
                {
                    right *= to[made[j++]];
                }
            }

            groups.Add((old[firstOld..i], made[firstMade..j]));
        }

        return running && groups.Exists(group => group.From.Any(axis => from[axis] == StepOfFrames) && (group.From.Length > 1 || group.To.Length > 1))
            ? throw Fault(node, $"it reshapes [{Describe(from)}] to [{Describe(to)}] and with it the time of a stream; build it windowed")
            : groups;
    }

    /// <summary>Whether axes follow one another in memory with nothing between them.</summary>
    private static bool LiesInOrder(LoweredValue value, int[] axes)
    {
        for (int i = 1; i < axes.Length; i++)
        {
            (AxisRole previous, AxisRole role) = (value.Roles[axes[i - 1]], value.Roles[axes[i]]);
            if (previous >= role || Enumerable.Range((int)previous + 1, role - previous - 1).Any(between => value.Tensor.Shape[between] > 1))
            {
                return false;
            }
        }

        return true;
    }

    private AxisRole[] NewRoles(Node node, LoweredValue input, List<(int[] From, int[] To)> groups, int[] order, long[] to)
    {
        var roles = new AxisRole[to.Length];
        if (groups.TrueForAll(group => group is { From.Length: 1, To.Length: 1 }))
        {
            foreach ((int[] from, int[] made) in groups)
            {
                roles[made[0]] = input.Roles[from[0]];
            }

            return roles;
        }

        bool timeFirst = !HasAllTime(input) && (!running || order.Length == 0 || to[order[0]] == StepOfFrames);
        AxisRole[] names = timeFirst ? [AxisRole.Time, AxisRole.Width, AxisRole.Channel] : [AxisRole.Width, AxisRole.Channel];
        if (order.Length > names.Length)
        {
            throw Fault(node, "it makes more axes than a step of a stream has room for");
        }

        for (int i = 0; i < order.Length; i++)
        {
            roles[order[i]] = i == order.Length - 1 ? AxisRole.Channel : names[i];
        }

        return roles;
    }

    private LoweredValue Reshaped(LoweredValue input, int[] shape, AxisRole[] roles)
    {
        if (shape.AsSpan().SequenceEqual(input.Tensor.Shape))
        {
            return input with { Roles = roles };
        }

        LoweredValue result = AddActivation($"{input.Tensor.Name}.reshaped", shape, roles, input.Quantization) with { TimePad = input.TimePad, TimePadAfter = input.TimePadAfter };
        draft.AddOperator("reshape", [input.Tensor], result.Tensor);
        return result;
    }

    /// <summary>Roles that put the axes into memory in the graph's order, the last one innermost also where its size is 1.</summary>
    private AxisRole[] RolesInOrder(LoweredValue value)
    {
        int last = value.Roles.Length - 1;
        AxisRole[] roles = InOrder(value.Roles.Length, [.. Enumerable.Range(0, last).Where(axis => value.Size(axis) > 1 || (running && value.Roles[axis] == AxisRole.Time)), last]);
        return HasAllTime(value) ? [.. roles.Select(role => role == AxisRole.Time ? AxisRole.Width : role)] : roles;
    }

    /// <summary>
    /// Whether a value of a stream, or of the form it is proven against, has no axis of time any more, as a pooled one: its frames are what was pooled
    /// so far, and stay what they are whatever becomes of its axes.
    /// </summary>
    private bool HasAllTime(LoweredValue value) => running && !value.Roles.Contains(AxisRole.Time);

    /// <summary>The value with its axes in memory where the roles want them; moves elements only where their order changes.</summary>
    private LoweredValue Arrange(Node node, LoweredValue value, AxisRole[] wanted)
    {
        int[] shape = [1, 1, 1, 1];
        int[] axes = [-1, -1, -1, -1];
        if (HasAllTime(value) && value.Frames > 1)
        {
            (shape[(int)AxisRole.Time], axes[(int)AxisRole.Time]) = (value.Frames, (int)AxisRole.Time);
        }

        for (int axis = 0; axis < wanted.Length; axis++)
        {
            if (value.Size(axis) > 1)
            {
                if (wanted[axis] == AxisRole.None || axes[(int)wanted[axis]] >= 0)
                {
                    throw Fault(node, $"axis {axis} has size {value.Size(axis)} where it expects 1; a batch is not supported");
                }

                shape[(int)wanted[axis]] = value.Size(axis);
                axes[(int)wanted[axis]] = (int)value.Roles[axis];
            }
        }

        int[] moved = [.. axes.Where(axis => axis >= 0)];
        if (moved.SequenceEqual(moved.Order()))
        {
            return Reshaped(value, shape, wanted);
        }

        if (streaming && Array.IndexOf(axes, (int)AxisRole.Time) is not (-1 or (int)AxisRole.Time))
        {
            throw Fault(node, "it needs time elsewhere in memory than a stream has it; build it windowed");
        }

        value = WithoutTimePad(node, value);
        var free = new Queue<int>(Enumerable.Range(0, 4).Except(moved));
        axes = [.. axes.Select(axis => axis >= 0 ? axis : free.Dequeue())];
        LoweredValue result = AddActivation($"{value.Tensor.Name}.transposed", shape, wanted, value.Quantization);
        draft.AddOperator("transpose", [value.Tensor], result.Tensor, ("axes", axes));
        return result;
    }

    /// <summary>
    /// The value as an operator wants to see it. Axes of size 1 are free to move; the others have the wanted roles, or lie in memory in the same
    /// order under other names, as when one input channel makes the features a width, or are moved.
    /// </summary>
    private LoweredValue View(Node node, LoweredValue value, params AxisRole[] wanted)
    {
        if (value.Roles.Length != wanted.Length)
        {
            throw Fault(node, $"it reads a value of {value.Roles.Length} axes; expected {wanted.Length}");
        }

        if (Enumerable.Range(0, wanted.Length).All(axis => value.Roles[axis] == wanted[axis] || (value.Size(axis) == 1 && Missing(value, wanted[axis]))))
        {
            return value with { Roles = wanted };
        }

        if (streaming && value.Roles.Contains(AxisRole.Time) && Array.IndexOf(value.Roles, AxisRole.Time) != Array.IndexOf(wanted, AxisRole.Time))
        {
            throw Fault(node, $"it reads time as another axis: expected [{string.Join(", ", wanted)}], found [{string.Join(", ", value.Roles)}]");
        }

        return Arrange(node, value, wanted);
    }

    private static bool Missing(LoweredValue value, AxisRole role) => role == AxisRole.None || value.Tensor.Shape[(int)role] == 1;

    private int[] Axes(Node node, int rank)
    {
        long[] axes = graph.Constant(node.Input(1))?.ToLongs() ?? node.Ints("axes").ToArray();
        return [.. axes.Select(axis => (int)(axis < 0 ? axis + rank : axis))];
    }
}
