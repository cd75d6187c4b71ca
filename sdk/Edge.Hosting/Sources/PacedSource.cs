using System.Diagnostics;
using Edge.Audio;

namespace Edge.Hosting.Sources;

/// <summary>A recording that is heard no faster than it would sound.</summary>
/// <param name="inner">The recording; disposed with this source.</param>
internal sealed class PacedSource(IAudioSource inner) : IAudioSource
{
    private readonly Stopwatch clock = new();
    private long frames;

    /// <inheritdoc/>
    public string Name => inner.Name;

    /// <inheritdoc/>
    public int SampleRateHz => inner.SampleRateHz;

    /// <inheritdoc/>
    public int Channels => inner.Channels;

    /// <inheritdoc/>
    public int Read(Span<short> buffer)
    {
        clock.Start();
        int samples = inner.Read(buffer);
        frames += samples / Channels;
        TimeSpan ahead = TimeSpan.FromSeconds((double)frames / SampleRateHz) - clock.Elapsed;
        if (samples > 0 && ahead > TimeSpan.Zero)
        {
            Thread.Sleep(ahead);
        }

        return samples;
    }

    /// <inheritdoc/>
    public void Dispose() => inner.Dispose();
}
