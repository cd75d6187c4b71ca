using System.Globalization;

namespace Edge.Quantization.Graph.Onnx;

/// <summary>Constants that a model keeps in files beside it; nothing outside the model's folder is ever opened.</summary>
/// <param name="source">How messages name the model.</param>
/// <param name="folder">The model's folder; null where the model did not come from a file.</param>
internal sealed class ExternalData(string source, string? folder)
{
    /// <summary>The bytes at a location, given by the keys "location", "offset" and "length" of the tensor.</summary>
    public byte[] Read(ref WireReader reader, Dictionary<string, string> location)
    {
        if (folder is null)
        {
            throw reader.Fault("its data are in another file; read the model by its path.");
        }

        string path = location.GetValueOrDefault("location", "");
        try
        {
            path = Resolve(ref reader, path);
            using FileStream file = File.OpenRead(path);
            long offset = Number(ref reader, location, "offset", 0);
            long length = Number(ref reader, location, "length", file.Length - Math.Min(offset, file.Length));
            if (offset > file.Length || length > file.Length - offset || length > Array.MaxLength)
            {
                throw reader.Fault($"bytes {offset} to {(Int128)offset + length} expected in {path}, which has {file.Length}.");
            }

            var data = new byte[length];
            file.Position = offset;
            file.ReadExactly(data);
            return data;
        }
        catch (Exception e) when (e is (IOException or UnauthorizedAccessException) and not GraphFormatException)
        {
            throw new GraphFormatException(source, reader.Place, $"its data cannot be read from {path}: {e.Message}", e);
        }
    }

    private string Resolve(ref WireReader reader, string location)
    {
        if (location.Length == 0 || location.Contains('\0') || Path.IsPathRooted(location))
        {
            throw reader.Fault($"its data should be in a file beside the model; found location '{location}'.");
        }

        string root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder!));
        string path = Path.GetFullPath(Path.Combine(root, location));
        bool inside = path.StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal);
        for (string? part = path; inside && part!.Length > root.Length; part = Path.GetDirectoryName(part))
        {
            // A link below the folder may lead anywhere.
            inside = new FileInfo(part).LinkTarget is null;
        }

        return inside
            ? path
            : throw reader.Fault($"its data are said to be in '{location}', outside the model's folder or behind a link; this is refused.");
    }

    private static long Number(ref WireReader reader, Dictionary<string, string> location, string key, long fallback)
    {
        if (!location.TryGetValue(key, out string? text))
        {
            return fallback;
        }

        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value)
            ? value
            : throw reader.Fault($"'{key}' of its data should be a number; found '{text}'.");
    }
}
