namespace Edge.Audio;

/// <summary>Interleaved frames to mono.</summary>
public static class ChannelMix
{
    /// <summary>Takes one channel.</summary>
    /// <param name="interleaved">[frames, channels].</param>
    /// <param name="channels">Samples in a frame, at least 1.</param>
    /// <param name="channel">The one to take, from 0.</param>
    /// <param name="mono">Receives [frames].</param>
    /// <returns>The number of frames.</returns>
    /// <exception cref="ArgumentException">Part of a frame, no such channel, or <paramref name="mono"/> is too short.</exception>
    public static int Select(ReadOnlySpan<short> interleaved, int channels, int channel, Span<short> mono)
    {
        int frames = CountFrames(interleaved, channels, mono);
        ArgumentOutOfRangeException.ThrowIfNegative(channel);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(channel, channels);
        for (int i = 0; i < frames; i++)
        {
            mono[i] = interleaved[(i * channels) + channel];
        }

        return frames;
    }

    /// <summary>Takes the mean of all channels, rounded to nearest, ties up.</summary>
    /// <param name="interleaved">[frames, channels].</param>
    /// <param name="channels">Samples in a frame, 1 to 64.</param>
    /// <param name="mono">Receives [frames].</param>
    /// <returns>The number of frames.</returns>
    /// <exception cref="ArgumentException">Part of a frame, or <paramref name="mono"/> is too short.</exception>
    public static int Mean(ReadOnlySpan<short> interleaved, int channels, Span<short> mono)
    {
        int frames = CountFrames(interleaved, channels, mono);
        for (int i = 0; i < frames; i++)
        {
            uint sum = 0; // of samples raised by 2^15, so that division rounds one way only
            foreach (short sample in interleaved.Slice(i * channels, channels))
            {
                sum += (uint)(sample - short.MinValue);
            }

            mono[i] = (short)((((2 * sum) + (uint)channels) / (2 * (uint)channels)) + short.MinValue);
        }

        return frames;
    }

    private static int CountFrames(ReadOnlySpan<short> interleaved, int channels, ReadOnlySpan<short> mono)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(channels, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(channels, AudioLimits.MaxChannels);
        (int frames, int rest) = Math.DivRem(interleaved.Length, channels);
        if (rest != 0)
        {
            throw new ArgumentException($"{interleaved.Length} samples are not a whole number of frames of {channels}.", nameof(interleaved));
        }

        if (mono.Length < frames)
        {
            throw new ArgumentException($"The buffer holds {mono.Length} samples; {frames} frames need as many.", nameof(mono));
        }

        return frames;
    }
}
