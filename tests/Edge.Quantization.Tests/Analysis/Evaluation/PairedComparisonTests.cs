using Edge.Quantization.Analysis.Evaluation;
using Edge.Quantization.Analysis.Statistics;

namespace Edge.Quantization.Tests.Analysis.Evaluation;

public class PairedComparisonTests
{
    [Fact]
    public void Clips_are_counted_by_who_has_them_right()
    {
        PairedComparison comparison = PairedComparison.Of([0, 0, 1, 1, 2, 2], [0, 1, 1, 0, 0, 0], [0, 0, 0, 1, 0, 1]);

        Assert.Equal(new PairedComparison(6, OnlyFirstCorrect: 1, OnlySecondCorrect: 2, SameAnswer: 2), comparison);
        Assert.Equal(1.0 / 6, comparison.Difference, 1e-12);
        Assert.Equal(1.0 / 3, comparison.Agreement, 1e-12);
    }

    [Theory]
    [InlineData(0, 0, 1)]
    [InlineData(0, 5, 0.0625)] // 2 / 2⁵
    [InlineData(3, 3, 1)]
    [InlineData(1, 8, 0.0390625)] // 2·(1 + 9) / 2⁹
    [InlineData(8, 1, 0.0390625)]
    public void McNemars_exact_test_counts_ways(int first, int second, double expected) =>
        Assert.Equal(expected, new PairedComparison(100, first, second, 0).McNemarProbability(), 1e-12);

    // Agresti, Categorical Data Analysis, table 10.1: of 1,600 voters 150 and 86 changed their minds about a prime minister; its interval by Wald.
    [Fact]
    public void The_interval_of_the_difference_is_near_the_published_one()
    {
        Interval interval = new PairedComparison(1600, 150, 86, 0).DifferenceInterval();
        Assert.Equal(-0.0587, interval.Low, 3e-4);
        Assert.Equal(-0.0213, interval.High, 3e-4);
    }

    [Fact]
    public void The_interval_is_not_empty_where_both_models_are_always_right()
    {
        Interval interval = new PairedComparison(50, 0, 0, 50).DifferenceInterval();
        Assert.Equal(-interval.Low, interval.High, 1e-15);
        Assert.InRange(interval.High, 0.01, 0.1);
    }
}
