namespace Edge.Quantization.Calibration;

/// <summary>Finds the files that calibration paths name.</summary>
public static class ClipFiles
{
    /// <summary>Extensions of sound files, in lower case.</summary>
    public static IReadOnlyList<string> SoundExtensions { get; } = [".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff", ".au"];

    /// <summary>Extension of NumPy's array files.</summary>
    public const string ArrayExtension = ".npy";

    /// <summary>Whether a file is NumPy's, by its name.</summary>
    public static bool IsArray(string path) => path.EndsWith(ArrayExtension, StringComparison.OrdinalIgnoreCase);

    /// <summary>The files themselves, and of folders the sound and .npy files of the whole tree, ordered by path; each file once.</summary>
    /// <exception cref="FileNotFoundException">A path names nothing, or a folder without such files.</exception>
    public static IReadOnlyList<string> Find(IEnumerable<string> paths)
    {
        var files = new List<string>();
        foreach (string path in paths)
        {
            if (Directory.Exists(path))
            {
                files.AddRange(FindIn(path));
            }
            else
            {
                files.Add(File.Exists(path) ? path : throw new FileNotFoundException(
                    $"{path}: there is no such file or folder; expected recordings or .npy files. Check the path.", path));
            }
        }

        return [.. files.DistinctBy(Path.GetFullPath)];
    }

    /// <summary>The sound files of a folder's tree, ordered by path.</summary>
    public static IEnumerable<string> FindSound(string folder) =>
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(IsSound).Order(StringComparer.Ordinal);

    private static string[] FindIn(string folder)
    {
        string[] found = [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(file => IsSound(file) || IsArray(file)).Order(StringComparer.Ordinal)];
        return found.Length > 0 ? found : throw new FileNotFoundException(
            $"The folder {folder} and those below it hold no recording ({string.Join(' ', SoundExtensions)}) and no .npy file.", folder);
    }

    private static bool IsSound(string path) => SoundExtensions.Contains(Path.GetExtension(path).ToLowerInvariant());
}
