namespace Edge.Quantization.Analysis.Soundscapes;

/// <summary>How clips become a long recording.</summary>
public sealed record SoundscapeOptions
{
    /// <summary>Rate of the recording, in Hz.</summary>
    public int SampleRateHz { get; init; } = 16_000;

    /// <summary>Length of the recording, in seconds.</summary>
    public double Seconds { get; init; } = 300;

    /// <summary>Clips a minute on average, of each track.</summary>
    public double ClipsPerMinute { get; init; } = 6;

    /// <summary>Tracks of clips that do not know of one another, except that two never hold the same class at once: sounds that may be heard together.</summary>
    public int Polyphony { get; init; } = 1;

    /// <summary>Least and most signal-to-noise ratio in dB, drawn evenly for each clip: mean power of the clip's sound over that of the background under it.</summary>
    public (double Low, double High) SnrDb { get; init; } = (10, 10);

    /// <summary>Level of the whole background, as root mean square below full scale, in dB.</summary>
    public double BackgroundDbfs { get; init; } = -30;

    /// <summary>A clip is silent where it lies so many dB below its loudest moment.</summary>
    public double SilenceDb { get; init; } = 20;

    /// <summary>Silence within a clip that ends an event, in seconds; the clip then holds two.</summary>
    public double GapSeconds { get; init; } = 1;

    /// <summary>Least time between two clips of a track, in seconds.</summary>
    public double RestSeconds { get; init; } = 1;

    /// <summary>The same seed, clips and options give the same recording.</summary>
    public int Seed { get; init; } = 1;
}
