namespace Edge.Quantization.Analysis.Events;

/// <summary>What was found, what was not, and what was found and is not there; events or segments.</summary>
/// <param name="TruePositives">Marked and found.</param>
/// <param name="FalsePositives">Found and not marked.</param>
/// <param name="FalseNegatives">Marked and not found.</param>
public readonly record struct EventCounts(long TruePositives, long FalsePositives, long FalseNegatives)
{
    /// <summary>Share of what was found that is marked; NaN where nothing was found.</summary>
    public double Precision => (double)TruePositives / (TruePositives + FalsePositives);

    /// <summary>Share of what is marked that was found; NaN where nothing is marked.</summary>
    public double Recall => (double)TruePositives / (TruePositives + FalseNegatives);

    /// <summary>Harmonic mean of precision and recall, 2 TP / (2 TP + FP + FN); NaN where nothing is marked and nothing found.</summary>
    public double F1 => 2.0 * TruePositives / ((2 * TruePositives) + FalsePositives + FalseNegatives);

    /// <summary>Both counts together.</summary>
    public static EventCounts operator +(EventCounts a, EventCounts b) =>
        new(a.TruePositives + b.TruePositives, a.FalsePositives + b.FalsePositives, a.FalseNegatives + b.FalseNegatives);
}
