namespace Edge.Quantization.Graph.TfLite;

/// <summary>Convolutions and pools: sliding windows over height and width.</summary>
internal sealed partial class TfLiteTranslator
{
    /// <summary>A window's geometry, [height, width] each.</summary>
    private sealed record Window(int[] Kernel, int[] Strides, int[] Dilations, bool Same)
    {
        /// <summary>Zeros before and after: [top, left, bottom, right]; of an odd number, SAME has one more at the end.</summary>
        public long[] Pads(int height, int width)
        {
            (int top, int bottom) = Pad(height, 0);
            (int left, int right) = Pad(width, 1);
            return [top, left, bottom, right];
        }

        /// <summary>Outputs along an axis of the input with so many zeros around it.</summary>
        public int Count(int size, long padding, int axis) => (int)((size + padding - Reach(axis)) / Strides[axis] + 1);

        private int Reach(int axis) => (Kernel[axis] - 1) * Dilations[axis] + 1;

        private (int Before, int After) Pad(int size, int axis)
        {
            int count = (size + Strides[axis] - 1) / Strides[axis];
            int total = Same ? Math.Max((count - 1) * Strides[axis] + Reach(axis) - size, 0) : 0;
            return (total / 2, total - total / 2);
        }
    }

    /// <summary>Weights [output, height, width, input]; fewer input channels than the value has are groups.</summary>
    private void Convolution(TfLiteOperator op)
    {
        TfLiteValue input = Image(op);
        Weights weights = WeightsOf(op, 1, input, 0);
        RequireRank(op, 1, 4);
        int groups = weights.Size(3) > 0 && input.Shape[3] % weights.Size(3) == 0 ? input.Shape[3] / weights.Size(3) : 0;
        if (groups == 0 || weights.Size(0) % groups != 0)
        {
            throw Fault(op, $"its weights {weights.Tensor} do not fit {input.Shape[3]} input channels");
        }

        Window window = WindowOf(op, [weights.Size(1), weights.Size(2)], dilationField: 4);
        AddConvolution(op, input, weights, AxisOrder.Permute(weights.Tensor, [0, 3, 1, 2]), groups, window);
    }

    /// <summary>Weights [1, height, width, output], where each input channel has as many outputs, one after the other.</summary>
    private void DepthwiseConvolution(TfLiteOperator op)
    {
        TfLiteValue input = Image(op);
        Weights weights = WeightsOf(op, 1, input, 3);
        RequireRank(op, 1, 4);
        if (weights.Size(0) != 1 || input.Shape[3] == 0 || weights.Size(3) % input.Shape[3] != 0)
        {
            throw Fault(op, $"its weights {weights.Tensor} do not fit {input.Shape[3]} input channels");
        }

        Window window = WindowOf(op, [weights.Size(1), weights.Size(2)], dilationField: 5);
        AddConvolution(op, input, weights, AxisOrder.Permute(weights.Tensor, [3, 0, 1, 2]), input.Shape[3], window);
    }

    private void AddConvolution(TfLiteOperator op, TfLiteValue input, Weights weights, Tensor arranged, int groups, Window window)
    {
        TfLiteTensor output = Output(op);
        Set(op, Convolve(op, input, weights, arranged, groups, window, window.Pads(input.Shape[1], input.Shape[2]), output.Name, output.Shape, output));
    }

    /// <summary>Adds a convolution with the bias and the activation of its operator; the value is an output of that one or of another behind it.</summary>
    private TfLiteValue Convolve(TfLiteOperator op, TfLiteValue input, Weights weights, Tensor arranged, int groups, Window window, long[] pads, string name, int[] shape, TfLiteTensor output)
    {
        RequireWindows(op, input, window, pads, shape);
        List<string> inputs = [input.Name, AddWeights(weights, arranged, 0)];
        if (AddBias(op, 2, input, weights, (int)arranged.Dims[0]) is { } bias)
        {
            inputs.Add(bias);
        }

        List<(string, AttributeValue)> attributes = Attributes(window, pads);
        attributes.Add(("dilations", new long[] { window.Dilations[0], window.Dilations[1] }));
        attributes.Add(("group", (long)groups));
        int activation = op.Options.Byte(op.Code == TfLiteOperatorCode.Conv2D ? 3 : 4);
        string linear = activation == 0 ? name : Unique($"{name}.linear");
        AddNode("Conv", inputs, linear, attributes);
        if (activation != 0)
        {
            AddActivation(op, activation, linear, name);
        }

        return Quantized(name, name, shape, AxisOrder.ChannelsFirst(4), ParametersOf(output, $"{op}"));
    }

    private void Pool(TfLiteOperator op, string type)
    {
        TfLiteValue input = Image(op);
        RequireSameScale(op, input);
        FlatTable options = op.Options;
        Window window = WindowOf(op, [options.Int32(4), options.Int32(3)], dilationField: -1);
        long[] pads = window.Pads(input.Shape[1], input.Shape[2]);
        RequireWindows(op, input, window, pads, Output(op).Shape);
        Emit(op, type, [input.Name], AxisOrder.ChannelsFirst(4), Attributes(window, pads), options.Byte(5));
    }

    /// <summary>The first input, [batch, height, width, channels], as ONNX has it.</summary>
    private TfLiteValue Image(TfLiteOperator op)
    {
        RequireRank(op, 0, 4);
        return InOrder(Value(op, 0), AxisOrder.ChannelsFirst(4));
    }

    private void RequireRank(TfLiteOperator op, int input, int rank)
    {
        TfLiteTensor tensor = InputTensor(op, input);
        if (tensor.Shape.Length != rank)
        {
            throw Fault(op, tensor, $"it has {tensor.Shape.Length} axes; expected {rank}");
        }
    }

    /// <summary>Reads padding, strides and dilation, whose fields are in this order in every table: width before height.</summary>
    private static Window WindowOf(TfLiteOperator op, int[] kernel, int dilationField)
    {
        FlatTable options = op.Options;
        int[] strides = [options.Int32(2), options.Int32(1)];
        int[] dilations = dilationField < 0 ? [1, 1] : [options.Int32(dilationField + 1, 1), options.Int32(dilationField, 1)];
        return options.Byte(0) is var padding and <= 1 && kernel.Concat(strides).Concat(dilations).All(size => size is > 0 and < 1 << 16)
            ? new Window(kernel, strides, dilations, padding == 0)
            : throw Fault(op, $"it has a kernel of [{string.Join(", ", kernel)}], strides [{string.Join(", ", strides)}], dilations [{string.Join(", ", dilations)}] and padding {options.Byte(0)}; expected positive sizes and padding 0 (SAME) or 1 (VALID)");
    }

    private static List<(string Name, AttributeValue Value)> Attributes(Window window, long[] pads) =>
    [
        ("kernel_shape", new long[] { window.Kernel[0], window.Kernel[1] }), ("strides", new long[] { window.Strides[0], window.Strides[1] }), ("pads", pads),
    ];

    private void RequireWindows(TfLiteOperator op, TfLiteValue input, Window window, long[] pads, int[] result)
    {
        int height = window.Count(input.Shape[1], pads[0] + pads[2], 0), width = window.Count(input.Shape[2], pads[1] + pads[3], 1);
        if (result.Length != 4 || result[1] != height || result[2] != width || height < 1 || width < 1)
        {
            throw Fault(op, Output(op), $"it is [{string.Join(", ", result)}]; by kernel, strides and padding, it has {height} x {width} positions");
        }
    }
}
