namespace Edge.Quantization.Analysis.Statistics;

/// <summary>Confidence intervals of a share.</summary>
public static class WilsonInterval
{
    /// <summary>The score interval of <paramref name="hits"/> in <paramref name="trials"/> (Wilson 1927); 0 to 1 where there were no trials.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative numbers, more hits than trials, or a confidence that is none.</exception>
    public static Interval Of(long hits, long trials, double confidence = Interval.DefaultConfidence)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(hits);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(hits, trials);
        Interval.CheckConfidence(confidence);
        if (trials == 0)
        {
            return new Interval(0, 1);
        }

        double z = NormalDistribution.Quantile((1 + confidence) / 2), n = trials, p = hits / n;
        double centre = (p + (z * z / (2 * n))) / (1 + (z * z / n));
        double half = z / (1 + (z * z / n)) * Math.Sqrt((p * (1 - p) / n) + (z * z / (4 * n * n)));
        return new Interval(hits == 0 ? 0 : centre - half, hits == trials ? 1 : centre + half);
    }
}
