using Edge.Quantization.Graph.TfLite;

namespace Edge.Quantization.Tests.TfLite.Reference;

/// <summary>Operators in the forms that stand in few files, against the reference: the same bits. The usual ones are in ImportedOperatorTests.</summary>
public class ImportedFormTests
{
    public static IEnumerable<TheoryDataRow<ReferenceRounding>> Roundings => ImportedOperatorTests.Roundings;

    [Theory, MemberData(nameof(Roundings))]
    public void Packing_along_any_axis(ReferenceRounding rounding) => Each(rounding, sketch =>
    {
        SketchValue x = sketch.Requantize(sketch.Input(1, 6));
        SketchValue y = sketch.Apply(TfLiteOperatorCode.Relu, x.Shape, x.Scale, x.ZeroPoint, [x.Tensor]);
        int axis = sketch.Pick(1, 2, -1);
        int[] shape = axis == 1 ? [1, 3, 6] : [1, 6, 3];
        SketchValue rows = sketch.Move(TfLiteOperatorCode.Pack, x, shape, [y.Tensor, x.Tensor], 59, o => o.Int32(0, 3).Int32(1, axis));
        return sketch.FullyConnected(rows, 4, 0, perChannel: false);
    });

    [Theory, MemberData(nameof(Roundings))]
    public void Splitting_along_any_axis_into_any_parts(ReferenceRounding rounding) => Each(rounding, sketch =>
    {
        SketchValue x = sketch.Convolution(sketch.Input(1, 9, 6, 1), false, 6, (1, 1), (1, 1), (1, 1), true, 0);
        int axis = sketch.Pick(1, 2, 3);
        int named = sketch.Pick(axis, axis - 4);
        int size = x.Shape[axis];
        int[] sizes = sketch.Pick(0, 1) == 0 ? [size / 3, size / 3, size / 3] : [1, size - 3, 2];
        int[][] shapes = [.. sizes.Select(part => (int[])[.. x.Shape.Select((whole, a) => a == axis ? part : whole)])];
        SketchValue[] parts = sizes[0] == sizes[1]
            ? sketch.Cut(TfLiteOperatorCode.Split, x, shapes, [sketch.Number(named), x.Tensor], 35, o => o.Int32(0, 3))
            : sketch.Cut(TfLiteOperatorCode.SplitV, x, shapes, [x.Tensor, sketch.Numbers(sizes[0], sketch.Pick(sizes[1], -1), sizes[2]), sketch.Number(named)], 79, o => o.Int32(0, 3));
        SketchValue joined = sketch.Move(TfLiteOperatorCode.Concatenation, parts[2], x.Shape, [parts[0].Tensor, parts[1].Tensor], 10, o => o.Int32(0, axis));
        return sketch.Convolution(joined, false, 3, (2, 1), (1, 1), (1, 1), true, 0);
    });

    [Theory, MemberData(nameof(Roundings))]
    public void Axes_of_one_come_and_go(ReferenceRounding rounding) => Each(rounding, sketch =>
    {
        SketchValue x = sketch.Convolution(sketch.Input(1, 7, 5, 1), false, 6, (2, 5), (1, 1), (1, 1), false, 0);
        SketchValue rows = sketch.Pick(0, 1, 2) switch
        {
            0 => sketch.Move(TfLiteOperatorCode.Squeeze, x, [1, 6, 6], [], 30, o => o.Int32s(0, -2)),
            1 => sketch.Move(TfLiteOperatorCode.Squeeze, x, [6, 6], [], 30),
            _ => sketch.Reshape(x, 1, 6, 6),
        };
        if (rows.Shape.Length == 2)
        {
            rows = sketch.Move(TfLiteOperatorCode.ExpandDims, rows, [1, 6, 6], [sketch.Number(sketch.Pick(0, -3))], 52);
        }

        SketchValue maps = sketch.Move(TfLiteOperatorCode.ExpandDims, rows, [1, 6, 6, 1], [sketch.Number(sketch.Pick(3, -1))], 52);
        return sketch.Convolution(maps, false, 4, (3, 3), (2, 1), (1, 1), true, 1);
    });

