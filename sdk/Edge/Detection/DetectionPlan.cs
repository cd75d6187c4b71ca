using System.Text.Json;
using Edge.Inference;

namespace Edge.Detection;

/// <summary>The plan's section "detection": <see cref="KeywordOptions"/> as JSON, both ways.</summary>
public static class DetectionPlan
{
    /// <summary>The section's name in the plan.</summary>
    public const string SectionName = "detection";

    /// <summary>Writes the section's object.</summary>
    public static void Write(Utf8JsonWriter json, KeywordOptions options) => Walk(new PlanFieldWriter(json), options);

    /// <summary>Reads the section; what is wrong goes to its fault list.</summary>
    /// <param name="section">The section.</param>
    /// <param name="labels">How many labels the model has.</param>
    public static KeywordOptions Read(PlanSection section, int labels)
    {
        KeywordOptions options = Walk(new PlanFieldReader(section, KeywordOptions.MaxLabels), new KeywordOptions { Thresholds = [] });
        foreach (string fault in options.Faults(labels))
        {
            section.Fault("options", fault.TrimEnd('.'));
        }

        return options;
    }

    private static KeywordOptions Walk(PlanFields fields, KeywordOptions options)
    {
        fields.Choice("kind", DetectorKind.Keyword);
        options = options with
        {
            Thresholds = fields.Numbers("thresholds", options.Thresholds),
            Background = fields.Int32s("background", options.Background),
            SmoothingMs = fields.Int32("smoothingMs", options.SmoothingMs),
            ConsecutiveHits = fields.Int32("consecutiveHits", options.ConsecutiveHits),
            RefractoryMs = fields.Int32("refractoryMs", options.RefractoryMs),
            WordMs = fields.Int32("wordMs", options.WordMs),
            WarmUpMs = fields.Int32("warmUpMs", options.WarmUpMs),
        };
        fields.End();
        return options;
    }

    private enum DetectorKind
    {
        Keyword,
    }
}
