namespace Edge.Audio;

/// <summary>What every source accepts.</summary>
internal static class AudioLimits
{
    public const int MinRateHz = 8_000;
    public const int MaxRateHz = 192_000;
    public const int MaxChannels = 64;

    /// <summary>Checks what a file's header says of its sound.</summary>
    /// <exception cref="AudioFormatException">No channels, too many, or a rate out of range.</exception>
    public static void CheckFile(string name, long sampleRateHz, int channels)
    {
        if (channels is < 1 or > MaxChannels)
        {
            throw new AudioFormatException(
                $"{name}: the header says {channels} channels; expected 1 to {MaxChannels}. "
                + "The file is damaged or must be mixed down first.");
        }

        if (sampleRateHz is < MinRateHz or > MaxRateHz)
        {
            throw new AudioFormatException(
                $"{name}: the header says {sampleRateHz} Hz; expected {MinRateHz} to {MaxRateHz} Hz. "
                + "The file is damaged or must be resampled first.");
        }
    }

    /// <summary>Checks what a caller asks for.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No channels, too many, or a rate out of range.</exception>
    public static void CheckArguments(int sampleRateHz, int channels)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sampleRateHz, MinRateHz);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(sampleRateHz, MaxRateHz);
        ArgumentOutOfRangeException.ThrowIfLessThan(channels, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(channels, MaxChannels);
    }

    /// <summary>Checks the buffer of a read.</summary>
    /// <exception cref="ArgumentException">It does not hold one frame.</exception>
    public static void CheckBuffer(ReadOnlySpan<short> buffer, int channels)
    {
        if (buffer.Length < channels)
        {
            throw new ArgumentException($"The buffer holds {buffer.Length} samples; "
                + $"one frame of this source has {channels}.", nameof(buffer));
        }
    }
}
