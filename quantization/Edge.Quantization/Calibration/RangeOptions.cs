namespace Edge.Quantization.Calibration;

/// <summary>Parameters of the range methods.</summary>
public sealed record RangeOptions
{
    /// <summary>Per cent of the elements that are not above the range, and of those that are not below it; 50 to 100.</summary>
    public double Percentile { get; init; } = 99.99;

    /// <summary>Bits of the integers, 2 to 16.</summary>
    public int Bits { get; init; } = 8;

    /// <summary>Whether the range is as wide below 0 as above it, as for integers without a zero point.</summary>
    public bool Symmetric { get; init; }
}
