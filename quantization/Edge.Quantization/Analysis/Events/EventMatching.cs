namespace Edge.Quantization.Analysis.Events;

/// <summary>Event-based counting: a detected event is right where its onset, and its offset, lie near those of a marked one.</summary>
/// <remarks>
/// Mesaros, Heittola, Virtanen, "Metrics for Polyphonic Sound Event Detection", Applied Sciences 6(6), 2016. Each marked event counts for one
/// detected event at most; of all pairings the one with most pairs is taken.
/// </remarks>
/// <param name="CollarSeconds">How far onsets may lie apart, and offsets of short events.</param>
/// <param name="OffsetShare">How far offsets may lie apart, as a share of the marked event's length, where that is more than the collar.</param>
public sealed record EventMatching(double CollarSeconds = 0.2, double OffsetShare = 0.2)
{
    // Times are sums of rounded parts: what lies on the border is within it.
    private const double Margin = 1e-9;

    /// <summary>Counts the events of one class in one recording.</summary>
    /// <param name="marked">What is there.</param>
    /// <param name="detected">What was found.</param>
    public EventCounts Count(IReadOnlyList<SoundEvent> marked, IReadOnlyList<SoundEvent> detected)
    {
        int[][] candidates = [.. marked.Select(one => Enumerable.Range(0, detected.Count).Where(i => Match(one, detected[i])).ToArray())];
        int[] partner = [.. Enumerable.Repeat(-1, detected.Count)];
        int pairs = 0;
        for (int i = 0; i < marked.Count; i++)
        {
            pairs += Pair(i, candidates, partner, new bool[detected.Count]) ? 1 : 0;
        }

        return new EventCounts(pairs, detected.Count - pairs, marked.Count - pairs);
    }

    /// <summary>Whether a detected event is near enough to a marked one.</summary>
    public bool Match(SoundEvent marked, SoundEvent detected) =>
        Math.Abs(marked.Start - detected.Start) <= CollarSeconds + Margin
        && Math.Abs(marked.End - detected.End) <= Math.Max(CollarSeconds, OffsetShare * marked.Length) + Margin;

    /// <summary>Finds a partner for a marked event, where need be by finding others for those that are paired (Kuhn's method).</summary>
    private static bool Pair(int marked, int[][] candidates, int[] partner, bool[] visited)
    {
        foreach (int detected in candidates[marked])
        {
            if (visited[detected])
            {
                continue;
            }

            visited[detected] = true;
            if (partner[detected] < 0 || Pair(partner[detected], candidates, partner, visited))
            {
                partner[detected] = marked;
                return true;
            }
        }

        return false;
    }
}
