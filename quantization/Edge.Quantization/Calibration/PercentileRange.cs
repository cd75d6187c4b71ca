namespace Edge.Quantization.Calibration;

/// <summary>The range between two quantiles of a histogram, widened to hold 0.</summary>
internal static class PercentileRange
{
    /// <summary>From the (100 - p)th to the pth percentile; within a bin the elements are taken to lie evenly.</summary>
    /// <param name="histogram">The histogram.</param>
    /// <param name="percentile">p, from 50 to 100.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="percentile"/> is not from 50 to 100.</exception>
    public static (float Min, float Max) Of(Histogram histogram, double percentile)
    {
        if (!(percentile is >= 50 and <= 100))
        {
            throw new ArgumentOutOfRangeException(nameof(percentile), percentile, "Expected a percentile from 50 to 100.");
        }

        double max = Quantile(histogram, percentile / 100);
        double min = Quantile(histogram, 1 - percentile / 100);
        return ((float)Math.Min(min, 0), (float)Math.Max(max, 0));
    }

    private static double Quantile(Histogram histogram, double part)
    {
        double left = part * histogram.Count;
        for (int bin = 0; bin < histogram.Counts.Length; bin++)
        {
            long count = histogram.Counts[bin];
            if (count > 0 && left <= count)
            {
                return histogram.Edge(bin) + histogram.BinWidth * left / count;
            }

            left -= count;
        }

        return histogram.Max;
    }
}
