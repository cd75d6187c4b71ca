using Edge.Quantization.Graph.TfLite;

namespace Edge.Quantization.Tests.TfLite.Reference;

/// <summary>Every operator of an imported .tflite file, over random shapes, scales and extremes, against the reference: the same bits.</summary>
public class ImportedOperatorTests
{
    private const int Seeds = 24;

    public static IEnumerable<TheoryDataRow<ReferenceRounding>> Roundings => [new(ReferenceRounding.Once), new(ReferenceRounding.Twice)];

    [Theory, MemberData(nameof(Roundings))]
    public void Convolution_gives_the_bits_of_the_reference(ReferenceRounding rounding) => Each(rounding, sketch =>
    {
        SketchValue x = Image(sketch, sketch.Pick(1, 3, 8));
        return Convolved(sketch, x, depthwise: false, sketch.Pick(1, 4, 7, 16));
    });

    [Theory, MemberData(nameof(Roundings))]
    public void Grouped_convolution_gives_the_bits_of_the_reference(ReferenceRounding rounding) => Each(rounding, sketch =>
    {
        int groups = sketch.Pick(2, 3);
        SketchValue x = Image(sketch, 2 * groups);
        return sketch.Convolution(x, false, 4 * groups, (sketch.Pick(1, 3), 2), (1, 1), (1, 1), sketch.Pick(0, 1) == 1, sketch.Activation(), groups: groups);
    });

    [Theory, MemberData(nameof(Roundings))]
    public void Depthwise_convolution_gives_the_bits_of_the_reference(ReferenceRounding rounding) => Each(rounding, sketch =>
    {
        SketchValue x = Image(sketch, sketch.Pick(2, 5, 16));
        return Convolved(sketch, x, depthwise: true, x.Shape[3] * sketch.Pick(1, 1, 2));
    });

    [Theory, MemberData(nameof(Roundings))]
    public void Fully_connected_layer_gives_the_bits_of_the_reference(ReferenceRounding rounding) => Each(rounding, sketch =>
    {
        SketchValue x = sketch.Pick(0, 1) == 0 ? sketch.Input(1, sketch.Pick(3, 16, 200)) : sketch.Input(1, sketch.Pick(2, 5), sketch.Pick(3, 40));
        return sketch.FullyConnected(x, sketch.Pick(1, 5, 16), sketch.Activation(), sketch.Pick(0, 1) == 1, sketch.Pick(0, 1) == 1);
    });

    [Theory, MemberData(nameof(Roundings))]
    public void Output_scales_far_too_fine_or_too_coarse_give_the_bits_of_the_reference(ReferenceRounding rounding) => Each(rounding, sketch =>
        sketch.FullyConnected(sketch.Input(1, 30), 6, sketch.Activation(), sketch.Pick(0, 1) == 1, stretch: MathF.ScaleB(1, sketch.Pick(-14, -8, -5, 5, 9, 24))));

    [Theory, MemberData(nameof(Roundings))]
    public void Sum_gives_the_bits_of_the_reference(ReferenceRounding rounding) => Each(rounding, sketch => Elementwise(sketch, TfLiteOperatorCode.Add, 11));

    [Theory, MemberData(nameof(Roundings))]
    public void Difference_gives_the_bits_of_the_reference(ReferenceRounding rounding) => Each(rounding, sketch => Elementwise(sketch, TfLiteOperatorCode.Sub, 28));

    [Theory, MemberData(nameof(Roundings))]
    public void Product_gives_the_bits_of_the_reference(ReferenceRounding rounding) => Each(rounding, sketch => Elementwise(sketch, TfLiteOperatorCode.Mul, 21));

    [Theory, MemberData(nameof(Roundings))]
    public void Average_pool_gives_the_bits_of_the_reference(ReferenceRounding rounding) => Each(rounding, sketch => Pool(sketch, TfLiteOperatorCode.AveragePool2D));

    [Theory, MemberData(nameof(Roundings))]
    public void Maximum_pool_gives_the_bits_of_the_reference(ReferenceRounding rounding) => Each(rounding, sketch => Pool(sketch, TfLiteOperatorCode.MaxPool2D));

