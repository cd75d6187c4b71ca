namespace Edge.Audio;

/// <summary>Keeps the time of a live stream right: says how many zeros stand for what was lost, and what is skipped beyond them.</summary>
/// <remarks>Frames of the stream are samples and zeros; frames since the beginning are those and the skipped ones. One thread captures, any may ask.</remarks>
/// <param name="sampleRateHz">Frames a second.</param>
internal sealed class CaptureTimeline(int sampleRateHz)
{
    private readonly CaptureClock clock = new(sampleRateHz);
    private readonly SkipTable skips = new();
    private long delivered; // frames of the stream
    private long lost;
    private long skipped;

    /// <summary>See <see cref="CaptureCounters.LostFrames"/>.</summary>
    public long LostFrames => Volatile.Read(ref lost);

    /// <summary>See <see cref="CaptureCounters.SkippedFrames"/>.</summary>
    public long SkippedFrames => Volatile.Read(ref skipped);

    /// <summary>See <see cref="ICaptureSource.DriftPpm"/>.</summary>
    public double? DriftPpm => clock.DriftPpm;

    /// <summary>Capture begins.</summary>
    public void Start(long timeNs) => clock.Start(timeNs);

    /// <summary>Capture was interrupted and goes on.</summary>
    public void Break() => clock.Break();

    /// <summary>At some time, some frames could be read.</summary>
    /// <returns>Zeros that the stream goes on with, before those frames.</returns>
    public long Observe(int available, long timeNs)
    {
        long frames = clock.Observe(delivered + skipped + available, timeNs);
        long zeros = Math.Min(frames, (long)sampleRateHz * ICaptureSource.MaximumFillMs / 1000);
        delivered += zeros;
        Volatile.Write(ref lost, lost + zeros);
        if (frames > zeros)
        {
            Volatile.Write(ref skipped, skipped + frames - zeros);
            skips.Add(delivered, frames - zeros);
        }

        return zeros;
    }

    /// <summary>The stream goes on with frames that were read.</summary>
    public void Deliver(int frames) => delivered += frames;

    /// <summary>Frames skipped up to a frame of the stream.</summary>
    public long SkippedBefore(long frame) => skips.Before(frame);

    /// <summary>When a frame of the stream was captured, by the clock of <see cref="Observe"/>.</summary>
    public long TimeOf(long frame) => clock.TimeOf(frame + skips.Before(frame));
}
