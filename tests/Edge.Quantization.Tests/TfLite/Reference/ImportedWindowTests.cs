using Edge.Quantization.Graph.TfLite;

namespace Edge.Quantization.Tests.TfLite.Reference;

/// <summary>LSTM layers over a whole window, as the converter makes them of a Keras network, against the reference: the same bits.</summary>
public class ImportedWindowTests
{
    public static IEnumerable<TheoryDataRow<ReferenceRounding>> Roundings => ImportedOperatorTests.Roundings;

    [Theory, MemberData(nameof(Roundings))]
    public void The_last_output_of_a_window_is_classified(ReferenceRounding rounding) => ImportedOperatorTests.Each(rounding, Classifier);

    [Theory, MemberData(nameof(Roundings))]
    public void Layers_over_one_another_and_a_mean_over_time(ReferenceRounding rounding) => ImportedOperatorTests.Each(rounding, sketch =>
    {
        SketchValue rows = sketch.Lstm(sketch.Lstm(sketch.Input(1, 6, 5), 7, timeMajor: false), 4, timeMajor: false);
        SketchValue mean = sketch.Apply(TfLiteOperatorCode.Mean, [1, 4], rows.Scale, rows.ZeroPoint, [rows.Tensor, sketch.Numbers(1)], 27, o => o.Bool(0, false));
        return sketch.FullyConnected(mean, 3, 0, perChannel: false);
    });

    [Theory, MemberData(nameof(Roundings))]
    public void A_convolution_in_front(ReferenceRounding rounding) => ImportedOperatorTests.Each(rounding, sketch =>
    {
        SketchValue maps = sketch.Convolution(sketch.Input(1, 9, 6, 1), false, 4, (3, 3), (2, 2), (1, 1), true, 1);
        SketchValue rows = sketch.Lstm(sketch.Reshape(maps, 1, 5, 12), 6, timeMajor: false);
        return sketch.FullyConnected(Last(sketch, rows, timeMajor: false), 3, 0, perChannel: true);
    });

    /// <summary>LSTM, its last output, a fully connected layer and SOFTMAX; with time first where the converter exchanges the axes.</summary>
    internal static SketchValue Classifier(ModelSketch sketch)
    {
        const int steps = 7, depth = 40, cells = 9;
        bool timeMajor = sketch.Pick(0, 1) == 1;
        SketchValue x = sketch.Input(1, steps, depth);
        x = timeMajor ? sketch.Move(TfLiteOperatorCode.Transpose, x, [steps, 1, depth], [sketch.Numbers(1, 0, 2)], 26) : x;
        SketchValue last = Last(sketch, sketch.Lstm(x, cells, timeMajor), timeMajor);
        SketchValue scores = sketch.FullyConnected(last, 4, 0, perChannel: sketch.Pick(0, 1) == 1);
        return sketch.Apply(TfLiteOperatorCode.Softmax, scores.Shape, 1f / 256, -128, [scores.Tensor], 9, o => o.Float(0, 1));
    }

    private static SketchValue Last(ModelSketch sketch, SketchValue rows, bool timeMajor)
    {
        int axis = timeMajor ? 0 : 1;
        int[] begin = [0, 0, 0], end = [0, 0, 0];
        begin[axis] = -1;
        int open = 7 & ~(1 << axis);
        return sketch.Move(
            TfLiteOperatorCode.StridedSlice, rows, [1, rows.Shape[2]], [sketch.Numbers(begin), sketch.Numbers(end), sketch.Numbers(1, 1, 1)], 32,
            o => o.Int32(0, open).Int32(1, open).Int32(4, 1 << axis));
    }
}
