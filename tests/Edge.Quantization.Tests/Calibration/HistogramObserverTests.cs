using Edge.Quantization.Calibration;

namespace Edge.Quantization.Tests.Calibration;

public class HistogramObserverTests
{
    [Fact]
    public void Two_passes_make_histograms_whose_edges_are_the_extremes()
    {
        HistogramObserver observer = Observe(("a", [-1, 2]), ("b", [5]), ("a", [0.5f, float.NegativeInfinity]), ("mask", [float.NegativeInfinity]));

        Assert.Equal(["a", "b"], observer.Histograms.Keys.Order());
        Histogram a = observer.Histograms["a"];
        Assert.Equal((-1f, 2f, 3, 1), (a.Min, a.Max, a.Count, a.InfiniteCount));
        Assert.Equal(2048, a.Counts.Length);
        Assert.Equal((-1f, 2f), observer.Ranges(RangeMethod.MinMax)["a"]);
    }

    [Theory]
    [InlineData(99.99)]
    [InlineData(99)]
    [InlineData(60)]
    public void Percentiles_are_those_of_the_sorted_elements(double percentile)
    {
        float[] elements = HistogramTests.Normal(200_000, seed: 1);
        (float min, float max) = Observe(("x", elements)).Ranges(RangeMethod.Percentile, new RangeOptions { Percentile = percentile })["x"];

        float[] sorted = [.. elements.Order()];
        double bin = (sorted[^1] - sorted[0]) / 2048.0;
        int index = (int)(sorted.Length * percentile / 100);
        Assert.InRange(max, sorted[index - 2] - bin, sorted[index + 2] + bin);
        Assert.InRange(min, sorted[^(index + 3)] - bin, sorted[^(index - 1)] + bin);
    }

    [Theory]
    [InlineData(RangeMethod.Percentile)]
    [InlineData(RangeMethod.Entropy)]
    [InlineData(RangeMethod.MeanSquaredError)]
    public void A_range_always_holds_zero(RangeMethod method)
    {
        float[] elements = HistogramTests.Normal(10_000, seed: 2);
        HistogramObserver observer = Observe(("above", [.. elements.Select(x => 20 + x)]), ("below", [.. elements.Select(x => -20 - x)]), ("constant", [7, 7]), ("zero", [0]));

        IReadOnlyDictionary<string, (float Min, float Max)> ranges = observer.Ranges(method);

        Assert.All(ranges.Values, range => Assert.True(range.Min <= 0 && range.Max >= 0));
        Assert.True(ranges["above"] is { Min: 0, Max: > 20 } && ranges["below"] is { Min: < -20, Max: 0 });
        Assert.Equal((0f, 7f), ranges["constant"]);
        Assert.Equal((0f, 0f), ranges["zero"]);
    }

    [Theory]
    [InlineData(4, false)]
    [InlineData(8, false)]
    [InlineData(8, true)]
    [InlineData(16, true)]
    public void The_squared_error_range_is_as_good_as_any_that_a_search_over_the_elements_finds(int bits, bool symmetric)
    {
        // Laplace, as activations are: few large, many small.
        var random = new Random(bits);
        float[] elements = [.. Enumerable.Range(0, 20_000).Select(_ => (float)(Math.Log(1 - random.NextDouble()) * (random.Next(3) == 0 ? -1 : 0.4)))];
        var options = new RangeOptions { Bits = bits, Symmetric = symmetric };
        (float min, float max) = Observe(("x", elements)).Ranges(RangeMethod.MeanSquaredError, options)["x"];

        double found = TrueError(elements, min, max, options);
        double least = double.PositiveInfinity;
        for (int low = 1; low <= 20; low++)
        {
            for (int high = 1; high <= 20; high++)
            {
                (double a, double b) = (elements.Min() * low / 20, elements.Max() * high / 20);
                least = Math.Min(least, symmetric ? TrueError(elements, -b, b, options) : TrueError(elements, a, b, options));
            }
        }

        Assert.InRange(found, 0, 1.05 * least);
    }