    [Theory, MemberData(nameof(Roundings))]
    public void Mean_gives_the_bits_of_the_reference(ReferenceRounding rounding) => Each(rounding, sketch =>
    {
        SketchValue x = sketch.Pick(0, 0, 1) == 0 ? Image(sketch, sketch.Pick(1, 2, 3, 16)) : sketch.Requantize(sketch.Input(1, 7, 12));
        int[][] choices = x.Shape.Length == 4 ? [[1, 2], [1, 2], [2, 1], [1], [2], [3], [-1, 1], [2, 3]] : [[1], [2], [-1, -2]];
        int[] axes = choices[sketch.Random.Next(choices.Length)];
        bool keep = sketch.Pick(0, 1) == 1;
        bool[] reduced = [.. x.Shape.Select((_, axis) => axes.Contains(axis) || axes.Contains(axis - x.Shape.Length))];
        int[] shape = [.. x.Shape.Select((size, axis) => reduced[axis] ? 1 : size).Where((_, axis) => keep || !reduced[axis])];
        return sketch.Apply(
            TfLiteOperatorCode.Mean, shape, x.Scale * (0.2f + sketch.Random.NextSingle()), sketch.ZeroPoint(), [x.Tensor, sketch.Numbers(axes)], 27, o => o.Bool(0, keep));
    });

    [Theory, MemberData(nameof(Roundings))]
    public void A_gate_for_each_channel_gives_the_bits_of_the_reference(ReferenceRounding rounding) => Each(rounding, sketch =>
    {
        SketchValue x = Image(sketch, sketch.Pick(3, 8));
        SketchValue mean = sketch.Apply(
            TfLiteOperatorCode.Mean, [1, 1, 1, x.Shape[3]], x.Scale / 4, sketch.ZeroPoint(), [x.Tensor, sketch.Numbers(1, 2)], 27, o => o.Bool(0, true));
        SketchValue gate = sketch.Apply(TfLiteOperatorCode.Logistic, mean.Shape, 1f / 256, -128, [mean.Tensor]);
        return sketch.Apply(TfLiteOperatorCode.Mul, x.Shape, x.Scale * 0.7f, sketch.ZeroPoint(), [x.Tensor, gate.Tensor], 21);
    });

    [Theory, MemberData(nameof(Roundings))]
    public void Rows_of_features_give_the_bits_of_the_reference(ReferenceRounding rounding) => Each(rounding, sketch =>
    {
        SketchValue x = sketch.FullyConnected(sketch.Input(1, 6, 10), 8, 0, perChannel: true);
        SketchValue sum = sketch.Apply(TfLiteOperatorCode.Add, x.Shape, x.Scale * 1.3f, sketch.ZeroPoint(), [x.Tensor, sketch.Constant(8).Tensor], 11);
        SketchValue difference = sketch.Apply(TfLiteOperatorCode.Sub, x.Shape, x.Scale * 1.3f, sketch.ZeroPoint(), [sum.Tensor, sketch.Requantize(x).Tensor], 28);
        return sketch.Apply(TfLiteOperatorCode.Softmax, x.Shape, 1f / 256, -128, [difference.Tensor], 9, o => o.Float(0, 1));
    });

    [Theory, MemberData(nameof(Roundings))]
    public void Softmax_gives_the_bits_of_the_reference(ReferenceRounding rounding) => Each(rounding, sketch =>
    {
        SketchValue x = sketch.Input(1, sketch.Pick(2, 12, 521));
        return sketch.Apply(TfLiteOperatorCode.Softmax, x.Shape, 1f / 256, -128, [x.Tensor], 9, o => o.Float(0, sketch.Pick(1, 1, 2)));
    });

    [Theory, MemberData(nameof(Roundings))]
    public void Logistic_gives_the_bits_of_the_reference(ReferenceRounding rounding) => Each(rounding, sketch => Function(sketch, TfLiteOperatorCode.Logistic, 1f / 256, -128));

    [Theory, MemberData(nameof(Roundings))]
    public void Tanh_gives_the_bits_of_the_reference(ReferenceRounding rounding) => Each(rounding, sketch => Function(sketch, TfLiteOperatorCode.Tanh, 1f / 128, 0));

    [Theory, MemberData(nameof(Roundings))]
    public void Rectifiers_give_the_bits_of_the_reference(ReferenceRounding rounding) => Each(rounding, sketch =>
    {
        ReadOnlySpan<TfLiteOperatorCode> codes = [TfLiteOperatorCode.Relu, TfLiteOperatorCode.Relu6, TfLiteOperatorCode.ReluN1To1, TfLiteOperatorCode.Relu0To1];
        return Function(sketch, codes[sketch.Random.Next(codes.Length)], null, null);
    });

