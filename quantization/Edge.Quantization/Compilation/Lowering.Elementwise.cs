using Edge.Inference;
using Edge.Quantization.Graph;
using Edge.Quantization.Rewriting;

namespace Edge.Quantization.Compilation;

internal sealed partial class Lowering
{
    private LoweredValue LowerElementwise(Node node, string name, QuantizationParameters output, Activation activation)
    {
        (LoweredValue a, DraftTensor b) = ElementwiseInputs(node);
        LoweredValue result = AddActivation(name, a.Tensor.Shape, a.Roles, output);
        if (node.OpType == "Mul")
        {
            draft.AddOperator(
                "multiply", [a.Tensor, b], result.Tensor,
                [.. Multiplier("outputMultiplier", a.Tensor.Scale * b.Scale / output.Scale), .. activation.Attributes(output)]);
            return result;
        }

        // Both inputs come to a common scale of twice the larger, shifted left by 20 bits: TensorFlow Lite's ADD.
        double common = 2 * Math.Max(a.Tensor.Scale, b.Scale);
        draft.AddOperator(
            "add", [a.Tensor, b], result.Tensor,
            [
                .. Multiplier("multiplier1", a.Tensor.Scale / common), .. Multiplier("multiplier2", b.Scale / common),
                .. Multiplier("outputMultiplier", common / ((1 << 20) * (double)output.Scale)), .. activation.Attributes(output),
            ]);
        return result;
    }

    private (LoweredValue A, DraftTensor B) ElementwiseInputs(Node node)
    {
        LoweredValue? first = values.GetValueOrDefault(node.Inputs[0]);
        LoweredValue? second = values.GetValueOrDefault(node.Inputs[1]);
        if (first is not null && second is not null)
        {
            (first, second) = (WithoutTimePad(node, first), WithoutTimePad(node, second));
            return first.Tensor.Shape.AsSpan().SequenceEqual(second.Tensor.Shape) && first.Roles.AsSpan().SequenceEqual(second.Roles)
                ? (first, second.Tensor)
                : throw Fault(node, "its inputs differ in shape or memory order");
        }

        LoweredValue value = WithoutTimePad(node, first ?? second ?? throw Fault(node, "it reads no int8 value"));
        string constant = node.Inputs[first is null ? 0 : 1];
        if (graph.ProducerOf(constant) is not { OpType: "DequantizeLinear" } dequantize || graph.Constant(dequantize.Inputs[0]) is not { } stored)
        {
            throw Fault(node, $"input '{constant}' is neither an int8 value nor an int8 constant");
        }

        QuantizationParameters parameters = Parameters(dequantize);
        // A constant repeats along time: one value, one a channel, or one a channel of every column.
        int[] shape = ConstantShape(node, value, stored);
        return (value, draft.AddConstant(constant, shape, stored.ToSBytes(), parameters.Scale, parameters.ZeroPoint));
    }

    private int[] ConstantShape(Node node, LoweredValue value, Tensor constant)
    {
        if (constant.Count == 1)
        {
            return [];
        }

        long[] dims = constant.Dims.ToArray();
        for (int i = 0; i < dims.Length; i++)
        {
            int axis = value.Roles.Length - dims.Length + i;
            if (dims[i] != 1 && (axis < 0 || value.Roles[axis] != AxisRole.Channel || dims[i] != value.Channels))
            {
                throw Fault(node, $"a constant of shape [{string.Join(", ", dims)}] does not repeat along time; expected one value, or one a channel");
            }
        }

        return [value.Channels];
    }

    private LoweredValue LowerSoftmax(Node node, string name, QuantizationParameters output)
    {
        LoweredValue input = WithoutTimePad(node, Value(node, 0));
        long axis = node.Int("axis", -1);
        if (input.Roles[(int)(axis < 0 ? axis + input.Roles.Length : axis)] != AxisRole.Channel)
        {
            throw Fault(node, $"its axis {axis} is not the innermost in memory");
        }

        LoweredValue result = AddActivation(name, input.Tensor.Shape, input.Roles, output);
        double factor = Math.Min(input.Tensor.Scale * (1 << 26), int.MaxValue);
        draft.AddOperator("softmax", [input.Tensor], result.Tensor, [.. Multiplier("multiplier", factor)]);
        return result;
    }