    [Fact]
    public void The_error_that_the_search_expects_is_the_error_that_rounding_makes()
    {
        float[] elements = HistogramTests.Normal(100_000, seed: 4);
        Histogram histogram = Observe(("x", elements)).Histograms["x"];
        foreach ((double min, double max) in new[] { (-1.0, 1.5), (-3, 3), (-5, 5), (0, 2.5) })
        {
            double expected = TrueError(elements, min, max, new RangeOptions());
            Assert.Equal(1, SquaredErrorRange.Error(histogram, min, max, new RangeOptions()) / expected, 0.02);
        }
    }

    [Theory]
    [InlineData(RangeMethod.Entropy)]
    [InlineData(RangeMethod.MeanSquaredError)]
    public void Lone_outliers_are_clipped(RangeMethod method)
    {
        float[] elements = HistogramTests.Normal(100_000, seed: 6);
        elements[10] = 60;
        (float min, float max) = Observe(("x", elements)).Ranges(method, new RangeOptions { Bits = 4 })["x"];
        Assert.InRange(max, 2, 20);
        Assert.InRange(min, -6, -1);
    }

    [Fact]
    public void What_is_even_is_not_clipped_by_entropy()
    {
        var random = new Random(7);
        float[] elements = [.. Enumerable.Range(0, 500_000).Select(_ => (random.NextSingle() * 3) - 1)];
        (float min, float max) = Observe(("x", elements)).Ranges(RangeMethod.Entropy)["x"];
        Assert.InRange(max, 1.9, 2);
        Assert.InRange(min, -1, -0.9);
    }

    [Fact]
    public void The_zeros_of_a_relu_do_not_decide_its_entropy_range()
    {
        float[] normal = HistogramTests.Normal(300_000, seed: 8);
        float[] half = [.. normal.Where(x => x > 0)];
        float[] relu = [.. normal.Select(x => Math.Max(x, 0))];
        float with = Observe(("x", relu)).Ranges(RangeMethod.Entropy)["x"].Max;
        float without = Observe(("x", half)).Ranges(RangeMethod.Entropy)["x"].Max;
        Assert.InRange(with, 0.8 * without, 1.2 * without);
        Assert.True(with > 2.5);
    }

    [Fact]
    public void Parameters_out_of_range_are_refused()
    {
        HistogramObserver observer = Observe(("x", [1, 2]));
        Assert.Throws<ArgumentOutOfRangeException>(() => observer.Ranges(RangeMethod.Percentile, new RangeOptions { Percentile = 40 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => observer.Ranges(RangeMethod.MeanSquaredError, new RangeOptions { Bits = 1 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => observer.Ranges((RangeMethod)9));
    }

    [Fact]
    public void Observers_share_passes_and_each_sees_as_many_as_it_asks_for()
    {
        var extremes = new MinMaxObserver();
        var histograms = new HistogramObserver();
        var both = new CompositeObserver(extremes, histograms);

        Fill(both, ("x", [1, 2, 3]));

        Assert.Equal(2, both.Passes);
        Assert.Equal((1f, 3f), extremes.Ranges["x"]);
        Assert.Equal(3, histograms.Histograms["x"].Count);
    }

    private static double TrueError(float[] elements, double min, double max, RangeOptions options)
    {
        int steps = (1 << options.Bits) - (options.Symmetric ? 2 : 1);
        double step = (max - min) / steps;
        double low = options.Symmetric ? -steps / 2 : -Math.Round(-min / step);
        return elements.Average(x => Math.Pow(x - step * Math.Clamp(Math.Round(x / step), low, low + steps), 2));
    }

    private static HistogramObserver Observe(params (string Value, float[] Elements)[] seen)
    {
        var observer = new HistogramObserver();
        Fill(observer, seen);
        return observer;
    }

    private static void Fill(IActivationObserver observer, params (string Value, float[] Elements)[] seen)
    {
        for (int pass = 0; pass < observer.Passes; pass++)
        {
            observer.BeginPass(pass);
            foreach ((string value, float[] elements) in seen)
            {
                observer.Observe(value, [elements.Length], elements);
            }
        }
    }
}