    [Theory, MemberData(nameof(Roundings))]
    public void Leaky_rectifier_gives_the_bits_of_the_reference(ReferenceRounding rounding) => Each(rounding, sketch =>
        Function(sketch, TfLiteOperatorCode.LeakyRelu, null, null, 75, o => o.Float(0, sketch.Random.NextSingle() * sketch.Pick(1, 1, 2))));

    [Theory, MemberData(nameof(Roundings))]
    public void Hard_swish_gives_the_bits_of_the_reference(ReferenceRounding rounding) => Each(rounding, sketch => Function(sketch, TfLiteOperatorCode.HardSwish, null, null));

    [Theory, MemberData(nameof(Roundings))]
    public void Requantization_gives_the_bits_of_the_reference(ReferenceRounding rounding) => Each(rounding, sketch =>
        sketch.FullyConnected(sketch.Requantize(sketch.Input(1, 64)), 5, sketch.Activation(), perChannel: false));

    [Theory, MemberData(nameof(Roundings))]
    public void Matrix_product_gives_the_bits_of_the_reference(ReferenceRounding rounding) => Each(rounding, sketch =>
    {
        (int rows, int depth) = (sketch.Pick(2, 5), sketch.Pick(3, 8));
        SketchValue a = sketch.Requantize(sketch.Input(1, rows, depth));
        SketchValue b = sketch.Requantize(a);
        return sketch.Apply(
            TfLiteOperatorCode.BatchMatmul, [1, rows, rows], a.Scale * b.Scale * 100 * MathF.Sqrt(depth), sketch.ZeroPoint(), [a.Tensor, b.Tensor], 101, o => o.Bool(1, true));
    });

    [Theory, MemberData(nameof(Roundings))]
    public void Svdf_with_its_state_gives_the_bits_of_the_reference(ReferenceRounding rounding) => Each(rounding, sketch =>
    {
        SketchValue first = sketch.Svdf(sketch.Input(1, sketch.Pick(4, 40)), sketch.Pick(3, 16), sketch.Pick(1, 2), sketch.Pick(1, 4, 9), sketch.Pick(0, 1) == 1);
        return sketch.Svdf(first, 5, 1, 3, bias: true);
    });

    [Theory, MemberData(nameof(Roundings))]
    public void Padding_gives_the_bits_of_the_reference(ReferenceRounding rounding) => Each(rounding, sketch =>
    {
        SketchValue x = Image(sketch, sketch.Pick(1, 3));
        int[] pads = [0, 0, sketch.Random.Next(3), sketch.Random.Next(3), sketch.Random.Next(2), sketch.Random.Next(2), 0, 0];
        SketchValue padded = sketch.Move(
            TfLiteOperatorCode.Pad, x, [1, x.Shape[1] + pads[2] + pads[3], x.Shape[2] + pads[4] + pads[5], x.Shape[3]], [sketch.Numbers([4, 2], pads)], 22);
        return sketch.Convolution(padded, false, 3, (2, 2), (1, 1), (1, 1), false, 0);
    });

    [Theory, MemberData(nameof(Roundings))]
    public void Reshaping_gives_the_bits_of_the_reference(ReferenceRounding rounding) => Each(rounding, sketch =>
    {
        SketchValue x = Image(sketch, sketch.Pick(1, 4));
        SketchValue flat = sketch.Pick(0, 1) == 0
            ? sketch.Reshape(x, 1, x.Count)
            : sketch.Reshape(sketch.Move(TfLiteOperatorCode.ExpandDims, x, [1, .. x.Shape], [sketch.Number(0)], 52), 1, x.Count);
        return sketch.FullyConnected(flat, 5, 0, perChannel: false);
    });

    [Theory, MemberData(nameof(Roundings))]
    public void Squeezing_gives_the_bits_of_the_reference(ReferenceRounding rounding) => Each(rounding, sketch =>
    {
        SketchValue x = sketch.Convolution(sketch.Input(1, 7, 5, 1), false, 6, (2, 5), (1, 1), (1, 1), false, 0);
        SketchValue rows = sketch.Move(TfLiteOperatorCode.Squeeze, x, [1, x.Shape[1], 6], [], 30, o => o.Int32s(0, 2));
        return sketch.FullyConnected(rows, 4, 0, perChannel: true);
    });