    [Theory, MemberData(nameof(Roundings))]
    public void Slices_with_masks_steps_and_negative_bounds(ReferenceRounding rounding) => Each(rounding, sketch =>
    {
        SketchValue x = sketch.Convolution(sketch.Input(1, 9, 7, 1), false, 4, (1, 1), (1, 1), (1, 1), true, 0);
        (int[] begin, int[] end, int[] steps, int beginMask, int endMask) = ([0, 0, 0, 0], [1, 9, 7, 4], [1, 1, 1, 1], 0, 0);
        int[] shape = [.. x.Shape];
        for (int axis = 1; axis < 4; axis++)
        {
            int size = x.Shape[axis], from = sketch.Random.Next(size - 1), to = from + 1 + sketch.Random.Next(size - from), step = sketch.Pick(1, 1, 2, 3);
            (bool open, bool closed) = (sketch.Pick(0, 1) == 0, sketch.Pick(0, 1) == 0);
            (beginMask, endMask) = (beginMask | (open ? 1 << axis : 0), endMask | (closed ? 1 << axis : 0));
            begin[axis] = sketch.Pick(0, 1) == 0 ? from : from - size;
            end[axis] = to == size ? size + sketch.Pick(0, 5) : sketch.Pick(0, 1) == 0 ? to : to - size;
            steps[axis] = step;
            shape[axis] = ((closed ? size : to) - (open ? 0 : from) + step - 1) / step;
        }

        SketchValue part = sketch.Move(
            TfLiteOperatorCode.StridedSlice, x, shape, [sketch.Numbers(begin), sketch.Numbers(end), sketch.Numbers(steps)], 32, o => o.Int32(0, beginMask | 1).Int32(1, endMask | 1));
        return sketch.Convolution(part, false, 3, (1, 1), (1, 1), (1, 1), true, 0);
    });

    [Theory, MemberData(nameof(Roundings))]
    public void A_slice_that_takes_an_axis_away(ReferenceRounding rounding) => Each(rounding, sketch =>
    {
        SketchValue x = sketch.Convolution(sketch.Input(1, 9, 4, 1), false, 3, (1, 1), (1, 1), (1, 1), true, 0);
        int at = sketch.Pick(-1, -9, 0, 5, 8);
        SketchValue frame = sketch.Move(
            TfLiteOperatorCode.StridedSlice, x, [1, 4, 3], [sketch.Numbers(0, at, 0, 0), sketch.Numbers(1, at + 1, 4, 3), sketch.Numbers(1, 1, 1, 1)], 32,
            o => o.Int32(0, 13).Int32(1, 13).Int32(4, 2));
        return sketch.FullyConnected(sketch.Reshape(frame, 1, 12), 5, 0, perChannel: false);
    });

    [Theory, MemberData(nameof(Roundings))]
    public void Zeros_around_every_axis(ReferenceRounding rounding) => Each(rounding, sketch =>
    {
        SketchValue x = sketch.Convolution(sketch.Input(1, 5, 4, 1), false, 3, (1, 1), (1, 1), (1, 1), true, 0);
        int[] pads = [0, 0, .. Enumerable.Range(0, 6).Select(_ => sketch.Random.Next(3))];
        SketchValue padded = sketch.Move(
            TfLiteOperatorCode.Pad, x, [1, x.Shape[1] + pads[2] + pads[3], x.Shape[2] + pads[4] + pads[5], x.Shape[3] + pads[6] + pads[7]], [sketch.Numbers([4, 2], pads)], 22);
        return sketch.Convolution(padded, false, 4, (3, 2), (2, 1), (1, 1), sketch.Pick(0, 1) == 1, 3);
    });

    [Theory, MemberData(nameof(Roundings))]
    public void Functions_over_maps(ReferenceRounding rounding) => Each(rounding, sketch =>
    {
        SketchValue x = sketch.Convolution(sketch.Input(1, 6, 5, 1), false, 5, (3, 3), (1, 1), (1, 1), true, 0);
        TfLiteOperatorCode[] codes = [TfLiteOperatorCode.Relu, TfLiteOperatorCode.Relu6, TfLiteOperatorCode.ReluN1To1, TfLiteOperatorCode.Relu0To1, TfLiteOperatorCode.Tanh, TfLiteOperatorCode.Logistic];
        TfLiteOperatorCode code = codes[sketch.Random.Next(codes.Length)];
        SketchValue y = code switch
        {
            TfLiteOperatorCode.Tanh => sketch.Apply(code, x.Shape, 1f / 128, 0, [x.Tensor]),
            TfLiteOperatorCode.Logistic => sketch.Apply(code, x.Shape, 1f / 256, -128, [x.Tensor]),
            _ => sketch.Apply(code, x.Shape, x.Scale * (0.3f + sketch.Random.NextSingle()), sketch.ZeroPoint(), [x.Tensor]),
        };
        return sketch.Convolution(y, false, 3, (1, 1), (1, 1), (1, 1), false, 0);
    });

