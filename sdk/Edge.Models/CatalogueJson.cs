using System.Text.Json;

namespace Edge.Models;

/// <summary>A model of the catalogue as the fields of a JSON object.</summary>
internal static class CatalogueJson
{
    /// <summary>Writes the fields.</summary>
    /// <param name="json">Within an object.</param>
    /// <param name="entry">The model.</param>
    /// <param name="isDownloaded">Whether its files are on this machine, to the byte.</param>
    /// <param name="made">The .edge file that was made of it; null where there is none.</param>
    public static void Write(Utf8JsonWriter json, CatalogueEntry entry, bool isDownloaded, string? made)
    {
        json.WriteString("name", entry.Name);
        json.WriteString("hears", entry.Hears);
        json.WriteString("licence", entry.Licence);
        json.WriteString("holder", entry.Holder);
        json.WriteString("front_end", entry.FrontEnd);
        json.WriteNumber("bytes", entry.Bytes);
        json.WriteBoolean("downloaded", isDownloaded);
        json.WriteString("file", made);
        json.WriteStartArray("sources");
        foreach (CatalogueFile file in entry.Files)
        {
            json.WriteStartObject();
            json.WriteString("address", file.Address.AbsoluteUri);
            json.WriteNumber("bytes", file.Bytes);
            json.WriteString("sha256", file.Sha256);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
