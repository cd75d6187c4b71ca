using System.Globalization;
using System.Text;

namespace Edge.Quantization.Calibration;

/// <summary>
/// Names of a model's scores: plain text, one a line, or a table of comma-separated values whose header names the columns, such as
/// "index,mid,display_name".
/// </summary>
public static class LabelFile
{
    /// <summary>Columns that hold names, the better ones first.</summary>
    private static readonly string[] NameColumns = ["display_name", "label", "name", "class"];

    /// <summary>Reads the names in the order of the scores; empty lines are passed over.</summary>
    /// <param name="file">The file, UTF-8.</param>
    /// <param name="source">How messages call it.</param>
    /// <exception cref="InvalidDataException">There is no name, one stands twice, an index is out of order, or it is no text.</exception>
    public static IReadOnlyList<string> Read(ReadOnlySpan<byte> file, string source)
    {
        string text = Encoding.UTF8.GetString(file).TrimStart('\uFEFF');
        if (text.Any(c => char.IsControl(c) && c is not ('\r' or '\n' or '\t')))
        {
            throw Fault(source, "is no text");
        }

        int end = text.IndexOf('\n', StringComparison.Ordinal);
        string[] header = [.. (end < 0 ? text : text[..end]).Split(',').Select(name => name.Trim().Trim('"').ToLowerInvariant())];
        string? column = header.Length > 1 ? NameColumns.FirstOrDefault(header.Contains) : null;
        using var table = new StringReader(text);
        if (column is null && source.EndsWith(".csv", StringComparison.OrdinalIgnoreCase) && CsvRows.Read(table, source).FirstOrDefault().Values is { Length: > 1 } columns)
        {
            throw Fault(source, $"has the columns {string.Join(", ", columns)}, and no one of names");
        }

        string[] labels = column is not null
            ? ReadTable(text, Array.IndexOf(header, "index"), Array.IndexOf(header, column), header.Length, source)
            : [.. text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0)];
        return labels.Length == 0 ? throw Fault(source, "has no label")
            : labels.GroupBy(label => label).FirstOrDefault(group => group.Count() > 1) is { } twice ? throw Fault(source, $"has the label '{twice.Key}' {twice.Count()} times")
            : labels;
    }

    private static string[] ReadTable(string text, int indexColumn, int nameColumn, int columns, string source)
    {
        var labels = new List<string>();
        using var reader = new StringReader(text);
        foreach ((int line, string[] values) in CsvRows.Read(reader, source).Skip(1))
        {
            if (values.Length != columns)
            {
                throw Fault(source, $"has {values.Length} values in line {line}, and its header {columns}; a name with a comma stands in quotation marks");
            }

            if (indexColumn >= 0 && values[indexColumn] != labels.Count.ToString(CultureInfo.InvariantCulture))
            {
                throw Fault(source, $"has index '{values[indexColumn]}' in line {line}; expected {labels.Count}, the number of the score");
            }

            if (values[nameColumn].Length == 0)
            {
                throw Fault(source, $"has no name in line {line}");
            }

            labels.Add(values[nameColumn]);
        }

        return [.. labels];
    }

    private static InvalidDataException Fault(string source, string fault) =>
        new($"{source} {fault}; expected the names of the model's scores in order, one a line or in a table's column display_name, each once.");
}
