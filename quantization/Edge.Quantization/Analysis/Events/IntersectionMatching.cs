namespace Edge.Quantization.Analysis.Events;

/// <summary>Intersection-based counting: a detected event is right where enough of it is marked, a marked one found where enough of it was detected so.</summary>
/// <remarks>
/// Bilen et al., "A Framework for the Robust Evaluation of Sound Event Detection", ICASSP 2020. It forgives an event that is heard in two
/// pieces. Whether a wrong event falls on another class's (cross-triggers) is not told apart.
/// </remarks>
/// <param name="DetectionShare">Share of a detected event that must be marked (detection tolerance criterion).</param>
/// <param name="MarkedShare">Share of a marked event that right events must cover (ground truth intersection criterion).</param>
public sealed record IntersectionMatching(double DetectionShare = 0.7, double MarkedShare = 0.7)
{
    private const double Margin = 1e-9;

    /// <summary>Counts the events of one class in one recording; neither list's events may overlap one another.</summary>
    /// <param name="marked">What is there.</param>
    /// <param name="detected">What was found.</param>
    public EventCounts Count(IReadOnlyList<SoundEvent> marked, IReadOnlyList<SoundEvent> detected)
    {
        SoundEvent[] right = [.. detected.Where(one => Covered(one, marked, DetectionShare))];
        int found = marked.Count(one => Covered(one, right, MarkedShare));
        return new EventCounts(found, detected.Count - right.Length, marked.Count - found);
    }

    private static bool Covered(SoundEvent one, IReadOnlyList<SoundEvent> others, double share)
    {
        double covered = others.Sum(one.Overlap);
        return covered > 0 && covered >= share * one.Length - Margin;
    }
}
