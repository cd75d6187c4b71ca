using System.Text.Json;
using Edge.Inference;

namespace Edge.Detection;

/// <summary>The plan's section "detection": <see cref="DetectorOptions"/> as JSON, both ways.</summary>
/// <remarks>Fields are the options' properties in camel case, the kind first; what is null is not written.</remarks>
public static class DetectionPlan
{
    /// <summary>The section's name in the plan.</summary>
    public const string SectionName = "detection";

    /// <summary>Writes the section's object.</summary>
    public static void Write(Utf8JsonWriter json, DetectorOptions options)
    {
        var fields = new PlanFieldWriter(json);
        fields.Text("kind", options.Kind);
        Walk(fields, options);
        fields.End();
    }

    /// <summary>Reads the section; what is wrong goes to its fault list.</summary>
    /// <param name="section">The section.</param>
    /// <param name="labels">How many labels the model has.</param>
    /// <param name="defaults">What the section leaves out, where it is of the same kind; null for the kind's own defaults.</param>
    /// <returns>Null where the kind is unknown.</returns>
    public static DetectorOptions? Read(PlanSection section, int labels, DetectorOptions? defaults = null)
    {
        var fields = new PlanFieldReader(section, DetectorOptions.MaxLabels);
        DetectorOptions[] kinds = [new KeywordOptions { Thresholds = [] }, new SoundEventOptions(), new UtteranceOptions(), new AnomalyOptions { Threshold = 0 }, new FeatureOptions()];
        string kind = fields.Text("kind", (defaults ?? kinds[0]).Kind);
        DetectorOptions? options = defaults?.Kind == kind ? defaults : Array.Find(kinds, known => known.Kind == kind);
        if (options is null)
        {
            section.Fault("kind", $"is '{kind}'; expected one of {string.Join(", ", kinds.Select(known => known.Kind))}");
            return null;
        }

        options = Walk(fields, options);
        fields.End();
        foreach (string fault in options.Faults(labels))
        {
            section.Fault("options", fault.TrimEnd('.'));
        }

        return options;
    }

    private static DetectorOptions Walk(PlanFields fields, DetectorOptions options) => options switch
    {
        KeywordOptions keyword => Walk(fields, keyword),
        SoundEventOptions soundEvent => Walk(fields, soundEvent),
        UtteranceOptions utterance => Walk(fields, utterance),
        AnomalyOptions anomaly => Walk(fields, anomaly),
        FeatureOptions features => features,
        _ => throw new ArgumentException($"Detection of kind {options.Kind} has no form in a file.", nameof(options)),
    };

    private static KeywordOptions Walk(PlanFields fields, KeywordOptions options) => options with
    {
        Thresholds = fields.Numbers("thresholds", options.Thresholds),
        Background = fields.Int32s("background", options.Background),
        SmoothingMs = fields.Int32("smoothingMs", options.SmoothingMs),
        ConsecutiveHits = fields.Int32("consecutiveHits", options.ConsecutiveHits),
        RefractoryMs = fields.Int32("refractoryMs", options.RefractoryMs),
        WordMs = fields.Int32("wordMs", options.WordMs),
        WarmUpMs = fields.Int32("warmUpMs", options.WarmUpMs),
    };

    private static SoundEventOptions Walk(PlanFields fields, SoundEventOptions options) => options with
    {
        SmoothingMs = fields.Int32("smoothingMs", options.SmoothingMs),
        OnsetThreshold = fields.Number("onsetThreshold", options.OnsetThreshold),
        OffsetThreshold = fields.Number("offsetThreshold", options.OffsetThreshold),
        MinimumMs = fields.Int32("minimumMs", options.MinimumMs),
        MergeGapMs = fields.Int32("mergeGapMs", options.MergeGapMs),
        MaximumMs = fields.Int32("maximumMs", options.MaximumMs),
        RefractoryMs = fields.Int32("refractoryMs", options.RefractoryMs),
        DelayMs = fields.OptionalInt32("delayMs", options.DelayMs),
        OffsetDelayMs = fields.OptionalInt32("offsetDelayMs", options.OffsetDelayMs),
        WarmUpMs = fields.OptionalInt32("warmUpMs", options.WarmUpMs),
        Onsets = fields.Flag("onsets", options.Onsets),
        Classes = fields.Objects("classes", options.Classes, new SoundClass { Name = "", Labels = [] }, Walk),
    };

    private static UtteranceOptions Walk(PlanFields fields, UtteranceOptions options) => options with
    {
        SilenceMs = fields.Int32("silenceMs", options.SilenceMs),
        QuietDb = fields.Int32("quietDb", options.QuietDb),
        MinimumMs = fields.Int32("minimumMs", options.MinimumMs),
        MaximumMs = fields.Int32("maximumMs", options.MaximumMs),
        LeadMs = fields.Int32("leadMs", options.LeadMs),
        Threshold = fields.Number("threshold", options.Threshold),
        Margin = fields.OptionalNumber("margin", options.Margin),
        MarginSteps = fields.Int32("marginSteps", options.MarginSteps),
        Regression = fields.Flag("regression", options.Regression),
        Label = fields.Text("label", options.Label),
    };

    private static AnomalyOptions Walk(PlanFields fields, AnomalyOptions options) => options with
    {
        Threshold = fields.Number("threshold", options.Threshold),
        SmoothingMs = fields.Int32("smoothingMs", options.SmoothingMs),
        RefractoryMs = fields.Int32("refractoryMs", options.RefractoryMs),
        MaximumMs = fields.Int32("maximumMs", options.MaximumMs),
        WarmUpMs = fields.OptionalInt32("warmUpMs", options.WarmUpMs),
        Onsets = fields.Flag("onsets", options.Onsets),
        Label = fields.Text("label", options.Label),
    };

    private static SoundClass Walk(PlanFields fields, SoundClass one)
    {
        one = one with
        {
            Name = fields.Text("name", one.Name),
            Labels = fields.Int32s("labels", one.Labels),
            OnsetThreshold = fields.OptionalNumber("onsetThreshold", one.OnsetThreshold),
            OffsetThreshold = fields.OptionalNumber("offsetThreshold", one.OffsetThreshold),
            MinimumMs = fields.OptionalInt32("minimumMs", one.MinimumMs),
            MergeGapMs = fields.OptionalInt32("mergeGapMs", one.MergeGapMs),
            MaximumMs = fields.OptionalInt32("maximumMs", one.MaximumMs),
            RefractoryMs = fields.OptionalInt32("refractoryMs", one.RefractoryMs),
            DelayMs = fields.OptionalInt32("delayMs", one.DelayMs),
            OffsetDelayMs = fields.OptionalInt32("offsetDelayMs", one.OffsetDelayMs),
            Parent = fields.OptionalText("parent", one.Parent),
        };
        fields.End();
        return one;
    }
}
