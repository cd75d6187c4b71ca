namespace Edge.Quantization.Calibration;

/// <summary>How the range of a value that is to be quantized follows from what calibration saw of it.</summary>
public enum RangeMethod
{
    /// <summary>Smallest and largest element.</summary>
    MinMax,

    /// <summary>What a given per cent of the elements lies within, at either end: see <see cref="PercentileRange"/>.</summary>
    Percentile,

    /// <summary>The range whose quantized distribution tells most of the true one: see <see cref="EntropyRange"/>.</summary>
    Entropy,

    /// <summary>The range of the least expected squared error of rounding and clipping: see <see cref="SquaredErrorRange"/>.</summary>
    MeanSquaredError,
}
