using Edge.Features;

namespace Edge.Detection;

/// <summary>How a network whose input is a whole window of frames meets the stream.</summary>
public sealed record FeatureWindow
{
    /// <summary>Frames of a window that is normalized to its peak, at most.</summary>
    public const int MaxNormalizedFrames = 1_000;

    /// <summary>Samples of a window that is normalized to its peak, at most: about a minute of 16 kHz.</summary>
    public const int MaxNormalizedSamples = 1 << 20;

    /// <summary>Least peak that a window is divided by, about -60 dBFS: silence stays quiet.</summary>
    public const int MinPeak = 32;

    /// <summary>Frames from one run of the network to the next; at most those of its input.</summary>
    public int StrideFrames { get; init; }

    /// <summary>
    /// Whether the features are those of the window's sound divided by its largest sample, not the largest in magnitude, and by
    /// <see cref="MinPeak"/> at the least.
    /// </summary>
    public bool PeakNormalized { get; init; }

    /// <summary>Everything that is wrong with this window over frames of <paramref name="frontEnd"/>; empty where it can be used.</summary>
    public IReadOnlyList<string> Faults(FrontEndOptions frontEnd)
    {
        var faults = new List<string>();
        if (StrideFrames < 1)
        {
            faults.Add($"strideFrames is {StrideFrames}; expected 1 at the least.");
        }

        if (PeakNormalized && (frontEnd is not LogMelOptions { IntegerSamples: false, Centered: false } || frontEnd.HopSamples > frontEnd.WindowSamples))
        {
            faults.Add("peakNormalized needs a log-mel or mfcc front end without integerSamples and centered, with hops no longer than its window.");
        }

        return faults;
    }

    /// <summary>The same for a network that takes <paramref name="frames"/> frames.</summary>
    internal IReadOnlyList<string> Faults(FrontEndOptions frontEnd, int frames)
    {
        var faults = new List<string>();
        if (StrideFrames > frames)
        {
            faults.Add($"strideFrames is {StrideFrames}; expected at most {frames}, the frames of the network's input.");
        }

        long samples = (frames - 1L) * frontEnd.HopSamples + frontEnd.WindowSamples;
        if (PeakNormalized && (frames > MaxNormalizedFrames || samples > MaxNormalizedSamples))
        {
            faults.Add($"peakNormalized spans {frames} frames, {samples} samples; expected at most {MaxNormalizedFrames} and {MaxNormalizedSamples}.");
        }

        return faults;
    }
}
