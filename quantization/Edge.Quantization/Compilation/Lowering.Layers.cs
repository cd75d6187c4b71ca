using Edge.Quantization.Graph;

namespace Edge.Quantization.Compilation;

internal sealed partial class Lowering
{
    private LoweredValue LowerLayer(Node node, string name, QuantizationParameters output, Activation activation, Node? biasAdd = null)
    {
        LoweredValue input = Value(node, 0);
        return node.OpType == "Conv"
            ? LowerConvolution(node, input, name, output, activation)
            : LowerFullyConnected(node, biasAdd, WithoutTimePad(node, input), name, output, activation);
    }

    private LoweredValue LowerConvolution(Node node, LoweredValue input, string name, QuantizationParameters output, Activation activation)
    {
        (Tensor weights, float[] scales) = Weights(node);
        int spatial = weights.Dims.Length - 2;
        if (spatial is not (1 or 2))
        {
            throw Fault(node, $"its weights have {weights.Dims.Length} dimensions; expected 3 or 4");
        }

        input = spatial == 1
            ? View(node, input, AxisRole.None, AxisRole.Channel, AxisRole.Time)
            : View(node, input, AxisRole.None, AxisRole.Channel, AxisRole.Time, AxisRole.Width);
        Geometry time = Axis(node, 0, spatial, (int)weights.Dims[2]);
        Geometry width = spatial == 2 ? Axis(node, 1, spatial, (int)weights.Dims[3]) : new Geometry(1, 1, 1, 0, 0);
        int channels = (int)weights.Dims[0];
        int group = (int)node.Int("group", 1);
        bool depthwise = group == input.Channels && weights.Dims[1] == 1 && channels % group == 0 && group > 1;
        if (weights.Dims[1] * group != input.Channels || channels % group != 0)
        {
            throw Fault(node, $"it has {group} groups of {weights.Dims[1]} over {input.Channels} channels, and {channels} outputs");
        }

        (DraftTensor tensor, int before, int after, int frames, int delay) = WindowOverTime(node, input, time.Reach, time.Stride, time.Before, time.After);
        int columns = (input.Width + width.Before + width.After - width.Reach) / width.Stride + 1;
        LoweredValue result = AddActivation(
            name, [1, frames, columns, channels],
            spatial == 1 ? [AxisRole.None, AxisRole.Channel, AxisRole.Time] : [AxisRole.None, AxisRole.Channel, AxisRole.Time, AxisRole.Width], output);
        (string, int[])[] attributes =
        [
            ("strideHeight", [time.Stride]), ("strideWidth", [width.Stride]), ("dilationHeight", [time.Dilation]), ("dilationWidth", [width.Dilation]),
            ("padTop", [before]), ("padBottom", [after]), ("padLeft", [width.Before]), ("padRight", [width.After]),
            .. activation.Attributes(output),
        ];
        int[] bias = Bias(node, 2, channels);
        if (group > 1 && !depthwise)
        {
            AddGroups(name, tensor, weights, scales, bias, result, group, (time.Kernel, width.Kernel), attributes);
            result.Tensor.Delay = delay;
            return result;
        }

        int[] shape = depthwise ? [time.Kernel, width.Kernel, channels] : [channels, time.Kernel, width.Kernel, input.Channels];
        DraftTensor stored = AddWeights(name, shape, weights, ChannelsLast(weights, depthwise));
        draft.AddOperator(
            depthwise ? "depthwise-convolution" : "convolution",
            [tensor, stored, draft.AddConstant($"{name}.bias", [channels], bias), Requantization(name, tensor.Scale, scales, channels, output)],
            result.Tensor, attributes);
        result.Tensor.Delay = delay;
        return result;
    }

