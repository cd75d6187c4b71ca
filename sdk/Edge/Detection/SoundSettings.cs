namespace Edge.Detection;

/// <summary>A <see cref="SoundClass"/> in the detector's units: sums of integer scores over the smoothing, whole steps, and times of all delays.</summary>
/// <param name="Name">What its events are called.</param>
/// <param name="OnsetSum">Smallest sum at which the class becomes active.</param>
/// <param name="OffsetSum">Smallest sum at which it stays active.</param>
/// <param name="MinimumSteps">Shortest event, 1 at the least.</param>
/// <param name="GapSteps">Longest gap inside an event.</param>
/// <param name="MaximumSteps">Longest event; no shorter than the shortest.</param>
/// <param name="RefractorySteps">Steps after an event in which none begins.</param>
/// <param name="OnsetDelay">From a sound's onset to the time of its first step.</param>
/// <param name="OffsetDelay">From a sound's end to the time of the first step behind it.</param>
internal sealed record SoundSettings(
    string Name, int OnsetSum, int OffsetSum, int MinimumSteps, int GapSteps, int MaximumSteps, int RefractorySteps, TimeSpan OnsetDelay, TimeSpan OffsetDelay)
{
    /// <summary>Steps that can wait at once for what the next ones bring, before other classes are asked.</summary>
    public int PendingSteps => MinimumSteps + GapSteps;

    /// <summary>The settings of a class that inherits nothing any more.</summary>
    /// <param name="own">Complete settings.</param>
    /// <param name="step">Time from step to step.</param>
    /// <param name="window">Sound that one score tells of.</param>
    /// <param name="smoothingSteps">Steps that a sum spans.</param>
    /// <param name="smallestSum">From a threshold to a sum.</param>
    public static SoundSettings Of(SoundClass own, TimeSpan step, TimeSpan window, int smoothingSteps, Func<double, int> smallestSum)
    {
        TimeSpan ofSmoothing = (smoothingSteps - 1) * step / 2;
        TimeSpan onsetDelay = ofSmoothing + (own.DelayMs is { } delay ? TimeSpan.FromMilliseconds(delay) : (window + step) / 2);
        int minimum = Math.Max(1, AtLeast(own.MinimumMs!.Value, step));
        return new SoundSettings(
            own.Name,
            smallestSum(own.OnsetThreshold!.Value),
            smallestSum(own.OffsetThreshold!.Value),
            minimum,
            AtMost(own.MergeGapMs!.Value, step),
            Math.Max(minimum, AtMost(own.MaximumMs!.Value, step)),
            AtLeast(own.RefractoryMs!.Value, step),
            onsetDelay,
            own.OffsetDelayMs is { } behind ? ofSmoothing + TimeSpan.FromMilliseconds(behind) : onsetDelay);
    }

    // A step's time is cut off to 100 ns; the thousandth of a step keeps whole numbers of steps whole.
    private static int AtLeast(int milliseconds, TimeSpan step) => (int)Math.Min(int.MaxValue / 2, Math.Ceiling(milliseconds / step.TotalMilliseconds - 0.001));

    private static int AtMost(int milliseconds, TimeSpan step) => (int)Math.Min(int.MaxValue / 2, Math.Floor(milliseconds / step.TotalMilliseconds + 0.001));
}
