namespace Edge.Audio;

/// <summary>Any source as mono at the rate a model wants.</summary>
/// <remarks>
/// Sample n lies n / <see cref="SampleRateHz"/> seconds after the first frame of the inner source, whatever the inner rate:
/// see <see cref="Resampler"/>. Nothing is allocated by <see cref="Read"/>.
/// </remarks>
public sealed class MonoSource : IAudioSource
{
    private const int BlockFrames = 1024;

    private readonly IAudioSource inner;
    private readonly int? channel;
    private readonly Resampler resampler;
    private readonly short[] interleaved;
    private readonly short[] mono; // the same array where the inner source is mono
    private int start;
    private int end;
    private bool ended;

    /// <summary>Wraps a source.</summary>
    /// <param name="inner">Disposed with this source.</param>
    /// <param name="sampleRateHz">8,000 to 48,000; or the inner rate.</param>
    /// <param name="channel">The channel to hear, from 0; null for the mean of all.</param>
    /// <exception cref="ArgumentOutOfRangeException">A rate out of range, or no such channel.</exception>
    public MonoSource(IAudioSource inner, int sampleRateHz, int? channel = null)
    {
        ArgumentNullException.ThrowIfNull(inner);
        if (channel is int chosen && (chosen < 0 || chosen >= inner.Channels))
        {
            throw new ArgumentOutOfRangeException(
                nameof(channel), $"{inner.Name} has no channel {chosen}; expected 0 to {inner.Channels - 1}, or none for the mean.");
        }

        this.inner = inner;
        this.channel = channel;
        resampler = new Resampler(inner.SampleRateHz, sampleRateHz);
        interleaved = new short[BlockFrames * inner.Channels];
        mono = inner.Channels == 1 ? interleaved : new short[BlockFrames];
    }

    /// <inheritdoc/>
    public string Name => inner.Name;

    /// <inheritdoc/>
    public int SampleRateHz => resampler.OutputRateHz;

    /// <summary>1.</summary>
    public int Channels => 1;

    /// <summary>Samples read so far: the index of the next one.</summary>
    public long SamplesRead { get; private set; }

    /// <summary>The time of a sample, counted from the source's first frame.</summary>
    public TimeSpan TimeOf(long sample) => TimeSpan.FromTicks((long)((Int128)sample * TimeSpan.TicksPerSecond / SampleRateHz));

    /// <summary>What <see cref="ICaptureSource.SkippedBefore"/> of the inner source says; 0 where that is no live one.</summary>
    public TimeSpan SkippedBefore(TimeSpan streamTime) => (inner as ICaptureSource)?.SkippedBefore(streamTime) ?? TimeSpan.Zero;

    /// <inheritdoc/>
    public int Read(Span<short> buffer)
    {
        AudioLimits.CheckBuffer(buffer, Channels);
        int written = ended ? resampler.Flush(buffer) : Process(buffer);
        while (written == 0 && !ended)
        {
            written = Fill() ? Process(buffer) : resampler.Flush(buffer);
        }

        SamplesRead += written;
        return written;
    }

    /// <inheritdoc/>
    public void Dispose() => inner.Dispose();

    private int Process(Span<short> buffer)
    {
        int written = resampler.Process(mono.AsSpan(start, end - start), buffer, out int consumed);
        start += consumed;
        return written;
    }

    /// <summary>Reads a block of the inner source; false at its end.</summary>
    private bool Fill()
    {
        int samples = inner.Read(interleaved);
        start = 0;
        end = samples / inner.Channels;
        if (inner.Channels > 1)
        {
            _ = channel is int chosen
                ? ChannelMix.Select(interleaved.AsSpan(0, samples), inner.Channels, chosen, mono)
                : ChannelMix.Mean(interleaved.AsSpan(0, samples), inner.Channels, mono);
        }

        ended = samples == 0;
        return !ended;
    }
}