    [Theory, MemberData(nameof(Roundings))]
    public void Transposition_gives_the_bits_of_the_reference(ReferenceRounding rounding) => Each(rounding, sketch =>
    {
        SketchValue x = sketch.Requantize(sketch.Input(1, 6, 5));
        SketchValue turned = sketch.Move(TfLiteOperatorCode.Transpose, x, [1, 5, 6], [sketch.Numbers(0, 2, 1)], 26);
        return sketch.FullyConnected(turned, 3, 0, perChannel: false);
    });

    [Theory, MemberData(nameof(Roundings))]
    public void Concatenation_gives_the_bits_of_the_reference(ReferenceRounding rounding) => Each(rounding, sketch =>
    {
        SketchValue x = Image(sketch, 4);
        int axis = sketch.Pick(1, 2, 3, -1);
        SketchValue y = sketch.Move(TfLiteOperatorCode.AveragePool2D, x, x.Shape, [], 5, o => o.Byte(0, 0).Int32(1, 1).Int32(2, 1).Int32(3, 2).Int32(4, 2));
        int[] shape = [.. x.Shape.Select((size, a) => a == axis % 4 || (axis < 0 && a == 3) ? 2 * size : size)];
        SketchValue joined = sketch.Move(TfLiteOperatorCode.Concatenation, x, shape, [y.Tensor], 10, o => o.Int32(0, axis));
        return sketch.Convolution(joined, false, 3, (1, 1), (1, 1), (1, 1), false, 0);
    });

    [Theory, MemberData(nameof(Roundings))]
    public void Packing_gives_the_bits_of_the_reference(ReferenceRounding rounding) => Each(rounding, sketch =>
    {
        SketchValue x = sketch.Requantize(sketch.Input(1, 12));
        SketchValue rows = sketch.Move(TfLiteOperatorCode.Pack, x, [1, 2, 12], [x.Tensor], 59, o => o.Int32(0, 2).Int32(1, 1));
        return sketch.FullyConnected(rows, 4, 0, perChannel: false);
    });

    [Theory, MemberData(nameof(Roundings))]
    public void Splitting_gives_the_bits_of_the_reference(ReferenceRounding rounding) => Each(rounding, sketch =>
    {
        SketchValue x = Image(sketch, 6);
        bool even = sketch.Pick(0, 1) == 0;
        (SketchValue a, SketchValue b) = even ? sketch.Split(x, 3, 3) : sketch.SplitV(x, 3, 2, 4);
        SketchValue first = sketch.Convolution(a, false, 3, (2, 1), (1, 1), (1, 1), true, 0);
        SketchValue second = sketch.Convolution(b, true, b.Shape[3], (2, 1), (1, 1), (1, 1), true, 0);
        return sketch.FullyConnected(sketch.Reshape(sketch.Join(first, second), 1, x.Shape[1] * x.Shape[2] * (3 + b.Shape[3])), 3, 0, perChannel: false);
    });

    [Theory, MemberData(nameof(Roundings))]
    public void Strided_slice_gives_the_bits_of_the_reference(ReferenceRounding rounding) => Each(rounding, sketch =>
    {
        SketchValue x = Image(sketch, sketch.Pick(1, 4));
        (int from, int to) = (sketch.Random.Next(3), sketch.Random.Next(2));
        int[] begin = [0, from, 0, 0], end = [1, to == 0 ? x.Shape[1] : -to, x.Shape[2], x.Shape[3]], strides = [1, 1, 1, 1];
        SketchValue part = sketch.Move(
            TfLiteOperatorCode.StridedSlice, x, [1, x.Shape[1] - from - to, x.Shape[2], x.Shape[3]], [sketch.Numbers(begin), sketch.Numbers(end), sketch.Numbers(strides)], 32,
            o => o.Int32(0, 13).Int32(1, 13));
        return sketch.Convolution(part, false, 3, (2, 1), (1, 1), (1, 1), true, 0);
    });

    private static SketchValue Image(ModelSketch sketch, int channels)
    {
        SketchValue x = sketch.Input(1, sketch.Pick(5, 8, 13), sketch.Pick(4, 9), 1);
        return channels == 1 ? x : sketch.Convolution(x, false, channels, (1, 1), (1, 1), (1, 1), true, 0);
    }

