using Edge.Inference;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Patterns;

namespace Edge.Quantization.Compilation;

internal sealed partial class Lowering
{
    /// <summary>
    /// The softmax pool that ends in a node. Over time it is taken frame by frame; a stream keeps its sums, and every frame gives what was pooled so far,
    /// or every step, where the newest alone is wanted: then what it reads comes whole steps behind the sound. Another axis becomes the frames of one run.
    /// </summary>
    private LoweredValue LowerSoftmaxPool(Node node, SoftmaxPoolPattern pool, string name, QuantizationParameters output)
    {
        LoweredValue x = WithoutTimePad(node, Plain(node, values[pool.Values])), logits = WithoutTimePad(node, Plain(node, values[pool.Logits]));
        if (x.Roles.Length != logits.Roles.Length || Enumerable.Range(0, x.Roles.Length).Any(axis => x.Size(axis) != logits.Size(axis)))
        {
            throw Fault(node, $"it weights [{Sizes(x)}] by the softmax of [{Sizes(logits)}]; expected logits for every value");
        }

        if (x.Roles[pool.Axis] != AxisRole.Time)
        {
            if (running)
            {
                throw Fault(node, $"it pools axis {pool.Axis}, which is not the time of a stream; build it windowed");
            }

            int[] others = [.. Enumerable.Range(0, x.Roles.Length).Where(axis => axis != pool.Axis && x.Size(axis) > 1).OrderBy(axis => x.Roles[axis])];
            x = Arrange(node, x, Outermost(x.Roles.Length, pool.Axis, others));
        }

        logits = View(node, logits, x.Roles);
        LoweredValue[] evened = Evened(x, logits);
        int wait = newest ? (x.Frames - evened[0].Delay % x.Frames) % x.Frames : 0;
        (x, logits) = (Delayed(evened[0], wait), Delayed(evened[1], wait));

        int[] lanes = x.Tensor.Shape[2..];
        AxisRole[] roles = [.. x.Roles.Select((role, axis) => axis == pool.Axis ? AxisRole.None : role).Where((_, axis) => pool.KeepsAxis || axis != pool.Axis)];
        LoweredValue result = AddActivation(name, [1, running && !newest ? x.Frames : 1, .. lanes], roles, output);
        TensorStorage storage = streaming ? TensorStorage.State : TensorStorage.Arena;
        DraftTensor sums = draft.AddActivation($"{name}.sums", [2, .. lanes, 2], 0, 0, storage, Inference.ElementType.Int32);
        DraftTensor largest = draft.AddActivation($"{name}.largest", lanes, logits.Tensor.Scale, logits.Tensor.ZeroPoint, storage);
        ((string, int[])[] clock, DraftTensor[] clockStates) = ClockOf(x, name);
        double exponent = Math.Clamp(logits.Tensor.Scale * (1 << 26), 0.5, (1 << 30) - 1);
        double scale = x.Tensor.Scale / ((1 << 20) * (double)output.Scale);
        draft.AddOperator(new DraftOperator(
            "softmax-pool", [x.Tensor, logits.Tensor], result.Tensor, [.. Multiplier("multiplier", exponent), .. Multiplier("outputMultiplier", scale), .. clock])
        {
            States = [sums, largest, .. clockStates],
        });
        result.Tensor.Delay = newest ? x.Delay / x.Frames : x.Delay;
        return result;
    }

    /// <summary>Roles that make one axis the frames and leave at most two others behind it.</summary>
    private static AxisRole[] Outermost(int rank, int axis, int[] others)
    {
        var roles = new AxisRole[rank];
        roles[axis] = AxisRole.Time;
        for (int i = 1; i <= others.Length; i++)
        {
            roles[others[^i]] = (AxisRole)(4 - i);
        }

        return roles;
    }

    /// <summary>
    /// The product of two values that have all time in them, such as pooled ones: each frame has one of its own. The device's batch-matmul has its
    /// batch in the width, so frames change places with rows.
    /// </summary>
    private LoweredValue LowerProductOfFrames(Node node, LoweredValue a, LoweredValue b, string name, QuantizationParameters output)
    {
        int rank = a.Roles.Length;
        if (Enumerable.Range(0, rank - 2).Any(axis => a.Size(axis) > 1 || b.Size(axis) > 1))
        {
            throw Fault(node, $"it multiplies [{Sizes(a)}] with [{Sizes(b)}] in a stream; expected two matrices");
        }

        var roles = new AxisRole[rank];
        (roles[^2], roles[^1]) = (AxisRole.Width, AxisRole.Channel);
        bool transposed = b.Roles[^1] == AxisRole.Width || b.Roles[^2] == AxisRole.Channel;
        AxisRole[] columns = [.. roles];
        (columns[^2], columns[^1]) = transposed ? (AxisRole.Channel, AxisRole.Width) : (AxisRole.Width, AxisRole.Channel);
        DraftTensor left = FramesAsWidth(View(node, a, roles).Tensor), right = FramesAsWidth(View(node, b, columns).Tensor);
        int[] shape = [1, left.Shape[1], left.Shape[2], right.Shape[transposed ? 1 : 3]];
        DraftTensor product = AddActivation($"{name}.product", shape, roles, output).Tensor;
        draft.AddOperator(
            "batch-matmul", [left, right], product,
            [("transposeB", [transposed ? 1 : 0]), .. Multiplier("multiplier", (float)left.Scale * (float)right.Scale / output.Scale)]);
        return new LoweredValue(FramesAsWidth(product), roles);
    }

    /// <summary>[1, n, w, c] as [1, w, n, c], and back; where one of them is 1 nothing moves.</summary>
    private DraftTensor FramesAsWidth(DraftTensor tensor)
    {
        int[] shape = [1, tensor.Shape[2], tensor.Shape[1], tensor.Shape[3]];
        DraftTensor turned = draft.AddActivation($"{tensor.Name}.turned", shape, tensor.Scale, tensor.ZeroPoint, type: tensor.Type);
        if (tensor.Shape[1] == 1 || tensor.Shape[2] == 1)
        {
            draft.AddOperator("reshape", [tensor], turned);
        }
        else
        {
            draft.AddOperator("transpose", [tensor], turned, ("axes", [0, 2, 1, 3]));
        }

        return turned;
    }
}