    [Theory, MemberData(nameof(Roundings))]
    public void Products_of_matrices_turned_either_way(ReferenceRounding rounding) => Each(rounding, sketch =>
    {
        (int rows, int depth, int columns) = (sketch.Pick(2, 5), sketch.Pick(3, 8), sketch.Pick(1, 4));
        (bool turnA, bool turnB) = (sketch.Pick(0, 1) == 1, sketch.Pick(0, 1) == 1);
        SketchValue x = sketch.Input(1, 10, 4);
        SketchValue a = Matrix(turnA ? depth : rows, turnA ? rows : depth), b = Matrix(turnB ? columns : depth, turnB ? depth : columns);
        return sketch.Apply(
            TfLiteOperatorCode.BatchMatmul, [1, rows, columns], a.Scale * b.Scale * 100 * MathF.Sqrt(depth), sketch.ZeroPoint(), [a.Tensor, b.Tensor], 101,
            o => o.Bool(0, turnA).Bool(1, turnB));

        SketchValue Matrix(int height, int width) => sketch.Reshape(sketch.FullyConnected(sketch.Reshape(x, 1, 40), height * width, 0, perChannel: false), 1, height, width);
    });

    [Theory, MemberData(nameof(Roundings))]
    public void Dilation_and_padding_at_odd_sides(ReferenceRounding rounding) => Each(rounding, sketch =>
    {
        SketchValue x = sketch.Convolution(sketch.Input(1, sketch.Pick(10, 13), sketch.Pick(6, 9), 1), false, 4, (1, 1), (1, 1), (1, 1), true, 0);
        bool dilated = sketch.Pick(0, 1) == 1;
        (int, int) stride = dilated ? (1, 1) : (sketch.Pick(1, 2, 3), sketch.Pick(1, 2, 3)), dilation = dilated ? (sketch.Pick(1, 2, 3), sketch.Pick(1, 2)) : (1, 1);
        bool depthwise = sketch.Pick(0, 1) == 1;
        return sketch.Convolution(
            x, depthwise, depthwise ? 4 * sketch.Pick(1, 2, 3) : 5, (sketch.Pick(2, 3, 4), sketch.Pick(2, 3)), stride, dilation, same: sketch.Pick(0, 1, 1) == 1, sketch.Activation());
    });

    [Theory, MemberData(nameof(Roundings))]
    public void Dilation_that_is_spelled_with_blocks(ReferenceRounding rounding) => Each(rounding, sketch =>
    {
        SketchValue x = sketch.Convolution(sketch.Input(1, sketch.Pick(7, 10, 13), sketch.Pick(6, 9), 1), false, 4, (1, 1), (1, 1), (1, 1), true, 0);
        ((int H, int W) kernel, int[] block) = ((sketch.Pick(2, 3), sketch.Pick(1, 3)), [sketch.Pick(2, 3), sketch.Pick(1, 2)]);
        (int[] top, int[] left) = (Pads(x.Shape[1], kernel.H, block[0]), Pads(x.Shape[2], kernel.W, block[1]));
        int[] spread = [block[0] * block[1], (x.Shape[1] + top[0] + top[1]) / block[0], (x.Shape[2] + left[0] + left[1]) / block[1], x.Shape[3]];
        SketchValue phases = sketch.Move(TfLiteOperatorCode.SpaceToBatchNd, x, spread, [sketch.Numbers(block), sketch.Numbers([2, 2], [top[0], top[1], left[0], left[1]])], 25);
        bool depthwise = sketch.Pick(0, 1) == 1;
        SketchValue sums = sketch.Convolution(phases, depthwise, depthwise ? 4 : 5, kernel, (1, 1), (1, 1), false, sketch.Activation());
        return sketch.Move(
            TfLiteOperatorCode.BatchToSpaceNd, sums, [1, x.Shape[1], x.Shape[2], sums.Shape[3]], [sketch.Numbers(block), sketch.Numbers([2, 2], [0, top[2], 0, left[2]])], 24);

        // As many positions as there were, the odd zero at the end, and what fills the last block, which is cropped again.
        static int[] Pads(int size, int kernel, int block)
        {
            int total = (kernel - 1) * block, fill = (block - ((size + total) % block)) % block;
            return [total / 2, total - (total / 2) + fill, fill];
        }
    });

