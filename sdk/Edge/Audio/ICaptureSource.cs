namespace Edge.Audio;

/// <summary>Live sound from a device, whose frames come at their time whether they are read or not.</summary>
/// <remarks>
/// Stream time is the number of frames read divided by the rate. Frames that the device lost are replaced by as many zeros, so
/// that stream time stays the time since the first frame; only of a gap longer than <see cref="MaximumFillMs"/> (the
/// device was unplugged, the board slept) the rest is skipped, and told by <see cref="SkippedBefore"/>. A device that is gone is
/// no end: <see cref="IAudioSource.Read"/> waits for its return. <see cref="IDisposable.Dispose"/> may be called by any thread and more than once; a
/// read that waits returns 0 then, and so does every later one. All members but Read may be used by any thread while another reads.
/// </remarks>
public interface ICaptureSource : IAudioSource
{
    /// <summary>The longest gap that is filled with zeros: long enough for a model to forget what it heard before, and soon computed.</summary>
    const int MaximumFillMs = 10_000;

    /// <summary>What the device does now.</summary>
    CaptureState State { get; }

    /// <summary>What went wrong since the source was opened.</summary>
    CaptureCounters Counters { get; }

    /// <summary>How loud the last seconds were; its <see cref="CaptureLevel.Window"/> is 0 before the first of them.</summary>
    CaptureLevel Level { get; }

    /// <summary>How much faster than its rate the device's clock runs against the system's, in parts per million; null before it has run long enough to say.</summary>
    double? DriftPpm { get; }

    /// <summary>Why the device is not capturing, for people; null while it captures.</summary>
    string? Trouble { get; }

    /// <summary>The time that was skipped up to a moment of the stream: what to add to stream time to get the time since the first frame.</summary>
    TimeSpan SkippedBefore(TimeSpan streamTime);

    /// <summary>The wall clock of a moment of the stream, by the system's clock as it is set now.</summary>
    /// <param name="streamTime">Frames read divided by the rate, without what <see cref="SkippedBefore"/> adds.</param>
    DateTimeOffset TimeOf(TimeSpan streamTime);
}
