namespace Edge.Audio;

/// <summary>Compares the frames of a device with a clock: how many frames a gap lost, when a frame was, and how fast the device runs.</summary>
/// <remarks>
/// Frame n was captured at origin + n / rate. Frames are seen late, never early, so the origin is the least of what the last one to two
/// seconds said; it follows the drift of the device's clock. The capturing thread observes; any thread may ask.
/// </remarks>
/// <param name="sampleRateHz">Frames a second, by the device's own clock.</param>
internal sealed class CaptureClock(int sampleRateHz)
{
    private const long Second = 1_000_000_000;
    private const long WindowNs = Second;
    private const long SilentLossNs = Second / 5; // longer than any scheduling delay that lasts for a window, and shorter than a word
    private const long DriftAfterNs = 10 * Second;
    private const double UnpacedPpm = 50_000; // no clock is as far off: what comes is no live sound, or the rate is wrong

    private long windowLeast = long.MaxValue;
    private long lastLeast = long.MaxValue;
    private long windowEnd;
    private long driftLeast; // the origin when the measurement of drift began
    private long driftStart; // and when that was; 0 for not yet
    private long origin;
    private double drift = double.NaN;
    private bool broken; // the next observation is the first after a gap

    /// <summary>See <see cref="ICaptureSource.DriftPpm"/>.</summary>
    public double? DriftPpm => Volatile.Read(ref drift) is var ppm && Math.Abs(ppm) <= UnpacedPpm ? ppm : null; // NaN compares false

    /// <summary>Capture begins: frame 0 is now.</summary>
    public void Start(long timeNs)
    {
        Volatile.Write(ref origin, timeNs);
        windowLeast = long.MaxValue;
        lastLeast = long.MaxValue;
        windowEnd = timeNs + WindowNs;
    }

    /// <summary>Capture was interrupted and goes on.</summary>
    public void Break() => broken = true;

    /// <summary>At some time, some frames had been captured.</summary>
    /// <param name="frames">Since frame 0, lost ones included.</param>
    /// <param name="timeNs">When.</param>
    /// <returns>Frames that were lost, and must be counted from now on: after <see cref="Break"/>, or because they are missing without a word.</returns>
    public long Observe(long frames, long timeNs)
    {
        long offset = timeNs - Nanoseconds(frames);
        long lost = 0;
        if (broken)
        {
            broken = false;
            lost = Frames(offset - Origin(long.MaxValue));
            offset -= Nanoseconds(lost);
            windowLeast = Math.Min(lastLeast, windowLeast);
            lastLeast = windowLeast;
            windowEnd = timeNs + WindowNs;
            driftStart = 0;
        }

        windowLeast = Math.Min(windowLeast, offset);
        if (timeNs >= windowEnd)
        {
            lost += EndWindow(timeNs);
        }

        Volatile.Write(ref origin, Origin(offset));
        return lost;
    }

    /// <summary>When a frame was captured.</summary>
    /// <param name="frame">Since frame 0, lost ones included.</param>
    public long TimeOf(long frame) => Volatile.Read(ref origin) + Nanoseconds(frame);

    private long Origin(long otherwise)
    {
        long least = Math.Min(lastLeast, windowLeast);
        return least != long.MaxValue ? least : otherwise != long.MaxValue ? otherwise : Volatile.Read(ref origin);
    }

    private long EndWindow(long timeNs)
    {
        long late = lastLeast == long.MaxValue ? 0 : windowLeast - lastLeast;
        long lost = late > SilentLossNs ? Frames(late) : 0;
        lastLeast = windowLeast - Nanoseconds(lost);
        windowLeast = long.MaxValue;
        windowEnd = timeNs + WindowNs;
        if (driftStart == 0 || lost > 0)
        {
            driftStart = timeNs;
            driftLeast = lastLeast;
        }
        else if (timeNs - driftStart >= DriftAfterNs)
        {
            Volatile.Write(ref drift, (driftLeast - lastLeast) * 1e6 / (timeNs - driftStart));
        }

        return lost;
    }

    private long Nanoseconds(long frames)
    {
        (long seconds, long rest) = Math.DivRem(frames, sampleRateHz);
        return (seconds * Second) + (rest * Second / sampleRateHz);
    }

    /// <summary>To the nearest frame; none for a time that is negative, for what comes early is not lost.</summary>
    private long Frames(long nanoseconds)
    {
        (long seconds, long rest) = Math.DivRem(Math.Max(nanoseconds, 0), Second);
        return (seconds * sampleRateHz) + (((rest * sampleRateHz) + (Second / 2)) / Second);
    }
}
