namespace Edge.Audio.Alsa;

/// <summary>Which device to open and how.</summary>
public sealed record AlsaOptions
{
    /// <summary>A name as `edge devices` lists them: "default", "hw:1,0", "plughw:CARD=Device".</summary>
    public string Device { get; init; } = "default";

    /// <summary>The rate to ask for, 8,000 to 192,000. A device that lacks it gives its next higher one; see <see cref="AlsaSource.Format"/>.</summary>
    public int RateHz { get; init; } = 16_000;

    /// <summary>Channels to ask for, 1 to 64; null for as few as the device gives.</summary>
    public int? Channels { get; init; }

    /// <summary>How often the device wakes the program, in milliseconds, 1 to 1,000.</summary>
    public int PeriodMs { get; init; } = 20;

    /// <summary>How much sound the device holds while nobody takes it, in milliseconds, two periods to 10,000.</summary>
    public int BufferMs { get; init; } = 500;

    /// <summary>Says what is wrong with these options.</summary>
    /// <exception cref="ArgumentException">A value out of range, or no device.</exception>
    internal void Check()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(Device);
        AudioLimits.CheckArguments(RateHz, Channels ?? 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(PeriodMs, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(PeriodMs, 1_000);
        ArgumentOutOfRangeException.ThrowIfLessThan(BufferMs, 2 * PeriodMs);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(BufferMs, 10_000);
    }
}
