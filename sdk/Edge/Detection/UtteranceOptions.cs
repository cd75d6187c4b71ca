namespace Edge.Detection;

/// <summary>How an utterance gets its verdict: of networks that hear a word, a command or a mood in a stretch of speech. See <see cref="UtteranceDetector"/>.</summary>
public sealed record UtteranceOptions : DetectorOptions
{
    /// <summary>The lowest level that can be told from silence in samples of 16 bits, in dB of full scale.</summary>
    public const int MinQuietDb = -96;

    /// <summary>The longest utterance that <see cref="MaximumMs"/> allows.</summary>
    public const int LongestMs = 600_000;

    /// <inheritdoc/>
    public override string Kind => "utterance";

    /// <summary>Quiet after which an utterance is over, in ms; 0: it ends with the recording or at <see cref="MaximumMs"/> alone, and begins at once.</summary>
    public int SilenceMs { get; init; } = 300;

    /// <summary>Level below which a step of the network is quiet: its samples' mean square in dB, 0 dB being that of full scale, -96 to 0.</summary>
    public int QuietDb { get; init; } = -50;

    /// <summary>Sound from an utterance's first step that is not quiet to its last, in ms, that it must have; shorter ones are dropped.</summary>
    public int MinimumMs { get; init; } = 100;

    /// <summary>Longest utterance, in ms: then it gets its verdict, and another begins.</summary>
    public int MaximumMs { get; init; } = 10_000;

    /// <summary>Quiet before an utterance that a network which pools over time hears with it at most, in ms.</summary>
    public int LeadMs { get; init; } = 100;

    /// <summary>Score that the best label must have, 0 to 1; an utterance below it is not told.</summary>
    public double Threshold { get; init; }

    /// <summary>Early decision: lead of the best score over the second, 0 to 1, that settles the verdict before the utterance is over; null for none.</summary>
    public double? Margin { get; init; }

    /// <summary>Steps in a row for which one label must have the lead.</summary>
    public int MarginSteps { get; init; } = 3;

    /// <summary>Whether the outputs are values, such as arousal and valence, rather than scores of which one is right: an event has all of them.</summary>
    public bool Regression { get; init; }

    /// <summary>The label of events with values.</summary>
    public string Label { get; init; } = "utterance";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Faults(int labels)
    {
        var faults = new List<string>();
        Require(faults, "the number of labels", labels, 1, MaxLabels);
        Require(faults, nameof(SilenceMs), SilenceMs, 0, MaxMs);
        Require(faults, nameof(QuietDb), QuietDb, MinQuietDb, 0);
        Require(faults, nameof(MinimumMs), MinimumMs, 0, MaxMs);
        Require(faults, nameof(MaximumMs), MaximumMs, Math.Max(1, MinimumMs), LongestMs);
        Require(faults, nameof(LeadMs), LeadMs, 0, MaxMs);
        Require(faults, nameof(MarginSteps), MarginSteps, 1, MaxSmoothingSteps);
        RequireShare(faults, nameof(Threshold), Threshold);
        RequireShare(faults, nameof(Margin), Margin ?? 0);
        if (Margin is not null && (Regression || labels < 2))
        {
            faults.Add($"Margin is {Text(Margin.Value)} for {(Regression ? "a regression" : "one label")}; an early decision needs two labels that compete. Leave it out.");
        }

        if (Regression && Threshold > 0)
        {
            faults.Add($"Threshold is {Text(Threshold)} for a regression, whose values are all told; leave it out.");
        }

        if (Label.Length == 0)
        {
            faults.Add("Label is empty; expected a name for the events.");
        }

        return faults;
    }

    internal override IReadOnlyList<string> Faults(int labels, TimeSpan step) => [];

    internal override Detector CreateDetector(AudioModel model) => new UtteranceDetector(this, model);

    private static void RequireShare(List<string> faults, string name, double value)
    {
        if (!(value is >= 0 and <= 1))
        {
            faults.Add($"{name} is {Text(value)}; expected 0 to 1.");
        }
    }

    private static string Text(double value) => value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
