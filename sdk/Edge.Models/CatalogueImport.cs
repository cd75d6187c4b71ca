using Edge.Features;
using Edge.Quantization.Calibration;
using Edge.Quantization.Compilation;

namespace Edge.Models;

/// <summary>From the downloaded files of a model to an .edge file.</summary>
internal static class CatalogueImport
{
    /// <summary>Imports a model.</summary>
    /// <param name="entry">The model.</param>
    /// <param name="cache">Where its files are.</param>
    /// <returns>The .edge file.</returns>
    /// <exception cref="IOException">A file cannot be read, or the model cannot be imported; the message says why.</exception>
    public static byte[] Run(CatalogueEntry entry, ModelCache cache)
    {
        MicroWakeWordManifest? manifest = Read(entry.Manifest) is { } json ? MicroWakeWordManifest.Read(json, entry.Manifest!.Name) : null;
        IReadOnlyList<string> labels = Read(entry.LabelFile) is { } table ? LabelFile.Read(table, entry.LabelFile!.Name) : entry.Labels;
        var options = new ImportOptions
        {
            Name = entry.Name,
            Labels = labels,
            FrontEnd = FrontEndCatalogue.Find(entry.FrontEnd) ?? throw new InvalidDataException($"{entry.Name}: there is no front end '{entry.FrontEnd}'."),
            Manifest = manifest,
            Provenance = new Dictionary<string, string>
            {
                ["licence"] = entry.Licence,
                ["holder"] = entry.Holder,
                ["address"] = entry.Model.Address.AbsoluteUri,
            },
        };
        return ModelImport.Run(Read(entry.Model)!, entry.Model.Name, options).File;

        byte[]? Read(CatalogueFile? file) => file is null ? null : File.ReadAllBytes(cache.PathOf(entry, file));
    }
}
