namespace Edge.Quantization.Analysis.Charts;

/// <summary>How an axis spreads its values.</summary>
public enum ChartScale
{
    /// <summary>Evenly.</summary>
    Linear,

    /// <summary>By their logarithm; values above 0.</summary>
    Logarithmic,

    /// <summary>Shares between 0 and 1 by the normal quantile, as in detection error trade-off plots (Martin et al. 1997).</summary>
    Probit,
}
