using Edge.Quantization.Analysis.Report;

namespace Edge.Quantization.Tests.Analysis.Report;

public class RangeHistogramTests
{
    [Fact]
    public void Widening_keeps_every_element_at_its_place()
    {
        var histogram = new RangeHistogram();
        histogram.Add([0.1f, -0.1f, 0.05f]);
        histogram.Add([100, -3]);
        histogram.Add([float.NaN, float.PositiveInfinity]);

        Assert.Equal((5L, -3f, 100f), (histogram.Count, histogram.Min, histogram.Max));
        IReadOnlyList<(double From, double To, long Count)> bars = histogram.Bars(10_000);
        Assert.Equal(5, bars.Sum(bar => bar.Count));
        Assert.Equal(1, bars.Single(bar => bar.From <= -3 && bar.To > -3).Count);
        Assert.Equal(1, bars[^1].Count);
        Assert.Equal(5, histogram.Bars(7).Sum(bar => bar.Count));
        Assert.InRange(histogram.Bars(7).Count, 1, 7);
    }

    [Fact]
    public void The_magnitude_of_a_share_is_found_to_within_a_bin()
    {
        var histogram = new RangeHistogram();
        histogram.Add([.. Enumerable.Range(0, 1000).Select(i => i % 2 == 0 ? i / 1000f : -i / 1000f)]);
        Assert.InRange(histogram.Magnitude(0.5), 0.499, 0.505);
        Assert.InRange(histogram.Magnitude(0.999), 0.998, 1.003);
    }
}
