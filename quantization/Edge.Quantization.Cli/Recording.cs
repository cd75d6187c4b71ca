using Edge.Cli;
using Edge.Quantization.Calibration;

namespace Edge.Quantization.Cli;

/// <summary>A recording and the name of what is made of it.</summary>
/// <param name="Path">The sound file.</param>
/// <param name="Name">A relative path without extension, unique among the recordings of one call.</param>
internal readonly record struct Recording(string Path, string Name)
{
    /// <summary>The recordings that <paramref name="operands"/> name: sound files; folders, whole trees of them; .txt files with a path a line.</summary>
    /// <remarks>Lines of a list are relative to its folder; empty ones and those that begin with # are passed over.</remarks>
    /// <exception cref="UsageException">No operand is given, or two recordings would be given one name.</exception>
    /// <exception cref="FileNotFoundException">An operand is neither file nor folder, or there is no recording in any.</exception>
    public static IReadOnlyList<Recording> Find(IEnumerable<string> operands)
    {
        List<Recording> found = [.. operands.SelectMany(Expand)];
        if (found.Count == 0)
        {
            string expected = $"expected sound files, folders of them ({string.Join(' ', ClipFiles.SoundExtensions)}) or .txt lists.";
            string[] given = [.. operands];
            throw given.Length == 0 ? new UsageException($"No recordings; {expected}") : new FileNotFoundException($"There is no recording in {string.Join(", ", given)}; {expected}");
        }

        var byName = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (Recording recording in found)
        {
            if (!byName.TryAdd(recording.Name, recording.Path))
            {
                throw new UsageException(
                    $"{byName[recording.Name]} and {recording.Path} would both be written to {recording.Name}.npy; name a folder above both instead.");
            }
        }

        return found;
    }

    private static IEnumerable<Recording> Expand(string operand)
    {
        if (Directory.Exists(operand))
        {
            return ClipFiles.FindSound(operand).Select(file => Named(file, System.IO.Path.GetRelativePath(operand, file)));
        }

        if (!File.Exists(operand))
        {
            throw new FileNotFoundException($"{operand}: there is no such file or folder; expected recordings. Check the path.", operand);
        }

        return operand.EndsWith(".txt", StringComparison.OrdinalIgnoreCase) ? ReadList(operand) : [Named(operand, System.IO.Path.GetFileName(operand))];
    }

    private static IEnumerable<Recording> ReadList(string list)
    {
        string folder = System.IO.Path.GetDirectoryName(list) ?? "";
        return File.ReadLines(list)
            .Select(line => line.Trim())
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line =>
            {
                // What lies outside of the list's folder must not be written outside of the output's.
                bool inside = !System.IO.Path.IsPathRooted(line) && !line.Split('/', '\\').Contains("..");
                return Named(System.IO.Path.Combine(folder, line), inside ? line : System.IO.Path.GetFileName(line));
            });
    }

    private static Recording Named(string path, string relative) => new(path, System.IO.Path.ChangeExtension(relative, null));
}
