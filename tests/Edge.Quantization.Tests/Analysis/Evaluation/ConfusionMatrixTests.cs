using Edge.Quantization.Analysis.Evaluation;

namespace Edge.Quantization.Tests.Analysis.Evaluation;

public class ConfusionMatrixTests
{
    private static readonly ConfusionMatrix Matrix = new(["a", "b", "c", "unheard"], [0, 0, 0, 0, 1, 1, 2], [0, 0, 0, 1, 1, 0, 0]);

    [Fact]
    public void Accuracy_weights_clips_and_unweighted_recall_labels()
    {
        Assert.Equal(4.0 / 7, Matrix.Accuracy, 1e-12);
        Assert.Equal((0.75 + 0.5 + 0) / 3, Matrix.UnweightedAverageRecall, 1e-12);
    }

    [Fact]
    public void Recall_and_precision_are_of_rows_and_columns()
    {
        Assert.Equal((4, 5, 3), (Matrix.ClipsOf(0), Matrix.AnswersOf(0), Matrix[0, 0]));
        Assert.Equal(0.75, Matrix.Recall(0));
        Assert.Equal(0.6, Matrix.Precision(0));
        Assert.Equal(double.NaN, Matrix.Precision(2));
        Assert.Equal(double.NaN, Matrix.Recall(3));
    }

    [Fact]
    public void What_is_no_label_is_refused() => Assert.Throws<ArgumentException>(() => new ConfusionMatrix(["a"], [0], [1]));
}
