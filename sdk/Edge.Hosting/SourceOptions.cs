namespace Edge.Hosting;

/// <summary>Where sound comes from.</summary>
public sealed class SourceOptions
{
    /// <summary>A microphone.</summary>
    public const string Alsa = "alsa";

    /// <summary>A recording; listening ends with it.</summary>
    public const string File = "file";

    /// <summary>16-bit PCM on standard input.</summary>
    public const string StandardInput = "stdin";

    /// <summary>16-bit PCM from a named pipe.</summary>
    public const string Fifo = "fifo";

    /// <summary>"alsa", "file", "stdin", "fifo", or the name of an <see cref="ISourceKind"/> that was registered.</summary>
    public string Kind { get; set; } = Alsa;

    /// <summary>ALSA's name of the device, as in "hw:1".</summary>
    public string Device { get; set; } = "default";

    /// <summary>Rate to ask the device for, and the rate of bare PCM, in Hz; a recording says its own.</summary>
    public int RateHz { get; set; } = 16_000;

    /// <summary>Channels to ask the device for, and of bare PCM; null for as few as the device gives, and for one.</summary>
    public int? Channels { get; set; }

    /// <summary>The channel to hear, from 0; null for the mean of all.</summary>
    public int? Channel { get; set; }

    /// <summary>Sound that the models take at once, and the device's period.</summary>
    public int PeriodMs { get; set; } = 20;

    /// <summary>Sound that the device keeps while nobody reads it.</summary>
    public int BufferMs { get; set; } = 500;

    /// <summary>The recording, or the named pipe.</summary>
    public string? Path { get; set; }

    /// <summary>Whether a recording is heard no faster than it would sound.</summary>
    public bool RealTime { get; set; }
}
