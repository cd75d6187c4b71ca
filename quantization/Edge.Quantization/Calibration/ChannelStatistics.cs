namespace Edge.Quantization.Calibration;

/// <summary>What each channel of a value held.</summary>
/// <param name="Channels">Number of channels.</param>
public sealed record ChannelStatistics(int Channels)
{
    internal double[] Sums { get; } = new double[Channels];

    /// <summary>Smallest element of each channel; positive infinity where it has none.</summary>
    public float[] Min { get; } = Filled(Channels, float.PositiveInfinity);

    /// <summary>Largest element of each channel; negative infinity where it has none.</summary>
    public float[] Max { get; } = Filled(Channels, float.NegativeInfinity);

    /// <summary>Finite elements of each channel.</summary>
    public long[] Count { get; } = new long[Channels];

    /// <summary>Mean of each channel's elements; 0 where it has none.</summary>
    public double[] Mean => [.. Sums.Zip(Count, (sum, count) => count == 0 ? 0 : sum / count)];

    private static float[] Filled(int channels, float value)
    {
        var array = new float[channels];
        Array.Fill(array, value);
        return array;
    }
}