    /// <summary>A convolution in groups of channels: one on each slice, then joined.</summary>
    private void AddGroups(
        string name, DraftTensor input, Tensor weights, float[] scales, int[] bias, LoweredValue result, int groups, (int Rows, int Columns) kernel, (string, int[])[] attributes)
    {
        int inputs = (int)weights.Dims[1], outputs = result.Channels / groups;
        sbyte[] values = weights.ToSBytes();
        var parts = new DraftTensor[groups];
        for (int g = 0; g < groups; g++)
        {
            DraftTensor slice = draft.AddActivation($"{name}.input{g}", [1, input.Shape[1], input.Shape[2], inputs], input.Scale, input.ZeroPoint, type: input.Type);
            draft.AddOperator("slice", [input], slice, ("begin", [0, 0, 0, g * inputs]), ("stride", [1, 1, 1, 1]));
            Range own = (g * outputs)..((g + 1) * outputs);
            int size = values.Length / groups;
            Tensor part = Tensor.Of([outputs, .. weights.Dims[1..]], values.AsSpan(g * size, size).ToArray());
            parts[g] = draft.AddActivation($"{name}.group{g}", [.. result.Tensor.Shape[..3], outputs], result.Tensor.Scale, result.Tensor.ZeroPoint, type: result.Tensor.Type);
            draft.AddOperator(
                "convolution",
                [
                    slice, draft.AddConstant($"{name}.weight{g}", [outputs, kernel.Rows, kernel.Columns, inputs], ChannelsLast(part, depthwise: false)),
                    draft.AddConstant($"{name}.bias{g}", [outputs], bias[own]),
                    Requantization($"{name}{g}", input.Scale, scales.Length == 1 ? scales : scales[own], outputs, result.Quantization),
                ],
                parts[g], attributes);
        }

        draft.AddOperator("concatenate", parts, result.Tensor, ("axis", [(int)AxisRole.Channel]));
    }

    private LoweredValue LowerFullyConnected(Node node, Node? biasAdd, LoweredValue input, string name, QuantizationParameters output, Activation activation)
    {
        (Tensor weights, float[] scales) = Weights(node);
        if (weights.Dims.Length != 2 || node.Float("alpha", 1) != 1 || node.Float("beta", 1) != 1 || node.Int("transA", 0) != 0)
        {
            throw Fault(node, "expected weights of 2 dimensions, alpha and beta 1, transA 0");
        }

        input = LastAxisInnermost(node, input);
        bool outputFirst = node.Int("transB", 0) != 0;
        int channels = (int)weights.Dims[outputFirst ? 0 : 1];
        int depth = (int)weights.Dims[outputFirst ? 1 : 0];
        if (depth != input.Channels)
        {
            throw Fault(node, $"it multiplies {input.Channels} features with weights for {depth}");
        }

        sbyte[] values = weights.ToSBytes();
        DraftTensor stored = AddWeights(name, [channels, depth], weights, outputFirst ? values : Transpose(values, depth, channels));
        int[] bias = biasAdd is null ? Bias(node, 2, channels) : Bias(biasAdd, biasAdd.Inputs.FindIndex(i => i != node.Outputs[0]), channels);
        LoweredValue result = AddActivation(name, [1, input.Frames, input.Width, channels], input.Roles, output);
        draft.AddOperator(
            "fully-connected",
            [input.Tensor, stored, draft.AddConstant($"{name}.bias", [channels], bias), Requantization(name, input.Tensor.Scale, scales, channels, output, scales.Length == 1)],
            result.Tensor, activation.Attributes(output));
        return result;
    }

    /// <summary>One axis of a sliding window, from a node's attributes.</summary>
    private readonly record struct Geometry(int Kernel, int Stride, int Dilation, int Before, int After)
    {
        public int Reach => (Kernel - 1) * Dilation + 1;
    }

    private Geometry Axis(Node node, int axis, int axes, int kernel)
    {
        if (node.String("auto_pad", "NOTSET") != "NOTSET")
        {
            throw Fault(node, $"auto_pad is '{node.String("auto_pad", "")}'; export it with explicit pads");
        }

        ReadOnlySpan<long> pads = node.Ints("pads");
        return new Geometry(
            kernel,
            node.Ints("strides") is { Length: > 0 } strides ? (int)strides[axis] : 1,
            node.Ints("dilations") is { Length: > 0 } dilations ? (int)dilations[axis] : 1,
            pads.Length > 0 ? (int)pads[axis] : 0,
            pads.Length > 0 ? (int)pads[axis + axes] : 0);
    }

