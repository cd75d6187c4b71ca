using Edge.Quantization.Graph;

namespace Edge.Quantization.Compilation;

internal sealed partial class Lowering
{
    /// <summary>Mean, sum or maximum over axes; over time in batch and windowed form only.</summary>
    private LoweredValue LowerReduction(Node node, string name, QuantizationParameters output)
    {
        LoweredValue input = WithoutTimePad(node, Value(node, 0));
        int rank = input.Roles.Length;
        bool global = node.OpType is "GlobalAveragePool" or "GlobalMaxPool";
        bool keep = global || node.Int("keepdims", 1) != 0;
        int[] reduced = global ? [.. Enumerable.Range(2, rank - 2)] : Axes(node, rank);
        reduced = reduced.Length > 0 ? reduced : [.. Enumerable.Range(0, rank)];
        AxisRole[] over = [.. reduced.Where(axis => input.Size(axis) > 1).Select(axis => input.Roles[axis]).Order()];
        AxisRole[] roles = [.. input.Roles.Select((role, axis) => reduced.Contains(axis) ? AxisRole.None : role).Where((_, axis) => keep || !reduced.Contains(axis))];
        if (running && reduced.Any(axis => input.Roles[axis] == AxisRole.Time))
        {
            return node.OpType is "ReduceMean" or "GlobalAveragePool"
                ? LowerRunningMean(node, name, input, reduced, keep, output)
                : throw Fault(node, "it takes the sum or maximum over all time and cannot stream; use a mean, or a pool over the last frames, or build it windowed");
        }

        if (node.OpType is "GlobalMaxPool" or "ReduceMax" && !over.Contains(AxisRole.Channel))
        {
            return Maximum(name, input, over, roles);
        }

        if (tensorFlowLite && !streaming && node.OpType is ("ReduceMean" or "GlobalAveragePool"))
        {
            return MeanOverRows(node, name, input, reduced, roles, output);
        }

        bool sums = node.OpType == "ReduceSum";
        if (over is [AxisRole.Width] && !sums && (streaming || input.Frames > 1))
        {
            LoweredValue columns = AddActivation(name, [1, input.Frames, 1, input.Channels], roles, output);
            AddAverage(name, input.Tensor, columns, 1, input.Width, []);
            return columns;
        }

        if (over is [AxisRole.Channel] && node.OpType != "ReduceMax")
        {
            return SumOfChannels(name, input, roles, output, sums ? 1 : input.Channels);
        }

        if (over.Contains(AxisRole.Channel) || streaming || over is [AxisRole.Width] && input.Frames > 1)
        {
            throw Fault(node, $"it reduces [{Sizes(input)}] over axes [{string.Join(", ", reduced)}]; expected channels alone, or time and width");
        }

        // What stays beside time is one row of channels to the operator.
        int kept = over.Contains(AxisRole.Width) ? input.Channels : input.Width * input.Channels;
        LoweredValue rows = kept == input.Channels ? input : Reshaped(input, [1, input.Frames, 1, kept], input.Roles);
        LoweredValue result = AddActivation(name, [1, 1, 1, kept], roles, output);
        int count = sums ? rows.Frames * rows.Width : 1;
        draft.AddOperator("mean", [rows.Tensor], result.Tensor, [.. Multiplier("multiplier", count * input.Tensor.Scale / output.Scale)]);
        return Reshaped(result, [1, 1, kept / input.Channels, input.Channels], roles);
    }

    /// <summary>TensorFlow Lite's mean over any axes: what is reduced comes outermost in memory, so that the device's mean over rows is its integers.</summary>
    private LoweredValue MeanOverRows(Node node, string name, LoweredValue input, int[] reduced, AxisRole[] roles, QuantizationParameters output)
    {
        int[] larger = [.. Enumerable.Range(0, input.Roles.Length).Where(axis => input.Size(axis) > 1).OrderBy(axis => input.Roles[axis])];
        int[] kept = [.. larger.Except(reduced)];
        int channels = kept.Aggregate(1, (product, axis) => product * input.Size(axis));
        int[] shape = [1, 1, 1, 1];
        foreach (int axis in kept)
        {
            shape[(int)input.Roles[axis]] = input.Size(axis);
        }

        LoweredValue ordered = Arrange(node, input, InOrder(input.Roles.Length, [.. larger.Intersect(reduced), .. kept]));
        LoweredValue rows = Reshaped(ordered, [1, Elements(input) / channels, 1, channels], ordered.Roles);
        LoweredValue result = AddActivation(name, [1, 1, 1, channels], roles, output);
        draft.AddOperator("mean", [rows.Tensor], result.Tensor, [.. Multiplier("multiplier", input.Tensor.Scale / output.Scale)]);
        return Reshaped(result, shape, roles);
    }

    /// <summary>The largest value over time, width or both is a pool as large as they are.</summary>
    private LoweredValue Maximum(string name, LoweredValue input, AxisRole[] over, AxisRole[] roles)
    {
        (int rows, int columns) = (over.Contains(AxisRole.Time) ? input.Frames : 1, over.Contains(AxisRole.Width) ? input.Width : 1);
        LoweredValue result = AddActivation(name, [1, input.Frames - rows + 1, input.Width - columns + 1, input.Channels], roles, input.Quantization);
        draft.AddOperator("max-pool", [input.Tensor], result.Tensor, ("kernelHeight", [rows]), ("kernelWidth", [columns]));
        return result;
    }