    private static SketchValue Convolved(ModelSketch sketch, SketchValue x, bool depthwise, int outputs)
    {
        (int H, int W) kernel = (sketch.Pick(1, 2, 3, 5), sketch.Pick(1, 3, 4));
        (int H, int W) dilation = (kernel.H > 3 ? 1 : sketch.Pick(1, 1, 2), 1);
        (int H, int W) stride = dilation.H > 1 ? (1, 1) : (sketch.Pick(1, 2, 3), sketch.Pick(1, 2));
        return sketch.Convolution(
            x, depthwise, outputs, kernel, stride, dilation, sketch.Pick(0, 1) == 1, sketch.Activation(), sketch.Pick(0, 1, 1) == 1, sketch.Pick(0, 1, 1) == 1);
    }

    private static SketchValue Elementwise(ModelSketch sketch, TfLiteOperatorCode code, byte optionsType)
    {
        SketchValue x = Image(sketch, sketch.Pick(1, 6));
        SketchValue b = sketch.Pick(0, 0, 1, 2) switch
        {
            0 => sketch.Requantize(x),
            1 => sketch.Constant(x.Shape[3]),
            _ => sketch.Constant(1),
        };
        float scale = code == TfLiteOperatorCode.Mul ? x.Scale * b.Scale * 70 : Math.Max(x.Scale, b.Scale) * 1.5f;
        bool swapped = sketch.Pick(0, 0, 1) == 1;
        return sketch.Apply(
            code, x.Shape, scale * (0.3f + sketch.Random.NextSingle()), sketch.ZeroPoint(),
            swapped ? [b.Tensor, x.Tensor] : [x.Tensor, b.Tensor], optionsType, o => o.Byte(0, sketch.Activation()));
    }

    private static SketchValue Pool(ModelSketch sketch, TfLiteOperatorCode code)
    {
        SketchValue x = Image(sketch, sketch.Pick(1, 4));
        (int H, int W) kernel = (sketch.Pick(1, 2, 3, 5), sketch.Pick(1, 2, 4));
        (int H, int W) stride = (sketch.Pick(1, 2, 3), sketch.Pick(1, 2));
        bool same = sketch.Pick(0, 1) == 1;
        byte activation = sketch.Activation();
        int[] shape = same
            ? [1, (x.Shape[1] + stride.H - 1) / stride.H, (x.Shape[2] + stride.W - 1) / stride.W, x.Shape[3]]
            : [1, (x.Shape[1] - kernel.H + stride.H) / stride.H, (x.Shape[2] - kernel.W + stride.W) / stride.W, x.Shape[3]];
        return sketch.Move(code, x, shape, [], 5, o => o
            .Byte(0, same ? (byte)0 : (byte)1).Int32(1, stride.W).Int32(2, stride.H).Int32(3, kernel.W).Int32(4, kernel.H).Byte(5, activation));
    }

    private static SketchValue Function(
        ModelSketch sketch, TfLiteOperatorCode code, float? scale, int? zeroPoint, byte optionsType = 0, Action<FlatTableWriter>? options = null)
    {
        SketchValue x = sketch.Input(1, 256);
        return sketch.Apply(code, x.Shape, scale ?? x.Scale * (0.3f + sketch.Random.NextSingle()), zeroPoint ?? sketch.ZeroPoint(), [x.Tensor], optionsType, options);
    }

    /// <summary>Random inputs, and the two extremes, through a model of every seed.</summary>
    internal static void Each(ReferenceRounding rounding, Func<ModelSketch, SketchValue> build) => EachFile(rounding, sketch => sketch.Build(build(sketch)));

    internal static void EachFile(ReferenceRounding rounding, Func<ModelSketch, byte[]> build)
    {
        List<string> faults = [];
        for (int seed = 1; seed <= Seeds; seed++)
        {
            var sketch = new ModelSketch(seed);
            byte[] file = build(sketch);
            try
            {
                Compare(file, rounding, sketch.Random);
            }
            catch (Exception e)
            {
                faults.Add($"seed {seed}: {e.Message}");
            }
        }

        Assert.True(faults.Count == 0, $"{faults.Count} of {Seeds}:\n{string.Join("\n", faults)}");
    }

    private static void Compare(byte[] file, ReferenceRounding rounding, Random random)
    {
        using var comparison = new ImportComparison(file, rounding);
        foreach (sbyte[] input in comparison.Inputs(random))
        {
            comparison.Step(input);
        }
    }
}
