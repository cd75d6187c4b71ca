using System.Buffers;
using System.Text.Json;
using Edge.Inference;

namespace Edge.Detection;

/// <summary>Detector settings in a JSON file of their own: the plan's section "detection", in which labels may be named instead of numbered.</summary>
public static class DetectionFile
{
    private const int MostNamed = 5;

    /// <summary>Reads a file of settings for a model.</summary>
    /// <param name="path">The file.</param>
    /// <param name="labels">Names of the model's labels, in order.</param>
    /// <param name="defaults">What the file leaves out, where it is of the same kind or names none; null for the kind's own defaults.</param>
    /// <exception cref="InvalidDataException">The file holds no settings for these labels; the message lists every fault.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static DetectorOptions Read(string path, IReadOnlyList<string> labels, DetectorOptions? defaults = null) => File.Exists(path)
        ? Parse(File.ReadAllBytes(path), path, labels, defaults)
        : throw new FileNotFoundException($"{path}: there is no such file; expected detector settings as JSON. Check the path.", path);

    /// <summary>Reads settings from memory.</summary>
    /// <param name="json">UTF-8.</param>
    /// <param name="source">What to call it in messages.</param>
    /// <param name="labels">Names of the model's labels, in order.</param>
    /// <param name="defaults">What the settings leave out, where they are of the same kind or name none; null for the kind's own defaults.</param>
    /// <exception cref="InvalidDataException">These are no settings for these labels; the message lists every fault.</exception>
    public static DetectorOptions Parse(ReadOnlyMemory<byte> json, string source, IReadOnlyList<string> labels, DetectorOptions? defaults = null)
    {
        try
        {
            using JsonDocument named = JsonDocument.Parse(json);
            var (faults, strangers) = (new List<string>(), new List<string>());
            using JsonDocument numbered = JsonDocument.Parse(WithNumbers(named.RootElement, labels, strangers));
            if (strangers.Count > 0)
            {
                string few = string.Join(", ", strangers.Take(MostNamed).Select(name => $"'{name}'"));
                string rest = strangers.Count > MostNamed ? $" and {strangers.Count - MostNamed} more" : "";
                faults.Add($"detection: {few}{rest} {(strangers.Count == 1 ? "is no label" : "are no labels")} of the model; expected {(labels.Count == 1 ? $"its only one, {labels[0]}" : $"one of its {labels.Count}")}, by name or by number from 0.");
            }

            DetectorOptions? options = DetectionPlan.Read(new PlanSection(numbered.RootElement, DetectionPlan.SectionName, faults), labels.Count, defaults);
            return faults.Count == 0 && options is not null ? options : throw new InvalidDataException($"{source} cannot be used: {string.Join(" ", faults)}");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"{source} is not JSON: {e.Message}", e);
        }
    }

    /// <summary>The same JSON with numbers for names in the arrays "labels" and "background".</summary>
    private static ReadOnlyMemory<byte> WithNumbers(JsonElement root, IReadOnlyList<string> labels, List<string> strangers)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            Copy(json, root, "", labels, strangers);
        }

        return buffer.WrittenMemory;
    }

    private static void Copy(Utf8JsonWriter json, JsonElement value, string name, IReadOnlyList<string> labels, List<string> strangers)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                json.WriteStartObject();
                foreach (JsonProperty property in value.EnumerateObject())
                {
                    json.WritePropertyName(property.Name);
                    Copy(json, property.Value, property.Name, labels, strangers);
                }

                json.WriteEndObject();
                break;
            case JsonValueKind.Array:
                json.WriteStartArray();
                foreach (JsonElement entry in value.EnumerateArray())
                {
                    Copy(json, entry, name, labels, strangers);
                }

                json.WriteEndArray();
                break;
            case JsonValueKind.String when name is "labels" or "background":
                json.WriteNumberValue(Find(value.GetString()!, labels, strangers));
                break;
            default:
                value.WriteTo(json);
                break;
        }
    }

    private static int Find(string name, IReadOnlyList<string> labels, List<string> strangers)
    {
        int exact = labels.TakeWhile(label => label != name).Count();
        int index = exact < labels.Count ? exact : labels.TakeWhile(label => !label.Equals(name, StringComparison.OrdinalIgnoreCase)).Count();
        if (index == labels.Count)
        {
            strangers.Add(name);
        }

        return Math.Min(index, labels.Count - 1);
    }
}
