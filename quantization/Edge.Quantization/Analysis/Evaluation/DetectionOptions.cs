namespace Edge.Quantization.Analysis.Evaluation;

/// <summary>How detections are counted.</summary>
public sealed record DetectionOptions
{
    /// <summary>Silence that follows a recording of words, in ms: the device goes on listening, and its average needs time to fill.</summary>
    public int TailMs { get; init; } = 1_000;

    /// <summary>Time after a word's end in which an event still counts for it, in ms.</summary>
    public int LateMs { get; init; } = 1_000;

    /// <summary>The channel to hear, from 0; null for the mean of all.</summary>
    public int? Channel { get; init; }

    /// <summary>Recordings heard at once; the result does not depend on it.</summary>
    public int Parallelism { get; init; } = Environment.ProcessorCount;

    /// <summary>Told each recording once it has been heard; called from several threads.</summary>
    public Action<string>? Heard { get; init; }
}
