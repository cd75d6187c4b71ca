using System.Globalization;
using Edge.Quantization.Calibration;

namespace Edge.Quantization.Analysis.Evaluation;

/// <summary>Finds recordings and what they are said to hold: a folder for each class, or a table.</summary>
public static class LabelledClips
{
    /// <summary>The sound files below each folder in <paramref name="folder"/>, labelled with that folder's name, ordered by path.</summary>
    /// <param name="folder">A folder that holds a folder for each class.</param>
    /// <exception cref="InvalidDataException">There are no class folders, one is empty, or a sound file lies beside them.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public static IReadOnlyList<LabelledClip> FromFolder(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new DirectoryNotFoundException($"{folder}: there is no such folder; expected one that holds a folder for each class.");
        }

        if (ClipFiles.FindSound(folder).FirstOrDefault(file => Path.GetDirectoryName(file) == Path.TrimEndingDirectorySeparator(folder)) is { } stray)
        {
            throw new InvalidDataException($"{stray} lies in no folder of a class; put it into one, or name labels in a table (file,label).");
        }

        var clips = new List<LabelledClip>();
        foreach (string path in Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal))
        {
            int before = clips.Count;
            clips.AddRange(ClipFiles.FindSound(path).Select(file => new LabelledClip(file, Path.GetFileName(path))));
            if (clips.Count == before)
            {
                throw new InvalidDataException($"The folder {path} holds no sound ({string.Join(' ', ClipFiles.SoundExtensions)}); fill it or remove it.");
            }
        }

        return clips.Count > 0 ? clips : throw new InvalidDataException($"{folder} holds no recordings; expected a folder for each class, with sound files in it.");
    }

    /// <summary>The recordings that a table names: comma-separated, with a header that has the columns file and label, and start_s and end_s for words within recordings.</summary>
    /// <param name="table">The .csv file.</param>
    /// <param name="folder">Where the files lie; null for the table's own folder.</param>
    /// <exception cref="InvalidDataException">The table has no such header, a row is not whole, or it has no rows; the message gives the line.</exception>
    /// <exception cref="FileNotFoundException">The table or a file that it names is not there.</exception>
    public static IReadOnlyList<LabelledClip> FromTable(string table, string? folder = null)
    {
        if (!File.Exists(table))
        {
            throw new FileNotFoundException($"{table}: there is {(Directory.Exists(table) ? "a folder, and no file, of this name" : "no such file")}; expected a table with the columns file,label or file,label,start_s,end_s. Check the path.", table);
        }

        using StreamReader text = File.OpenText(table);
        using IEnumerator<(int Line, string[] Values)> rows = CsvRows.Read(text, table).GetEnumerator();
        string[] header = rows.MoveNext() ? Array.ConvertAll(rows.Current.Values, name => name.ToLowerInvariant()) : [];
        int file = Array.IndexOf(header, "file"), label = Array.IndexOf(header, "label");
        int start = Array.IndexOf(header, "start_s"), end = Array.IndexOf(header, "end_s");
        if (file < 0 || label < 0 || start < 0 != end < 0)
        {
            throw new InvalidDataException(
                $"{table}, line 1 is '{Shortened(string.Join(',', header))}'; expected a header with the columns file,label or file,label,start_s,end_s.");
        }

        string root = folder ?? Path.GetDirectoryName(table) ?? "";
        var clips = new List<LabelledClip>();
        while (rows.MoveNext())
        {
            (int line, string[] fields) = rows.Current;
            if (fields.Length != header.Length || fields[file].Length == 0 || fields[label].Length == 0)
            {
                throw new InvalidDataException($"{table}, line {line} has {fields.Length} fields ('{Shortened(string.Join(',', fields))}'); expected {header.Length}: {string.Join(',', header)}, file and label not empty.");
            }

            (TimeSpan Start, TimeSpan End)? word = start < 0 || (fields[start].Length == 0 && fields[end].Length == 0)
                ? null
                : (Seconds(fields[start], "start_s", table, line), Seconds(fields[end], "end_s", table, line));
            if (word is { } times && times.End < times.Start)
            {
                throw new InvalidDataException($"{table}, line {line}: it ends at {fields[end]} s, before it begins at {fields[start]} s.");
            }

            clips.Add(new LabelledClip(Path.Combine(root, fields[file]), fields[label], word?.Start, word?.End));
        }

        CheckFiles(clips, table);
        return clips;
    }

    /// <summary>The sound files of a folder's tree, ordered by path; or the file itself.</summary>
    /// <exception cref="FileNotFoundException">The path names nothing, or a folder without sound.</exception>
    public static IReadOnlyList<string> FindSound(string path)
    {
        if (File.Exists(path))
        {
            return [path];
        }

        if (!Directory.Exists(path))
        {
            throw new FileNotFoundException($"{path}: there is no such file or folder; expected recordings. Check the path.", path);
        }

        string[] found = [.. ClipFiles.FindSound(path)];
        return found.Length > 0 ? found : throw new FileNotFoundException($"The folder {path} and those below it hold no sound ({string.Join(' ', ClipFiles.SoundExtensions)}).", path);
    }

    private static void CheckFiles(List<LabelledClip> clips, string table)
    {
        if (clips.Count == 0)
        {
            throw new InvalidDataException($"{table} has a header and no rows; expected a file and its label a line.");
        }

        string[] missing = [.. clips.Select(clip => clip.Path).Distinct().Where(path => !File.Exists(path))];
        if (missing.Length > 0)
        {
            throw new FileNotFoundException(
                $"{table} names {missing.Length} file(s) that are not there: {string.Join(", ", missing.Take(3))}{(missing.Length > 3 ? ", …" : "")}. Paths are relative to the folder of recordings, or to the table where none is given.");
        }
    }

    /// <summary>What is no table may be one line of a megabyte.</summary>
    private static string Shortened(string line) => string.Concat(line.Take(80).Select(c => char.IsControl(c) ? '?' : c)) + (line.Length > 80 ? "…" : "");

    private static TimeSpan Seconds(string text, string column, string table, int line) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds) && seconds is >= 0 and <= 1e9
            ? TimeSpan.FromSeconds(seconds)
            : throw new InvalidDataException($"{table}, line {line}: {column} is '{text}'; expected seconds, a number from 0.");
}
