namespace Edge.Quantization.Analysis.Events;

/// <summary>A sound within a recording: what is marked in it, or what a detector heard.</summary>
/// <param name="Label">Its class.</param>
/// <param name="Start">Onset, in seconds from the recording's first sample.</param>
/// <param name="End">Offset, in seconds; not before the onset.</param>
public readonly record struct SoundEvent(string Label, double Start, double End)
{
    /// <summary>Seconds from onset to offset.</summary>
    public double Length => End - Start;

    /// <summary>Seconds that two events share; 0 where they do not meet.</summary>
    public double Overlap(SoundEvent other) => Math.Max(0, Math.Min(End, other.End) - Math.Max(Start, other.Start));
}