    private (Tensor Weights, float[] Scales) Weights(Node node)
    {
        (Node dequantize, Tensor stored) = StoredConstant(node.Inputs[1]) ?? throw Fault(node, "its weights are no int8 constant");

        if (stored.ElementType is not (Graph.ElementType.Int8 or Graph.ElementType.Int4))
        {
            throw Fault(node, $"its weights are {stored.ElementType}; expected Int8 or Int4, symmetric");
        }

        if (graph.Constant(dequantize.Input(2)) is { } zeroPoints && Array.Exists(zeroPoints.ToInts(), z => z != 0))
        {
            throw Fault(node, "its weights have a zero point other than 0; expected symmetric weights");
        }

        Tensor scales = graph.Constant(dequantize.Inputs[1])!;
        int rank = stored.Dims.Length;
        int axis = node.OpType == "Conv" || node.Int("transB", 0) != 0 ? 0 : rank - 1;
        long scaled = dequantize.Int("axis", 1);
        return scales.Count == 1 || (scales.Dims.Length == 1 && scales.Count == stored.Dims[axis] && (scaled < 0 ? scaled + rank : scaled) == axis)
            ? (stored, scales.ToFloats())
            : throw Fault(node, $"its weights have scales of shape [{string.Join(", ", scales.Dims.ToArray())}] along axis {scaled}; expected one scale, or one for each of {stored.Dims[axis]} output channels, axis {axis}");
    }

    private DraftTensor AddWeights(string name, int[] shape, Tensor weights, sbyte[] values) => weights.ElementType == Graph.ElementType.Int4
        ? draft.AddInt4Constant($"{name}.weight", shape, values)
        : draft.AddConstant($"{name}.weight", shape, values);

    private int[] Bias(Node node, int index, int channels)
    {
        if (node.Input(index) is not { } name)
        {
            return new int[channels];
        }

        (_, Tensor stored) = StoredConstant(name) ?? throw Fault(node, "its bias is no int32 constant");
        int[] values = stored.ToInts();
        return values.Length == channels ? values : throw Fault(node, $"its bias has {values.Length} values for {channels} channels");
    }

    /// <summary>
    /// input scale · weight scale / output scale of each channel, in float32 as ONNX Runtime has it or as TensorFlow Lite has it, as the integers
    /// that the device uses.
    /// </summary>
    private DraftTensor Requantization(string name, double inputScale, float[] weightScales, int channels, QuantizationParameters output, bool perTensor = false)
    {
        var table = new int[2 * channels];
        for (int c = 0; c < channels; c++)
        {
            (float input, float weight) = ((float)inputScale, weightScales[weightScales.Length == 1 ? 0 : c]);
            double factor = !tensorFlowLite ? input * weight / output.Scale
                : perTensor ? TensorFlowLiteArithmetic.PerTensorFactor(input, weight, output.Scale)
                : TensorFlowLiteArithmetic.PerChannelFactor(input, weight, output.Scale);
            (table[c], table[channels + c]) = FixedPointDesign.QuantizeMultiplier(factor);
        }

        return draft.AddConstant($"{name}.rescale", [2, channels], table);
    }

    /// <summary>[o, i, h, w] to [o, h, w, i]; depthwise [o, 1, h, w] to [h, w, o].</summary>
    private static sbyte[] ChannelsLast(Tensor weights, bool depthwise)
    {
        sbyte[] values = weights.ToSBytes();
        int outputs = (int)weights.Dims[0];
        int inputs = (int)weights.Dims[1];
        int taps = values.Length / outputs / inputs;
        return depthwise ? Transpose(values, outputs, taps) : [.. Enumerable.Range(0, outputs).SelectMany(o => Transpose(values[(o * inputs * taps)..((o + 1) * inputs * taps)], inputs, taps))];
    }

    /// <summary>[rows, columns] to [columns, rows].</summary>
    private static sbyte[] Transpose(sbyte[] values, int rows, int columns)
    {
        var transposed = new sbyte[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            transposed[i % columns * rows + i / columns] = values[i];
        }

        return transposed;
    }
}
