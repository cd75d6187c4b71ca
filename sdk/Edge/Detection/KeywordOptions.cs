namespace Edge.Detection;

/// <summary>How scores become keyword events; see <see cref="KeywordDetector"/> for what each setting does.</summary>
public sealed record KeywordOptions : DetectorOptions
{
    /// <inheritdoc/>
    public override string Kind => "keyword";

    /// <summary>Smallest smoothed score, 0 to 1, at which a word counts as heard: one for each label, background included.</summary>
    public required IReadOnlyList<double> Thresholds { get; init; }

    /// <summary>Indices of the labels that never fire: background, silence, unknown words.</summary>
    public IReadOnlyList<int> Background { get; init; } = [];

    /// <summary>Span of the moving average over the scores, in ms; rounded to whole steps, one at the least.</summary>
    public int SmoothingMs { get; init; } = 200;

    /// <summary>Steps in a row at which a word must reach its threshold.</summary>
    public int ConsecutiveHits { get; init; } = 1;

    /// <summary>Time after an event in which the same word does not fire again, in ms.</summary>
    public int RefractoryMs { get; init; } = 1_000;

    /// <summary>Typical length of a word, in ms: an event starts that long before its end.</summary>
    public int WordMs { get; init; } = 700;

    /// <summary>Sound that the network must have heard before its scores are trusted, in ms.</summary>
    public int WarmUpMs { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> Faults(int labels)
    {
        var faults = new List<string>();
        Require(faults, "the number of labels", labels, 1, MaxLabels);
        Require(faults, nameof(SmoothingMs), SmoothingMs, 0, MaxMs);
        Require(faults, nameof(ConsecutiveHits), ConsecutiveHits, 1, MaxSmoothingSteps);
        Require(faults, nameof(RefractoryMs), RefractoryMs, 0, MaxMs);
        Require(faults, nameof(WordMs), WordMs, 0, MaxMs);
        Require(faults, nameof(WarmUpMs), WarmUpMs, 0, MaxMs);
        if (Thresholds.Count != labels)
        {
            faults.Add($"Thresholds has {Thresholds.Count} entries; expected one for each of {labels} labels.");
        }

        if (Thresholds.Any(t => !(t is >= 0 and <= 1)))
        {
            faults.Add("Thresholds holds a number outside 0 to 1.");
        }

        if (Background.Any(index => index < 0 || index >= labels))
        {
            faults.Add($"Background names a label that there is not; expected indices from 0 to {labels - 1}.");
        }
        else if (labels > 0 && new HashSet<int>(Background).Count == labels)
        {
            faults.Add("Background holds every label; nothing could ever be heard.");
        }

        return faults;
    }

    internal override IReadOnlyList<string> Faults(int labels, TimeSpan step) => [.. SmoothingFaults(SmoothingMs, step)];

    internal override Detector CreateDetector(AudioModel model) =>
        new KeywordDetector(this, model.Labels, model.ScoreScale, model.ScoreZeroPoint, model.Step, model.Name);
}
