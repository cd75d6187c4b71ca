namespace Edge.Quantization.Analysis.Events;

/// <summary>Segment-based counting: in each segment of a recording a class is there or not, and was found or not.</summary>
/// <remarks>Mesaros, Heittola, Virtanen, "Metrics for Polyphonic Sound Event Detection", Applied Sciences 6(6), 2016.</remarks>
/// <param name="SegmentSeconds">Length of a segment; an event fills every segment that it touches.</param>
public sealed record SegmentMatching(double SegmentSeconds = 1)
{
    // An event that ends where a segment begins, up to rounding, does not touch it.
    private const double Margin = 1e-9;

    /// <summary>Counts the segments of one class in one recording.</summary>
    /// <param name="marked">What is there.</param>
    /// <param name="detected">What was found.</param>
    /// <param name="seconds">The recording's length; what lies behind is not counted.</param>
    public EventCounts Count(IReadOnlyList<SoundEvent> marked, IReadOnlyList<SoundEvent> detected, double seconds)
    {
        bool[] there = Fill(marked, seconds), found = Fill(detected, seconds);
        return new EventCounts(
            there.Where((one, i) => one && found[i]).Count(),
            found.Where((one, i) => one && !there[i]).Count(),
            there.Where((one, i) => one && !found[i]).Count());
    }

    private bool[] Fill(IReadOnlyList<SoundEvent> events, double seconds)
    {
        var segments = new bool[(int)Math.Ceiling(Math.Max(0, seconds - Margin) / SegmentSeconds)];
        foreach (SoundEvent one in events)
        {
            int first = (int)Math.Floor((one.Start + Margin) / SegmentSeconds);
            int end = (int)Math.Ceiling((one.End - Margin) / SegmentSeconds);
            for (int i = Math.Max(0, first); i < Math.Min(end, segments.Length); i++)
            {
                segments[i] = true;
            }
        }

        return segments;
    }
}
