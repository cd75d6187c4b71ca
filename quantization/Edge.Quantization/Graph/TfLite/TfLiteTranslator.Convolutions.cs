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
        Convolve(op, input, weights, AxisOrder.Permute(weights.Tensor, [0, 3, 1, 2]), groups, window, op.Options.Byte(3));
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
        Convolve(op, input, weights, AxisOrder.Permute(weights.Tensor, [3, 0, 1, 2]), input.Shape[3], window, op.Options.Byte(4));
    }

    private void Convolve(TfLiteOperator op, TfLiteValue input, Weights weights, Tensor arranged, int groups, Window window, int activation, long[]? pads = null)
    {
        pads ??= window.Pads(input.Shape[1], input.Shape[2]);
        RequireWindows(op, input, window, pads);
        List<string> inputs = [input.Name, AddWeights(weights, arranged, 0)];
        if (AddBias(op, 2, input, weights, (int)arranged.Dims[0]) is { } bias)
        {
            inputs.Add(bias);
        }

        List<(string, AttributeValue)> attributes = Attributes(window, pads);
        attributes.Add(("dilations", new long[] { window.Dilations[0], window.Dilations[1] }));
        attributes.Add(("group", (long)groups));
        Emit(op, "Conv", inputs, AxisOrder.ChannelsFirst(4), attributes, activation);
    }

    private void Pool(TfLiteOperator op, string type)
    {
        TfLiteValue input = Image(op);
        RequireSameScale(op, input);
        FlatTable options = op.Options;
        Window window = WindowOf(op, [options.Int32(4), options.Int32(3)], dilationField: -1);
        long[] pads = window.Pads(input.Shape[1], input.Shape[2]);
        RequireWindows(op, input, window, pads);
        Emit(op, type, [input.Name], AxisOrder.ChannelsFirst(4), Attributes(window, pads), options.Byte(5));
    }

    /// <summary>
    /// SPACE_TO_BATCH_ND, convolution, BATCH_TO_SPACE_ND is one convolution with a dilation, as TensorFlow writes it where the two cannot be told
    /// in one operator; a one-dimensional one has an axis of size 1 put in and taken out within.
    /// </summary>
    private void DilatedConvolution(TfLiteOperator op)
    {
        List<TfLiteOperator> chain = [op];
        while (chain[^1].Code != TfLiteOperatorCode.BatchToSpaceNd)
        {
            List<TfLiteOperator> readers = [.. subgraph.Operators.Where(other => other.Inputs.Contains(chain[^1].Outputs[0]))];
            if (readers is not [{ Code: TfLiteOperatorCode.Conv2D or TfLiteOperatorCode.DepthwiseConv2D or TfLiteOperatorCode.Reshape or TfLiteOperatorCode.ExpandDims or TfLiteOperatorCode.Squeeze or TfLiteOperatorCode.BatchToSpaceNd } next])
            {
                throw Fault(op, "expected a convolution and BATCH_TO_SPACE_ND behind it and nothing else, which is a dilated convolution");
            }

            chain.Add(next);
        }

        TfLiteOperator? convolution = chain.Find(step => step.Code is TfLiteOperatorCode.Conv2D or TfLiteOperatorCode.DepthwiseConv2D);
        if (convolution is null || chain.Count(step => step.Code is TfLiteOperatorCode.Conv2D or TfLiteOperatorCode.DepthwiseConv2D) > 1)
        {
            throw Fault(op, "expected one convolution between it and BATCH_TO_SPACE_ND, which is a dilated convolution");
        }

        AddDilated(chain, convolution);
        passedOver.UnionWith(chain.Skip(1).Select(step => step.Index));
    }

    private void AddDilated(List<TfLiteOperator> chain, TfLiteOperator convolution)
    {
        (TfLiteOperator first, TfLiteOperator last) = (chain[0], chain[^1]);
        TfLiteValue input = Value(first, 0);
        RequireSameScale(first, input);
        int[] result = Output(last).Shape;
        (int dilatedHeight, long[] height) = Dilation(first, last, 0);
        (int dilatedWidth, long[] width) = (1, [0, 0]);
        int[] image = input.Shape, made = result;
        if (input.Shape.Length == 3)
        {
            // [batch, time, channels]: the convolution has time as its height or its width, whichever its kernel has.
            bool isHeight = InputTensor(convolution, 1).Shape[1] > 1;
            image = isHeight ? [image[0], image[1], 1, image[2]] : [image[0], 1, image[1], image[2]];
            made = isHeight ? [made[0], made[1], 1, made[2]] : [made[0], 1, made[1], made[2]];
            (dilatedHeight, height, dilatedWidth, width) = isHeight ? (dilatedHeight, height, 1, width) : (1, width, dilatedHeight, height);
            input = WithShape(input, image, "image");
        }
        else if (Integers(first, 1).Length > 1)
        {
            (dilatedWidth, width) = Dilation(first, last, 1);
        }

        bool depthwise = convolution.Code == TfLiteOperatorCode.DepthwiseConv2D;
        input = InOrder(input, AxisOrder.ChannelsFirst(4));
        Weights weights = WeightsOf(convolution, 1, input, depthwise ? 3 : 0);
        Window window = WindowOf(convolution, [weights.Size(1), weights.Size(2)], dilationField: -1) with { Dilations = [dilatedHeight, dilatedWidth] };
        if (window.Same && window.Kernel.Any(size => size > 1) || window.Strides.Any(stride => stride != 1))
        {
            throw Fault(convolution, "between SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND, expected strides of 1 and VALID padding");
        }

        Tensor arranged = AxisOrder.Permute(weights.Tensor, depthwise ? [3, 0, 1, 2] : [0, 3, 1, 2]);
        AddDilatedNodes(convolution, last, input, weights, arranged, depthwise ? image[3] : 1, window, [height[0], width[0], height[1], width[1]], made);
    }

    private void AddDilatedNodes(
        TfLiteOperator convolution, TfLiteOperator last, TfLiteValue input, Weights weights, Tensor arranged, int groups, Window window, long[] pads, int[] made)
    {
        TfLiteTensor output = Output(last);
        RequireWindows(convolution, input, window, pads, made);
        List<string> inputs = [input.Name, AddWeights(weights, arranged, 0)];
        if (AddBias(convolution, 2, input, weights, (int)arranged.Dims[0]) is { } bias)
        {
            inputs.Add(bias);
        }

        List<(string, AttributeValue)> attributes = Attributes(window, pads);
        attributes.Add(("dilations", new long[] { window.Dilations[0], window.Dilations[1] }));
        attributes.Add(("group", (long)groups));
        string name = made.Length == output.Shape.Length ? output.Name : Unique($"{output.Name}.image");
        int activation = convolution.Options.Byte(convolution.Code == TfLiteOperatorCode.DepthwiseConv2D ? 4 : 3);
        string linear = activation == 0 ? name : Unique($"{name}.linear");
        AddNode("Conv", inputs, linear, attributes);
        if (activation != 0)
        {
            AddActivation(convolution, activation, linear, name);
        }

        TfLiteValue value = Quantized(name, name, made, AxisOrder.ChannelsFirst(4), ParametersOf(output, $"{last}"));
        Set(last, made.Length == output.Shape.Length ? value : WithShape(value, output.Shape, "sequence"));
    }

    /// <summary>The dilation and the padding of one of the axes that SPACE_TO_BATCH_ND spreads.</summary>
    private (int Dilation, long[] Padding) Dilation(TfLiteOperator spread, TfLiteOperator joined, int axis)
    {
        long[] blocks = Integers(spread, 1), paddings = Integers(spread, 2), crops = Integers(joined, 2);
        long[] padding = [paddings[2 * axis] - crops[2 * axis], paddings[2 * axis + 1] - crops[2 * axis + 1]];
        return Integers(joined, 1).AsSpan().SequenceEqual(blocks) && blocks[axis] > 0 && padding[0] >= 0 && padding[1] >= 0
            ? ((int)blocks[axis], padding)
            : throw Fault(spread, "its blocks are not those of the BATCH_TO_SPACE_ND behind it, or that cuts off more than was added");
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

    private void RequireWindows(TfLiteOperator op, TfLiteValue input, Window window, long[] pads, int[]? result = null)
    {
        result ??= Output(op).Shape;
        int height = window.Count(input.Shape[1], pads[0] + pads[2], 0), width = window.Count(input.Shape[2], pads[1] + pads[3], 1);
        if (result.Length != 4 || result[1] != height || result[2] != width || height < 1 || width < 1)
        {
            throw Fault(op, Output(op), $"it is [{string.Join(", ", result)}]; by kernel, strides and padding, it has {height} x {width} positions");
        }
    }
}
