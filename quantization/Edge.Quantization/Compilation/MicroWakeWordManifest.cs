using System.Globalization;
using System.Text.Json;

namespace Edge.Quantization.Compilation;

/// <summary>What ESPHome's JSON file beside a microWakeWord model says of it.</summary>
/// <remarks>Versions 1 and 2, as esphome/components/micro_wake_word defines them; version 1 has a fixed step of 20 ms.</remarks>
public sealed record MicroWakeWordManifest
{
    private const int MaxSteps = 1_000;
    private const int MaxWakeWord = 100;

    private MicroWakeWordManifest()
    {
    }

    /// <summary>The manifest's version, 1 or 2.</summary>
    public int Version { get; private init; }

    /// <summary>What is listened for.</summary>
    public string WakeWord { get; private init; } = "";

    /// <summary>The mean score that must be exceeded, above 0 and below 1.</summary>
    public double ProbabilityCutoff { get; private init; }

    /// <summary>Steps that the mean is taken over.</summary>
    public int SlidingWindowSize { get; private init; }

    /// <summary>Time from one frame of features to the next, in ms.</summary>
    public int FeatureStepMs { get; private init; }

    /// <summary>Who made the model; null where it does not say.</summary>
    public string? Author { get; private init; }

    /// <summary>Where the model is from; null where it does not say.</summary>
    public string? Website { get; private init; }

    /// <summary>Reads a manifest.</summary>
    /// <param name="json">The file.</param>
    /// <param name="source">How messages call it.</param>
    /// <exception cref="InvalidDataException">It is no manifest of version 1 or 2; the message lists everything that is wrong.</exception>
    public static MicroWakeWordManifest Read(ReadOnlyMemory<byte> json, string source)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json.Span.StartsWith("\uFEFF"u8) ? json[3..] : json, new JsonDocumentOptions { MaxDepth = 16 });
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? Read(document.RootElement, source)
                : throw new InvalidDataException($"{source} is JSON, but no object; expected a micro-wake-word manifest.");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) // the latter of text that is no sound Unicode
        {
            throw new InvalidDataException($"{source} is not JSON: {e.Message}", e);
        }
    }

    private static MicroWakeWordManifest Read(JsonElement root, string source)
    {
        var faults = new List<string>();
        if (Text(root, "type") is var type && type != "micro")
        {
            faults.Add($"type is {Quoted(type)}; expected 'micro', a model for micro_wake_word.");
        }

        int faultsBefore = faults.Count;
        int version = Whole(root, "version", "", 1, 2, faults);
        bool known = faults.Count == faultsBefore;
        string? wakeWord = Text(root, "wake_word")?.Trim();
        if (string.IsNullOrEmpty(wakeWord) || wakeWord.Any(char.IsControl))
        {
            faults.Add($"wake_word is {Quoted(wakeWord)}; expected what the model listens for.");
        }
        else if (wakeWord.Length > MaxWakeWord)
        {
            faults.Add($"wake_word has {wakeWord.Length} characters; expected what the model listens for, {MaxWakeWord} at most.");
        }

        if (!root.TryGetProperty("micro", out JsonElement micro) || micro.ValueKind != JsonValueKind.Object)
        {
            throw new InvalidDataException($"{source} cannot be used: {string.Join(" ", [.. faults, "micro is missing or no object; expected an object with probability_cutoff and the like."])}");
        }

        double cutoff = micro.TryGetProperty("probability_cutoff", out JsonElement number) && number.ValueKind == JsonValueKind.Number ? number.GetDouble() : double.NaN;
        if (!(cutoff is > 0 and < 1))
        {
            faults.Add(string.Create(CultureInfo.InvariantCulture, $"micro.probability_cutoff is {(double.IsNaN(cutoff) ? "missing or no number" : cutoff)}; expected a number between 0 and 1."));
        }

        var manifest = new MicroWakeWordManifest
        {
            Version = version,
            WakeWord = wakeWord ?? "",
            ProbabilityCutoff = cutoff,
            SlidingWindowSize = known ? Whole(micro, version == 1 ? "sliding_window_average_size" : "sliding_window_size", "micro.", 1, MaxSteps, faults) : 1,
            FeatureStepMs = version == 1 || !known ? 20 : Whole(micro, "feature_step_size", "micro.", 1, 30, faults),
            Author = Text(root, "author"),
            Website = Text(root, "website"),
        };
        return faults.Count == 0 ? manifest : throw new InvalidDataException($"{source} cannot be used: {string.Join(" ", faults)}");
    }

    private static string? Text(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static int Whole(JsonElement parent, string name, string place, int min, int max, List<string> faults)
    {
        if (!parent.TryGetProperty(name, out JsonElement value))
        {
            faults.Add($"{place}{name} is missing; expected a whole number from {min} to {max}.");
            return min;
        }

        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) && number >= min && number <= max)
        {
            return number;
        }

        faults.Add($"{place}{name} is {value.GetRawText()}; expected a whole number from {min} to {max}.");
        return min;
    }

    private static string Quoted(string? text) => text is null ? "missing or no text" : $"'{text.ReplaceLineEndings(" ")}'";
}
