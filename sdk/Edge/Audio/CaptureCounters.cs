namespace Edge.Audio;

/// <summary>What went wrong since a capture source was opened.</summary>
/// <param name="Overruns">Times that sound was lost while the device went on: nobody took it in time, or a sound server dropped it.</param>
/// <param name="DeviceLosses">Times that the device went away: unplugged, or its sound server ended.</param>
/// <param name="Suspensions">Times that the device slept with the system.</param>
/// <param name="LostFrames">Frames that were lost and replaced by zeros.</param>
/// <param name="SkippedFrames">Frames that were lost and not replaced: see <see cref="ICaptureSource.SkippedBefore"/>.</param>
public readonly record struct CaptureCounters(long Overruns, long DeviceLosses, long Suspensions, long LostFrames, long SkippedFrames);
