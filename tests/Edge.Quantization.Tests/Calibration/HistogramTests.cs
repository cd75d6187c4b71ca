using Edge.Quantization.Calibration;

namespace Edge.Quantization.Tests.Calibration;

public class HistogramTests
{
    [Theory]
    [InlineData(1, 2048)]
    [InlineData(37, 16)] // fewer elements than a block, not a whole number of vectors
    [InlineData(100_003, 2048)]
    public void Every_element_falls_into_its_bin(int count, int bins)
    {
        float[] elements = Normal(count, seed: count);
        var histogram = new Histogram(elements.Min(), elements.Max(), bins);
        histogram.Add(elements);
        histogram.Add([]);

        // An element within rounding of an edge may fall to either side; nothing else may move.
        long moved = 0;
        var expected = new long[bins];
        foreach (float element in elements)
        {
            double place = histogram.BinWidth == 0 ? 0 : (element - (double)histogram.Min) / histogram.BinWidth;
            expected[Math.Min((int)place, bins - 1)]++;
            moved += Math.Abs(place - Math.Round(place)) < 1e-3 ? 2 : 0;
        }

        Assert.Equal(count, histogram.Count);
        Assert.Equal(count, histogram.Counts.ToArray().Sum());
        Assert.InRange(expected.Zip(histogram.Counts.ToArray(), (a, b) => Math.Abs(a - b)).Sum(), 0, moved);
    }

    [Fact]
    public void Parts_add_up_to_the_whole()
    {
        float[] elements = Normal(50_000, seed: 5);
        var whole = new Histogram(elements.Min(), elements.Max(), 512);
        var parts = new Histogram(elements.Min(), elements.Max(), 512);
        whole.Add(elements);
        for (int i = 0; i < elements.Length; i += 333)
        {
            parts.Add(elements.AsSpan(i, Math.Min(333, elements.Length - i)));
        }

        Assert.Equal(whole.Counts.ToArray(), parts.Counts.ToArray());
        Assert.Equal(whole.Mean, parts.Mean, 1e-6);
    }

    [Fact]
    public void Mean_and_deviation_are_exact_far_from_zero()
    {
        float[] elements = [.. Normal(20_000, seed: 3).Select(element => 10_000 + element)];
        var histogram = new Histogram(elements.Min(), elements.Max(), 64);
        histogram.Add(elements);

        double mean = elements.Average(element => (double)element);
        Assert.Equal(mean, histogram.Mean, 1e-6);
        Assert.Equal(Math.Sqrt(elements.Average(element => (element - mean) * (element - mean))), histogram.StandardDeviation, 1e-5);
    }

    [Fact]
    public void Infinite_and_masking_elements_are_left_out_and_counted()
    {
        float[] elements = [.. Enumerable.Repeat(0.5f, 100), float.NegativeInfinity, float.MinValue, float.PositiveInfinity];
        var histogram = new Histogram(0, 1, 2);
        histogram.Add(elements);

        Assert.Equal((100, 3), (histogram.Count, histogram.InfiniteCount));
        Assert.Equal([0, 100], histogram.Counts.ToArray());
        Assert.Equal(0.5, histogram.Mean);
    }

    [Fact]
    public void The_share_outside_of_a_range_counts_parts_of_bins()
    {
        var histogram = new Histogram(0, 4, 4);
        histogram.Add([0.5f, 1.5f, 2.5f, 3.5f]);

        Assert.Equal(0, histogram.ShareOutside(-1, 5));
        Assert.Equal(0.5, histogram.ShareOutside(1, 3));
        Assert.Equal(0.375, histogram.ShareOutside(0, 2.5f));
        Assert.Equal(1, histogram.ShareOutside(10, 11));
    }

    [Fact]
    public void A_constant_has_one_bin_of_no_width()
    {
        var histogram = new Histogram(3, 3, 8);
        histogram.Add([3, 3, 3]);

        Assert.Equal((3, 0.0, 3.0, 0.0), (histogram.Counts[0], histogram.BinWidth, histogram.Mean, histogram.StandardDeviation));
        Assert.Equal((0, 1), (histogram.ShareOutside(0, 3), histogram.ShareOutside(0, 2)));
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(float.NaN, 1)]
    [InlineData(0, float.PositiveInfinity)]
    public void Edges_out_of_order_are_refused(float min, float max) => Assert.Throws<ArgumentException>(() => new Histogram(min, max, 4));

    /// <summary>Normal deviates by the method of Box and Muller.</summary>
    internal static float[] Normal(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())))];
    }
}