    [Theory, MemberData(nameof(Roundings))]
    public void Unsigned_inputs_and_outputs(ReferenceRounding rounding) => Each(rounding, sketch =>
    {
        SketchValue given = sketch.Given(sketch.As(TfLiteType.UInt8, new SketchValue(-1, [1, 12], sketch.Scale(), sketch.ZeroPoint())));
        SketchValue y = sketch.FullyConnected(sketch.As(TfLiteType.Int8, given, TfLiteOperatorCode.Quantize), 5, 0, perChannel: false);
        return sketch.As(TfLiteType.UInt8, y, TfLiteOperatorCode.Quantize);
    });

    [Theory, MemberData(nameof(Roundings))]
    public void Floats_between_integers_keep_what_they_are(ReferenceRounding rounding) => Each(rounding, sketch =>
    {
        SketchValue x = sketch.FullyConnected(sketch.Input(1, 12), 6, 0, perChannel: false);
        SketchValue reals = sketch.As(TfLiteType.Float32, x, TfLiteOperatorCode.Dequantize);
        return sketch.FullyConnected(sketch.As(TfLiteType.Int8, reals, TfLiteOperatorCode.Quantize), 4, 0, perChannel: true);
    });

    [Theory, MemberData(nameof(Roundings))]
    public void Floats_at_both_ends(ReferenceRounding rounding)
    {
        for (int seed = 1; seed <= 8; seed++)
        {
            var sketch = new ModelSketch(seed);
            SketchValue given = sketch.Given(sketch.As(TfLiteType.Float32, new SketchValue(-1, [1, 12], sketch.Scale(), sketch.ZeroPoint())));
            SketchValue y = sketch.FullyConnected(sketch.As(TfLiteType.Int8, given, TfLiteOperatorCode.Quantize), 5, 0, perChannel: false);
            using var comparison = new ImportComparison(sketch.Build(sketch.As(TfLiteType.Float32, y, TfLiteOperatorCode.Dequantize)), rounding);
            comparison.Step([.. Enumerable.Range(0, 12).Select(_ => given.Scale * ((sketch.Random.NextSingle() * 300) - 150))]);
        }
    }

    /// <summary>Variables read and assigned in every order: the step before's value until an assignment, its value from then on.</summary>
    [Theory, MemberData(nameof(Roundings))]
    public void Variables_in_every_order(ReferenceRounding rounding) => ImportedOperatorTests.EachFile(rounding, sketch =>
    {
        sketch.CallOnce();
        SketchValue x = sketch.Requantize(sketch.Input(1, 6));
        int a = sketch.Handle("a"), b = sketch.Handle("b");
        SketchValue sum = x;
        bool readA = false, readB = false;
        for (int i = 0; i < 5; i++)
        {
            switch (sketch.Pick(0, 1, 2, 3))
            {
                case 0:
                    (sum, readA) = (Sum(sum, sketch.Read(a, x)), true);
                    break;
                case 1:
                    (sum, readB) = (Sum(sum, sketch.Read(b, x)), true);
                    break;
                case 2:
                    sketch.Assign(a, x);
                    break;
                default:
                    // What one variable holds, into the other.
                    readA = true;
                    sketch.Assign(b, sketch.Read(a, x));
                    break;
            }
        }

        sum = readA ? sum : Sum(sum, sketch.Read(a, x));
        sum = readB ? sum : Sum(sum, sketch.Read(b, x));
        return sketch.BuildWithVariables(sum, ("a", x), ("b", x));

        SketchValue Sum(SketchValue left, SketchValue right) =>
            sketch.Apply(TfLiteOperatorCode.Add, left.Shape, Math.Max(left.Scale, right.Scale) * 1.4f, sketch.ZeroPoint(), [left.Tensor, right.Tensor], 11);
    });

    private static void Each(ReferenceRounding rounding, Func<ModelSketch, SketchValue> build) => ImportedOperatorTests.Each(rounding, build);
}
