namespace Edge.Features;

/// <summary>Every parameter of a front end. Two equal options give the same integers on every machine.</summary>
public abstract record FrontEndOptions
{
    /// <summary>Samples a second of the sound that goes in, in Hz; 8,000 to 48,000.</summary>
    public int SampleRateHz { get; init; } = 16_000;

    /// <summary>Samples under one frame's window.</summary>
    public int WindowSamples { get; init; } = 480;

    /// <summary>Samples from one frame to the next.</summary>
    public int HopSamples { get; init; } = 160;

    /// <summary>Name of the front end's kind, as written in an .edge file: "micro", "log-mel", "mfcc" or "pcm".</summary>
    public abstract string Kind { get; }

    private protected virtual int MinWindowSamples => 1;

    private protected virtual int MaxHopSamples => 48_000;

    /// <summary>Everything that is wrong with these options, each as a sentence that names the option, what was found and what is allowed.</summary>
    /// <returns>An empty list where the options can be used.</returns>
    public virtual IReadOnlyList<string> Faults()
    {
        var faults = new List<string>();
        Require(faults, nameof(SampleRateHz), SampleRateHz, 8_000, 48_000);
        Require(faults, nameof(WindowSamples), WindowSamples, MinWindowSamples, 2_048);
        Require(faults, nameof(HopSamples), HopSamples, 1, MaxHopSamples);
        return faults;
    }

    /// <summary>Adds a fault unless <paramref name="value"/> lies between <paramref name="min"/> and <paramref name="max"/>, both included.</summary>
    protected static void Require(List<string> faults, string name, int value, int min, int max)
    {
        if (value < min || value > max)
        {
            faults.Add($"{name} is {value}; expected {min} to {max}.");
        }
    }

    /// <summary>Adds a fault unless <paramref name="value"/> is one of its enumeration's names.</summary>
    protected static void RequireNamed<T>(List<string> faults, string name, T value)
        where T : struct, Enum
    {
        if (!Enum.IsDefined(value))
        {
            faults.Add($"{name} is {value}; expected one of {string.Join(", ", Enum.GetNames<T>())}.");
        }
    }
}
