using Edge.Quantization.Checkpoints.Hubert;

namespace Edge.Quantization.Checkpoints;

/// <summary>What is made of a checkpoint.</summary>
public sealed record CheckpointOptions
{
    /// <summary>Samples of sound that the network takes at once.</summary>
    public int Samples { get; init; } = 16_000;

    /// <summary>The encoder layer whose output is given, from 1; null for the last.</summary>
    public int? Layer { get; init; }

    /// <summary>
    /// Root mean square of the speech that the network will hear, in decibels of samples of ±1: for networks that were trained on sound divided by it,
    /// which a stream does not know in advance. The nominal level of ITU-T recommendations is -26.
    /// </summary>
    public double LevelDb { get; init; } = -26;

    /// <summary>The part of a supernet that is cut out; null for the whole network.</summary>
    public SubNetwork? SubNetwork { get; init; }
}
