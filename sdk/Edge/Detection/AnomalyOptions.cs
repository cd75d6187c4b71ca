namespace Edge.Detection;

/// <summary>How reconstruction errors become events: of networks that give back what they take, where it is what they know. See <see cref="AnomalyDetector"/>.</summary>
public sealed record AnomalyOptions : DetectorOptions
{
    /// <summary>Values that such a network takes and gives at most.</summary>
    public const int MaxValues = 8_192;

    private const double MaxThreshold = 1e6;

    /// <inheritdoc/>
    public override string Kind => "anomaly";

    /// <summary>Smoothed mean squared error, in squared real units of the network's input, from which on the sound is an anomaly; above 0.</summary>
    public required double Threshold { get; init; }

    /// <summary>Span of the moving average over the errors, in ms; rounded to whole steps, one at the least.</summary>
    public int SmoothingMs { get; init; } = 1_000;

    /// <summary>Time after an event in which no other begins, in ms.</summary>
    public int RefractoryMs { get; init; }

    /// <summary>Longest event, in ms: a longer one is told and goes on as another.</summary>
    public int MaximumMs { get; init; } = 60_000;

    /// <summary>Sound that the network must have heard before its errors are trusted, in ms; null takes its window.</summary>
    public int? WarmUpMs { get; init; }

    /// <summary>Whether an event is told at its onset too, in phase <see cref="EventPhase.Onset"/>.</summary>
    public bool Onsets { get; init; }

    /// <summary>The events' label.</summary>
    public string Label { get; init; } = "anomaly";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Faults(int labels)
    {
        var faults = new List<string>();
        if (!(Threshold is > 0 and <= MaxThreshold))
        {
            faults.Add(FormattableString.Invariant($"Threshold is {Threshold}; expected a mean squared error above 0 and up to {MaxThreshold}."));
        }

        Require(faults, nameof(SmoothingMs), SmoothingMs, 0, MaxMs);
        Require(faults, nameof(RefractoryMs), RefractoryMs, 0, MaxMs);
        Require(faults, nameof(MaximumMs), MaximumMs, 1, MaxMs);
        Require(faults, nameof(WarmUpMs), WarmUpMs ?? 0, 0, MaxMs);
        if (Label.Length == 0)
        {
            faults.Add("Label is empty; expected a name for the events.");
        }

        return faults;
    }

    internal override IReadOnlyList<string> Faults(int labels, TimeSpan step) => [.. SmoothingFaults(SmoothingMs, step)];

    internal override Detector CreateDetector(AudioModel model) =>
        new AnomalyDetector(this, ReconstructionError.Of(model.Network), model.Step, model.Window, model.Name);
}
