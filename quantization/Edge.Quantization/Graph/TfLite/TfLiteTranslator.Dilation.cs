namespace Edge.Quantization.Graph.TfLite;

/// <summary>Dilated convolutions that a file spells with blocks.</summary>
internal sealed partial class TfLiteTranslator
{
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

        if (ParametersOf(Output(convolution), $"{convolution}") != ParametersOf(Output(chain[^1]), $"{chain[^1]}"))
        {
            throw Fault(convolution, Output(convolution), "it has another scale than what BATCH_TO_SPACE_ND makes of it; TensorFlow Lite demands the same of both. Convert the model again");
        }

        AddDilated(chain, convolution);
        passedOver.UnionWith(chain.Skip(1).Select(step => step.Index));
    }

    private void AddDilated(List<TfLiteOperator> chain, TfLiteOperator convolution)
    {
        (TfLiteOperator first, TfLiteOperator last) = (chain[0], chain[^1]);
        TfLiteValue input = Value(first, 0);
        RequireSameScale(first, input);
        TfLiteTensor output = Output(last);
        (int dilation, long[] pads) = Dilation(first, last, 0);
        Window window;
        int[] shape = output.Shape;
        if (shape.Length == 3)
        {
            // [batch, time, channels]: the convolution has time as its height or its width, whichever its kernel has.
            bool isHeight = InputTensor(convolution, 1).Shape[1] > 1;
            input = WithShape(input, Image(input.Shape, isHeight), "image");
            shape = Image(shape, isHeight);
            window = Dilated(convolution, isHeight ? [dilation, 1] : [1, dilation]);
            pads = isHeight ? [pads[0], 0, pads[1], 0] : [0, pads[0], 0, pads[1]];
        }
        else
        {
            (int across, long[] sides) = Integers(first, 1).Length > 1 ? Dilation(first, last, 1) : (1, [0, 0]);
            window = Dilated(convolution, [dilation, across]);
            pads = [pads[0], sides[0], pads[1], sides[1]];
        }

        bool depthwise = convolution.Code == TfLiteOperatorCode.DepthwiseConv2D;
        input = InOrder(input, AxisOrder.ChannelsFirst(4));
        Weights weights = WeightsOf(convolution, 1, input, depthwise ? 3 : 0);
        Tensor arranged = AxisOrder.Permute(weights.Tensor, depthwise ? [3, 0, 1, 2] : [0, 3, 1, 2]);
        string name = shape == output.Shape ? output.Name : Unique($"{output.Name}.image");
        TfLiteValue value = Convolve(convolution, input, weights, arranged, depthwise ? input.Shape[3] : 1, window, pads, name, shape, output);
        Set(last, shape == output.Shape ? value : WithShape(value, output.Shape, "sequence"));
    }

    /// <summary>The shape of a sequence as an image of one column or one row.</summary>
    private static int[] Image(int[] sequence, bool isHeight) =>
        isHeight ? [sequence[0], sequence[1], 1, sequence[2]] : [sequence[0], 1, sequence[1], sequence[2]];

    private Window Dilated(TfLiteOperator convolution, int[] dilations)
    {
        RequireRank(convolution, 1, 4);
        int[] kernel = InputTensor(convolution, 1).Shape[1..3];
        Window window = WindowOf(convolution, kernel, dilationField: -1);
        return (window.Same && kernel.Any(size => size > 1)) || window.Strides.Any(stride => stride != 1)
            ? throw Fault(convolution, "between SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND, expected strides of 1 and VALID padding")
            : window with { Dilations = dilations };
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
}
