using System.Text.Json;
using System.Text.Json.Nodes;
using Edge.Detection;
using Edge.Features;
using Edge.Inference;
using Edge.Quantization.Graph;

namespace Edge.Quantization.Calibration;

/// <summary>What an ONNX file's metadata says of the front end and the labels that the network was trained with.</summary>
public static class ModelMetadata
{
    /// <summary>Key of the front end: a JSON object as in an .edge file's section frontEnd; the quantizer may be absent.</summary>
    public const string FrontEndKey = "edge.frontEnd";

    /// <summary>Key of the labels: a JSON array of the scores' names, in order.</summary>
    public const string LabelsKey = "edge.labels";

    /// <summary>Key that stands in encoders' files: "features", where the output is no scores but features for somebody else.</summary>
    public const string OutputKey = "edge.output";

    private const string Features = "features";

    /// <summary>Whether the metadata says that the output are features.</summary>
    public static bool GivesFeatures(ModelGraph graph) => graph.Metadata.GetValueOrDefault(OutputKey) == Features;

    /// <summary>Writes into the metadata that the output are features.</summary>
    public static void SetGivesFeatures(ModelGraph graph) => graph.Metadata[OutputKey] = Features;

    /// <summary>The front end of the metadata; null where it names none.</summary>
    /// <exception cref="InvalidDataException">The entry does not describe a front end; the message lists every fault.</exception>
    public static FrontEndOptions? FrontEnd(ModelGraph graph)
    {
        if (FrontEndParameters(graph) is not { } parameters)
        {
            return null;
        }

        parameters["quantizer"] ??= new JsonObject { ["numerator"] = 1, ["denominator"] = 1 };
        using JsonDocument document = JsonDocument.Parse(parameters.ToJsonString());
        var faults = new List<string>();
        return FrontEndPlan.Read(new PlanSection(document.RootElement, FrontEndKey, faults), faults)?.Options
            ?? throw new InvalidDataException($"The metadata of {graph.Name} describes no front end: {string.Join(" ", faults)}");
    }

    /// <summary>The front end's parameters as the metadata has them, not checked; null where it has none.</summary>
    /// <exception cref="InvalidDataException">The entry is not a JSON object.</exception>
    public static JsonObject? FrontEndParameters(ModelGraph graph) => Parse(graph, FrontEndKey) switch
    {
        null => null,
        JsonObject parameters => parameters,
        _ => throw new InvalidDataException($"The metadata {FrontEndKey} of {graph.Name} is JSON, but not an object of front-end parameters."),
    };

    /// <summary>The labels of the metadata; null where it has none.</summary>
    /// <exception cref="InvalidDataException">The entry is not a JSON array of strings.</exception>
    public static IReadOnlyList<string>? Labels(ModelGraph graph) => Parse(graph, LabelsKey) switch
    {
        null => null,
        JsonArray { Count: > 0 } labels when labels.All(label => label?.GetValueKind() == JsonValueKind.String) => [.. labels.Select(label => label!.GetValue<string>())],
        _ => throw new InvalidDataException($"The metadata {LabelsKey} of {graph.Name} is JSON, but not an array of names."),
    };

    /// <summary>Writes a front end into the metadata.</summary>
    public static void SetFrontEnd(ModelGraph graph, FrontEndOptions options)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            FrontEndPlan.Write(json, options, new FeatureQuantizer());
        }

        JsonObject parameters = JsonNode.Parse(buffer.ToArray())!.AsObject();
        parameters.Remove("quantizer");
        graph.Metadata[FrontEndKey] = parameters.ToJsonString();
    }

    /// <summary>Writes labels into the metadata.</summary>
    public static void SetLabels(ModelGraph graph, IEnumerable<string> labels) =>
        graph.Metadata[LabelsKey] = new JsonArray([.. labels.Select(label => (JsonNode?)JsonValue.Create(label))]).ToJsonString();

    private static JsonNode? Parse(ModelGraph graph, string key)
    {
        try
        {
            return !graph.Metadata.TryGetValue(key, out string? text) ? null
                : JsonNode.Parse(text) ?? throw new InvalidDataException($"The metadata {key} of {graph.Name} is null.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"The metadata {key} of {graph.Name} is not JSON: {e.Message}", e);
        }
    }
}