    /// <summary>The sum of channels over a divisor is a fully connected layer of one output with equal weights.</summary>
    private LoweredValue SumOfChannels(string name, LoweredValue input, AxisRole[] roles, QuantizationParameters output, int divisor)
    {
        var weights = new sbyte[input.Channels];
        Array.Fill(weights, sbyte.MaxValue);
        (int multiplier, int shift) = FixedPointDesign.QuantizeMultiplier(input.Tensor.Scale / (sbyte.MaxValue * (double)divisor * output.Scale));
        LoweredValue result = AddActivation(name, [1, input.Frames, input.Width, 1], roles, output);
        draft.AddOperator(
            "fully-connected",
            [
                input.Tensor, draft.AddConstant($"{name}.weight", [1, input.Channels], weights),
                draft.AddConstant($"{name}.bias", [1], new int[1]), draft.AddConstant($"{name}.rescale", [2, 1], [multiplier, shift]),
            ],
            result.Tensor);
        return result;
    }

    private LoweredValue LowerPool(Node node, string name, QuantizationParameters output, Activation activation)
    {
        LoweredValue input = Value(node, 0);
        int spatial = input.Roles.Length - 2;
        ReadOnlySpan<long> kernel = node.Ints("kernel_shape");
        input = spatial == 1
            ? View(node, input, AxisRole.None, AxisRole.Channel, AxisRole.Time)
            : View(node, input, AxisRole.None, AxisRole.Channel, AxisRole.Time, AxisRole.Width);
        Geometry time = Axis(node, 0, spatial, (int)kernel[0]);
        Geometry width = spatial == 2 ? Axis(node, 1, spatial, (int)kernel[1]) : new Geometry(1, 1, 1, 0, 0);
        if (time.Dilation != 1 || width.Dilation != 1 || node.Int("ceil_mode", 0) != 0)
        {
            throw Fault(node, "a dilation or ceil_mode in a pool is not supported");
        }

        bool average = node.OpType == "AveragePool";
        int inTime = time.Before + time.After, ownPads = inTime + width.Before + width.After;
        bool zeros = input.TimePad + input.TimePadAfter > 0;
        if ((average && ownPads > 0 && node.Int("count_include_pad", 0) != 0) || (streaming && inTime > 0 && (average || zeros)))
        {
            throw Fault(node, "its own padding does not count zeros; put a Pad of real zeros before it instead");
        }

        // Zeros that a Pad node put in front count as values, so in batch they are written out; the padding of a maximum's own is below all values.
        LoweredValue source = streaming ? input : WithoutTimePad(node, input);
        int? fill = !average && inTime > 0 ? sbyte.MinValue : null;
        (DraftTensor tensor, int before, int after, int frames, int delay) = WindowOverTime(node, source, time.Reach, time.Stride, time.Before, time.After, fill);
        int columns = (input.Width + width.Before + width.After - width.Reach) / width.Stride + 1;
        LoweredValue result = AddActivation(name, [1, frames, columns, input.Channels], input.Roles, output);
        (string, int[])[] window =
        [
            ("strideHeight", [time.Stride]), ("strideWidth", [width.Stride]),
            ("padTop", [before]), ("padBottom", [after]), ("padLeft", [width.Before]), ("padRight", [width.After]), .. activation.Attributes(output),
        ];
        if (!average || output == input.Quantization)
        {
            draft.AddOperator(average ? "average-pool" : "max-pool", [tensor], result.Tensor, [("kernelHeight", [time.Kernel]), ("kernelWidth", [width.Kernel]), .. window]);
            result.Tensor.Delay = delay;
            return result;
        }

        if (ownPads > 0)
        {
            throw Fault(node, "it has padding of its own and an output of another scale; put a Pad of real zeros before it instead");
        }

        AddAverage(name, tensor, result, time.Kernel, width.Kernel, window);
        result.Tensor.Delay = delay;
        return result;
    }

    /// <summary>An average with a scale of its own is a depthwise convolution with equal weights: finer than an average in its input's steps.</summary>
    private void AddAverage(string name, DraftTensor input, LoweredValue result, int rows, int columns, (string, int[])[] window)
    {
        const sbyte weight = sbyte.MaxValue;
        int channels = result.Channels;
        int taps = rows * columns;
        var weights = new sbyte[taps * channels];
        Array.Fill(weights, weight);
        (int multiplier, int shift) = FixedPointDesign.QuantizeMultiplier(input.Scale / (weight * (double)taps * result.Tensor.Scale));
        int[] requantization = [.. Enumerable.Repeat(multiplier, channels), .. Enumerable.Repeat(shift, channels)];
        draft.AddOperator(
            "depthwise-convolution",
            [
                input, draft.AddConstant($"{name}.weight", [rows, columns, channels], weights),
                draft.AddConstant($"{name}.bias", [channels], new int[channels]), draft.AddConstant($"{name}.rescale", [2, channels], requantization),
            ],
            result.Tensor, window);
    }
}
