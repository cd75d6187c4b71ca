namespace Edge.Quantization.Analysis.Statistics;

/// <summary>Confidence intervals of a count of rare events.</summary>
public static class PoissonInterval
{
    /// <summary>The exact interval of the mean that gave <paramref name="count"/> (Garwood 1936): chi-square quantiles of 2·count and 2·count + 2 degrees of freedom, halved.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A negative count, or a confidence that is none.</exception>
    public static Interval Of(long count, double confidence = Interval.DefaultConfidence)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        Interval.CheckConfidence(confidence);
        double tail = (1 - confidence) / 2;
        return new Interval(count == 0 ? 0 : GammaDistribution.Quantile(count, tail), GammaDistribution.Quantile(count + 1, 1 - tail));
    }
}
