using System.Text.Json;
using Edge.Cli;

namespace Edge.Models;

/// <summary>Public models whose licence allows to use and pass them on; the list is part of the program.</summary>
internal static class ModelCatalogue
{
    private const string Resource = "catalogue.json";

    /// <summary>All models, in alphabetical order.</summary>
    public static IReadOnlyList<CatalogueEntry> Read()
    {
        using Stream stream = typeof(ModelCatalogue).Assembly.GetManifestResourceStream(Resource)!;
        using var json = JsonDocument.Parse(stream);
        var entries = new List<CatalogueEntry>();
        foreach (JsonElement entry in json.RootElement.GetProperty("models").EnumerateArray())
        {
            entries.Add(Entry(entry));
        }

        return entries;
    }

    /// <summary>The model of a name.</summary>
    /// <exception cref="UsageException">There is none; the message says what is like it.</exception>
    public static CatalogueEntry Find(string name)
    {
        IReadOnlyList<CatalogueEntry> all = Read();
        if (all.FirstOrDefault(entry => entry.Name == name) is { } found)
        {
            return found;
        }

        string[] names = [.. all.Select(entry => entry.Name)];
        string suggestion = Array.Find(names, known => known.Contains(name, StringComparison.OrdinalIgnoreCase)) is { } part ? $" Did you mean {part}?" : Suggestion.For(name, names);
        throw new UsageException($"There is no model '{name}'.{suggestion} `edge models` lists all.");
    }

    private static CatalogueEntry Entry(JsonElement json) => new()
    {
        Name = Text(json, "name"),
        Hears = Text(json, "hears"),
        Licence = Text(json, "licence"),
        Holder = Text(json, "holder"),
        FrontEnd = Text(json, "front_end"),
        Model = FileOrNull(json, "model")!,
        Manifest = FileOrNull(json, "manifest"),
        LabelFile = FileOrNull(json, "label_file"),
        Labels = Texts(json, "labels"),
    };

    private static List<string> Texts(JsonElement json, string name)
    {
        var texts = new List<string>();
        if (json.TryGetProperty(name, out JsonElement array))
        {
            foreach (JsonElement text in array.EnumerateArray())
            {
                texts.Add(text.GetString()!);
            }
        }

        return texts;
    }

    private static CatalogueFile? FileOrNull(JsonElement json, string name) => json.TryGetProperty(name, out JsonElement file)
        ? new CatalogueFile(new Uri(Text(file, "address")), file.GetProperty("bytes").GetInt64(), Text(file, "sha256"))
        : null;

    private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString()!;
}
