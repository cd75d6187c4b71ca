namespace Edge.Models;

/// <summary>A public model that can be downloaded and imported.</summary>
internal sealed record CatalogueEntry
{
    /// <summary>What it is called here and in the file that is made.</summary>
    public required string Name { get; init; }

    /// <summary>What it hears, to a person.</summary>
    public required string Hears { get; init; }

    /// <summary>Its licence, by SPDX identifier.</summary>
    public required string Licence { get; init; }

    /// <summary>Who published it.</summary>
    public required string Holder { get; init; }

    /// <summary>The front end it was trained on, by name.</summary>
    public required string FrontEnd { get; init; }

    /// <summary>The model, a .tflite file.</summary>
    public required CatalogueFile Model { get; init; }

    /// <summary>The manifest beside it that has its detection settings; null where it has none.</summary>
    public CatalogueFile? Manifest { get; init; }

    /// <summary>The table beside it that names its outputs; null where it has none.</summary>
    public CatalogueFile? LabelFile { get; init; }

    /// <summary>Names of its outputs in order, where no file has them; may be empty.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>All files that are downloaded.</summary>
    public IEnumerable<CatalogueFile> Files => new[] { Model, Manifest, LabelFile }.OfType<CatalogueFile>();

    /// <summary>Length of all of them.</summary>
    public long Bytes => Files.Sum(file => file.Bytes);
}
