using System.Text.Json;

namespace Edge.Cli.Diagnosis;

/// <summary>What of the service's configuration concerns the board: files, folders and devices that it names.</summary>
/// <remarks>Whether every field is right is for `edge serve --check` to say.</remarks>
internal sealed class ServiceSettings
{
    /// <summary>The kind of source that is a microphone, and the one that is taken where none is named.</summary>
    public const string Alsa = "alsa";

    private const string RootName = "Edge";

    private readonly List<string> models = [];
    private readonly List<string> folders = [];
    private readonly List<string> leds = [];

    private ServiceSettings()
    {
    }

    /// <summary>What the service listens to: "alsa", "file" …; null where nothing is configured.</summary>
    public string? SourceKind { get; private set; }

    /// <summary>The sound card's device; null where none is named.</summary>
    public string? Device { get; private set; }

    /// <summary>Model files.</summary>
    public IReadOnlyList<string> Models => models;

    /// <summary>Folders that the service writes files to.</summary>
    public IReadOnlyList<string> Folders => folders;

    /// <summary>LEDs that it lights.</summary>
    public IReadOnlyList<string> Leds => leds;

    /// <summary>Whether it drives pins.</summary>
    public bool UsesPins { get; private set; }

    /// <summary>The file of metrics; null for none.</summary>
    public string? MetricsPath { get; private set; }

    /// <summary>Seconds from one writing of it to the next.</summary>
    public double MetricsEverySeconds { get; private set; } = 15;

    /// <summary>Nothing configured.</summary>
    public static ServiceSettings None { get; } = new();

    /// <summary>Reads a configuration file.</summary>
    /// <param name="path">A JSON file; comments and trailing commas are allowed, as the service allows them.</param>
    /// <exception cref="JsonException">The file is no JSON.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static ServiceSettings Read(string path)
    {
        using JsonDocument document = JsonDocument.Parse(
            File.ReadAllText(path), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        var settings = new ServiceSettings();
        JsonElement root = Member(document.RootElement, RootName);
        JsonElement source = Member(root, "Source");
        settings.SourceKind = Text(source, "Kind") ?? Alsa;
        settings.Device = Text(source, "Device");
        foreach (JsonElement model in Items(Member(root, "Models")))
        {
            Add(settings.models, Text(model, "Path"));
        }

        foreach (JsonElement action in Items(Member(root, "Actions")))
        {
            settings.TakeAction(action);
        }

        JsonElement metrics = Member(root, "Metrics");
        settings.MetricsPath = Text(metrics, "Path");
        Add(settings.folders, FolderOf(settings.MetricsPath));
        if (Member(metrics, "EverySeconds") is { ValueKind: JsonValueKind.Number } seconds)
        {
            settings.MetricsEverySeconds = Math.Max(seconds.GetDouble(), 1);
        }

        return settings;
    }

    private void TakeAction(JsonElement action)
    {
        string? kind = Text(action, "Kind");
        if (kind == "json-lines")
        {
            Add(folders, FolderOf(Text(action, "Path")));
        }
        else if (kind == "led")
        {
            Add(leds, Text(action, "Led"));
        }

        UsesPins |= kind is "gpio";
    }

    private static string? FolderOf(string? path) => path is null ? null : Path.GetDirectoryName(path);

    private static void Add(List<string> list, string? text)
    {
        if (!string.IsNullOrEmpty(text) && !list.Contains(text))
        {
            list.Add(text);
        }
    }

    /// <summary>A member whatever the case of its name, as configuration is bound; undefined where there is none.</summary>
    private static JsonElement Member(JsonElement parent, string name)
    {
        if (parent.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty member in parent.EnumerateObject())
            {
                if (member.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                {
                    return member.Value;
                }
            }
        }

        return default;
    }

    private static JsonElement[] Items(JsonElement array) => array.ValueKind == JsonValueKind.Array ? [.. array.EnumerateArray()] : [];

    private static string? Text(JsonElement parent, string name) => Member(parent, name) is { ValueKind: JsonValueKind.String } member ? member.GetString() : null;
}
