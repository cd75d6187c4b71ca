using Edge.Inference;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Patterns;

namespace Edge.Quantization.Compilation;

/// <summary>What remembers frames in a state of 16 bits or more: Legendre memories, leaky integrate-and-fire neurons, means of all frames so far.</summary>
internal sealed partial class Lowering
{
    private LoweredValue LowerLegendreMemory(Node node, LegendreMemoryPattern pattern, string name, QuantizationParameters output)
    {
        LoweredValue u = Value(node, 0);
        int spatial = graph.Constant(node.Inputs[1])!.Dims.Length - 2;
        u = spatial == 1
            ? View(node, u, AxisRole.None, AxisRole.Channel, AxisRole.Time)
            : View(node, u, AxisRole.None, AxisRole.Channel, AxisRole.Time, AxisRole.Width);
        Geometry time = Axis(node, 0, spatial, pattern.Taps);
        if (time.Before + u.TimePad != pattern.Taps - 1 || time.After + u.TimePadAfter != 0 || u.Width != 1)
        {
            throw Fault(node, $"it is a Legendre memory padded with {time.Before + u.TimePad} frames in front and {time.After + u.TimePadAfter} behind; expected {pattern.Taps - 1} and 0");
        }

        int order = pattern.Design.Order;
        double largest = Math.Max(output.Bits == 16 ? short.MaxValue : sbyte.MaxValue - output.ZeroPoint, output.Bits == 16 ? 0 : output.ZeroPoint - sbyte.MinValue);
        var wide = new QuantizationParameters((float)(output.Scale * largest / short.MaxValue), 0, 16);
        int largestInput = u.Tensor.Type == Inference.ElementType.Int16 ? 1 << 15 : Math.Max(sbyte.MaxValue - u.Tensor.ZeroPoint, u.Tensor.ZeroPoint - sbyte.MinValue);
        LegendreFormats formats = LegendreFormats.Create(pattern.Design, u.Tensor.Scale, wide.Scale, largestInput);
        LoweredValue m = AddActivation(name, [1, u.Frames, 1, order], u.Roles, wide);
        DraftTensor state = AddMemory($"{name}.memory", [order], wide.Scale, Inference.ElementType.Int16);
        ((string, int[])[] delay, DraftTensor[] clock) = ClockOf(u, name);
        draft.AddOperator(
            new DraftOperator(
                "legendre-memory",
                [
                    u.Tensor, draft.AddConstant($"{name}.A", [order, order], formats.StateMatrix), draft.AddConstant($"{name}.B", [order], formats.InputVector),
                    draft.AddConstant($"{name}.shifts", [2, order], formats.Shifts),
                ],
                m.Tensor, delay)
            {
                States = [state, .. clock],
            });
        return m;
    }

    private LoweredValue LowerNeurons(Node node, string name)
    {
        LeakyIntegrateAndFirePattern neurons = LeakyIntegrateAndFirePattern.Find(graph, node)!;
        LoweredValue x = WithoutTimePad(node, Value(node, 1));
        int axis = Axis(neurons.Axis, x);
        if (x.Roles[axis] != AxisRole.Time && x.Frames > 1)
        {
            throw Fault(node, $"it scans axis {axis}, which is not time");
        }

        // The membrane lies between 0, or the least input, and the threshold; the threshold is a whole number of its steps.
        double least = x.Tensor.Scale * (x.Tensor.Type == Inference.ElementType.Int16 ? -short.MaxValue : sbyte.MinValue - x.Tensor.ZeroPoint);
        int threshold = (int)Math.Max(1, Math.Floor(short.MaxValue * neurons.Threshold / Math.Max(-least, neurons.Threshold)));
        double scale = neurons.Threshold / threshold;
        LoweredValue spikes = AddActivation(name, x.Tensor.Shape, x.Roles, QuantizationParameters.Spikes);
        DraftTensor membrane = AddMemory($"{name}.membrane", x.Tensor.Shape[2..], scale, Inference.ElementType.Int16);
        ((string, int[])[] delay, DraftTensor[] clock) = ClockOf(x, name);
        draft.AddOperator(
            new DraftOperator(
                "leaky-integrate-and-fire", [x.Tensor], spikes.Tensor,
                [
                    .. Multiplier("leakMultiplier", 1 - 1 / neurons.Tau), .. Multiplier("chargeMultiplier", x.Tensor.Scale / neurons.Tau / scale),
                    ("threshold", [threshold]), .. delay,
                ])
            {
                States = [membrane, .. clock],
            });
        return spikes;
    }

    /// <summary>The mean over time of a stream: after each frame, that of all frames so far. Each of them then stands where the batch stood.</summary>
    private LoweredValue LowerRunningMean(Node node, string name, LoweredValue input, int[] reduced, bool keep, QuantizationParameters output)
    {
        int time = Array.IndexOf(input.Roles, AxisRole.Time);
        int batch = Array.FindIndex(input.Roles, role => role == AxisRole.None);
        if (reduced.Any(axis => axis != time && input.Size(axis) > 1) || (!keep && batch < 0))
        {
            throw Fault(node, $"it reduces [{Sizes(input)}] over axes [{string.Join(", ", reduced)}]; of a stream expected time alone");
        }

        AxisRole[] roles = [.. input.Roles];
        if (!keep)
        {
            roles[batch] = AxisRole.Time;
            roles = [.. roles.Where((_, axis) => !reduced.Contains(axis) || axis == batch)];
        }

        LoweredValue result = AddActivation(name, input.Tensor.Shape, roles, output);
        DraftTensor sums = AddMemory($"{name}.sums", input.Tensor.Shape[2..], 0, Inference.ElementType.Int32);
        DraftTensor count = AddMemory($"{name}.count", [1], 0, Inference.ElementType.Int32);
        ((string, int[])[] delay, DraftTensor[] clock) = ClockOf(input, name);
        draft.AddOperator(
            new DraftOperator("running-mean", [input.Tensor], result.Tensor, [.. Multiplier("multiplier", input.Tensor.Scale / output.Scale), .. delay])
            {
                States = [sums, count, .. clock],
            });
        return result;
    }

    /// <summary>What an operator remembers: a state of a stream; in other forms an activation, so that every run begins without a past.</summary>
    private DraftTensor AddMemory(string name, int[] shape, double scale, Inference.ElementType type) =>
        draft.AddActivation(name, shape, scale, 0, streaming ? TensorStorage.State : TensorStorage.Arena, type);
}
