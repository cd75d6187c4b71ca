namespace Edge.Quantization.Calibration;

/// <summary>Which calibration clips are used, and how.</summary>
public sealed record CalibrationOptions
{
    /// <summary>Most clips to use, spread evenly over all that were found; null for all.</summary>
    public int? Limit { get; init; }

    /// <summary>Channel of the recordings to hear, from 0; null for the mean of all.</summary>
    public int? Channel { get; init; }

    /// <summary>The real value of one step of the front end's integers; null for what their fractional bits say.</summary>
    public float? FeatureUnit { get; init; }

    /// <summary>Longest stretch of a clip, in seconds, that runs through a model of any length at once; a longer clip is cut.</summary>
    public double MaxSeconds { get; init; } = 30;

    /// <summary>Told, as a sentence for people, what was done to the clips: that they were resampled.</summary>
    public Action<string>? Note { get; init; }
}