    private LoweredValue LowerTable(Node node, string name, QuantizationParameters output, UnaryExpression expression)
    {
        LoweredValue input = WithoutTimePad(node, values[expression.Source]);
        QuantizationParameters parameters = input.Quantization;
        sbyte[] table = [.. Enumerable.Range(-128, 256).Select(q => output.Quantize(expression.Function(parameters.Dequantize(q))))];
        LoweredValue result = AddActivation(name, input.Tensor.Shape, input.Roles, output);
        draft.AddOperator("table", [input.Tensor, draft.AddConstant($"{name}.table", [table.Length], table)], result.Tensor);
        return result;
    }

    private LoweredValue LowerMean(Node node, string name, QuantizationParameters output)
    {
        LoweredValue input = WithoutTimePad(node, Value(node, 0));
        if (streaming)
        {
            throw Fault(node, "it averages over all time and cannot stream; use an AveragePool over the last frames, or build it windowed");
        }

        bool keep = node.OpType == "GlobalAveragePool" || node.Int("keepdims", 1) != 0;
        int[] reduced = node.OpType == "GlobalAveragePool" ? [.. Enumerable.Range(2, input.Roles.Length - 2)] : Axes(node, input.Roles.Length);
        for (int axis = 0; axis < input.Roles.Length; axis++)
        {
            if (input.Size(axis) > 1 && reduced.Contains(axis) == (input.Roles[axis] == AxisRole.Channel))
            {
                throw Fault(node, "it must average over everything but channels");
            }
        }

        AxisRole[] roles = [.. input.Roles.Select((role, axis) => reduced.Contains(axis) ? AxisRole.None : role).Where((_, axis) => keep || !reduced.Contains(axis))];
        LoweredValue result = AddActivation(name, [1, 1, 1, input.Channels], roles, output);
        draft.AddOperator("mean", [input.Tensor], result.Tensor, [.. Multiplier("multiplier", input.Tensor.Scale / output.Scale)]);
        return result;
    }

    private LoweredValue LowerPool(Node node, string name, QuantizationParameters output)
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
        int ownPads = time.Before + time.After + width.Before + width.After;
        if (ownPads > 0 && (streaming || (average && node.Int("count_include_pad", 0) != 0)))
        {
            throw Fault(node, "its own padding does not count zeros; put a Pad of real zeros before it instead");
        }

        // Zeros that a Pad node put in front count as values, so in batch they are written out.
        LoweredValue source = streaming ? input : WithoutTimePad(node, input);
        (DraftTensor tensor, int before, int after, int frames) = WindowOverTime(node, source, time.Reach, time.Stride, time.Before, time.After);
        int columns = (input.Width + width.Before + width.After - width.Reach) / width.Stride + 1;
        LoweredValue result = AddActivation(name, [1, frames, columns, input.Channels], input.Roles, output);
        (string, int[])[] window =
        [
            ("strideHeight", [time.Stride]), ("strideWidth", [width.Stride]),
            ("padTop", [before]), ("padBottom", [after]), ("padLeft", [width.Before]), ("padRight", [width.After]),
        ];
        if (!average || output == input.Quantization)
        {
            draft.AddOperator(average ? "average-pool" : "max-pool", [tensor], result.Tensor, [("kernelHeight", [time.Kernel]), ("kernelWidth", [width.Kernel]), .. window]);
            return result;
        }

        if (ownPads > 0)
        {
            throw Fault(node, "it has padding of its own and an output of another scale; put a Pad of real zeros before it instead");
        }

        AddAverage(name, tensor, result, time.Kernel, width.Kernel, window);
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

    private static (string Name, int[] Values)[] Multiplier(string name, double factor)
    {
        (int multiplier, int shift) = FixedPointDesign.QuantizeMultiplier(factor);
        return [(name, [multiplier]), ($"{name}Shift", [shift])];
    }
}
