using Edge.Quantization.Analysis.Evaluation;

namespace Edge.Quantization.Tests.Analysis.Evaluation;

public class DetectionCurveTests
{
    private static readonly string[] Labels = ["background", "a", "b", "unspoken"];

    [Theory]
    [InlineData(0, 4)]
    [InlineData(1, 3)]
    [InlineData(2.4, 3)] // at setting 1 there are 2 an hour, but 3 at setting 2
    [InlineData(3, 1)]
    [InlineData(100, 0)]
    public void The_setting_for_a_rate_is_the_lowest_from_which_on_no_setting_has_more(double rate, int expected) =>
        Assert.Equal(expected, Curve([[0, 5, 5, 0], [0, 1, 3, 0], [0, 3, 3, 0], [0, 1, 1, 0], [0, 0, 0, 0]], new int[5][]).SettingFor(rate));

    [Fact]
    public void There_is_no_setting_where_even_the_highest_threshold_has_more() =>
        Assert.Null(Curve([[0, 9, 0, 0], [0, 3, 0, 0]], new int[2][]).SettingFor(1));

    [Fact]
    public void Rates_and_their_intervals_are_by_the_hour()
    {
        DetectionCurve curve = Curve([[0, 3, 3, 0]], new int[1][]);
        Assert.Equal(3, curve.FalseAcceptsPerHour(0));
        Assert.Equal(2.202 / 2, curve.FalseAcceptsPerHourInterval(0).Low, 1e-3);
        Assert.Equal(13.06 / 2, curve.FalseAcceptsPerHourInterval(0).High, 1e-3);
    }

    [Fact]
    public void Thresholds_by_label_miss_as_few_as_the_best_of_all_combinations()
    {
        var random = new Random(5);
        for (int trial = 0; trial < 50; trial++)
        {
            const int Settings = 6;
            int[][] falseAccepts = Falling(random, Settings, 8), missed = [.. Falling(random, Settings, 10).Reverse()];
            DetectionCurve curve = Curve(falseAccepts, missed);
            double rate = random.Next(8);

            IReadOnlyList<double>? thresholds = curve.ThresholdsFor(rate);

            IEnumerable<(int A, int B)> all = Enumerable.Range(0, Settings).SelectMany(a => Enumerable.Range(0, Settings).Select(b => (a, b)));
            int? best = all.Where(pair => falseAccepts[pair.A][1] + falseAccepts[pair.B][2] + falseAccepts[^1][3] <= rate * 2)
                .Select(pair => (int?)(missed[pair.A][1] + missed[pair.B][2])).Min();
            Assert.Equal(best is null, thresholds is null);
            if (thresholds is not null)
            {
                int a = SettingOf(thresholds[1]), b = SettingOf(thresholds[2]);
                Assert.Equal(best, missed[a][1] + missed[b][2]);
                Assert.True(falseAccepts[a][1] + falseAccepts[b][2] + falseAccepts[^1][3] <= rate * 2);
                Assert.Equal(Settings - 1, SettingOf(thresholds[3]));
            }
        }

        static int SettingOf(double threshold) => (int)Math.Round(threshold * 10) - 1;
    }

    /// <summary>Two hours without words; thresholds 0.1, 0.2 …; counts by setting and label.</summary>
    private static DetectionCurve Curve(int[][] falseAccepts, int[][] missed) => new(
        Labels,
        [.. falseAccepts.Select((_, i) => (IReadOnlyList<double>)Enumerable.Repeat((i + 1) / 10.0, Labels.Length).ToArray())],
        [new DetectionCondition("clean", [0, 50, 50, 0], [.. missed.Select(row => Counts(row ?? new int[4], []))])],
        TimeSpan.FromHours(2),
        [.. falseAccepts.Select(row => Counts([], row))]);

    private static DetectionCounts Counts(int[] missed, int[] others)
    {
        var counts = new DetectionCounts(Labels.Length);
        counts.Add(
            [.. missed.SelectMany((count, label) => Enumerable.Repeat(new SpokenWord(label, TimeSpan.Zero, TimeSpan.Zero), count))],
            [.. others.SelectMany((count, label) => Enumerable.Repeat((label, TimeSpan.FromHours(1)), count))],
            TimeSpan.Zero);
        return counts;
    }

    private static int[][] Falling(Random random, int settings, int most)
    {
        int[][] rows = [.. Enumerable.Range(0, settings).Select(_ => new int[4])];
        for (int label = 1; label < 4; label++)
        {
            int[] values = [.. Enumerable.Range(0, settings).Select(_ => random.Next(most)).OrderDescending()];
            for (int i = 0; i < settings; i++)
            {
                rows[i][label] = values[i];
            }
        }

        return rows;
    }
}
