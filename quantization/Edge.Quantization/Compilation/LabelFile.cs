using System.Globalization;
using System.Text;

namespace Edge.Quantization.Compilation;

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
        string[] header = [.. (end < 0 ? text : text[..end]).Split(',').Select(cell => cell.Trim().Trim('"').ToLowerInvariant())];
        string? column = header.Length > 1 ? NameColumns.FirstOrDefault(header.Contains) : null;
        if (column is null && source.EndsWith(".csv", StringComparison.OrdinalIgnoreCase) && Rows(text, source).FirstOrDefault().Cells is { Count: > 1 } columns)
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
        foreach ((int line, List<string> cells) in Rows(text, source).Skip(1))
        {
            if (cells.Count != columns)
            {
                throw Fault(source, $"has {cells.Count} values in line {line}, and its header {columns}; a name with a comma stands in quotation marks");
            }

            if (indexColumn >= 0 && cells[indexColumn] != labels.Count.ToString(CultureInfo.InvariantCulture))
            {
                throw Fault(source, $"has index '{cells[indexColumn]}' in line {line}; expected {labels.Count}, the number of the score");
            }

            if (cells[nameColumn].Length == 0)
            {
                throw Fault(source, $"has no name in line {line}");
            }

            labels.Add(cells[nameColumn]);
        }

        return [.. labels];
    }

    /// <summary>The rows of comma-separated values with the line each begins in; values in quotation marks may hold commas, line ends and doubled marks (RFC 4180).</summary>
    private static IEnumerable<(int Line, List<string> Cells)> Rows(string text, string source)
    {
        (int line, int first) = (1, 1);
        var cells = new List<string>();
        var cell = new StringBuilder();
        bool quoted = false;
        for (int i = 0; i <= text.Length; i++)
        {
            char c = i < text.Length ? text[i] : '\n';
            line += c == '\n' ? 1 : 0;
            if (quoted && i == text.Length)
            {
                throw Fault(source, $"has a quotation mark in line {first} that nothing closes");
            }

            if (c == '"')
            {
                bool doubled = quoted && i + 1 < text.Length && text[i + 1] == '"';
                (quoted, i) = doubled ? (true, i + 1) : (!quoted, i);
                cell.Append(doubled ? "\"" : "");
            }
            else if (!quoted && c is ',' or '\n')
            {
                cells.Add(cell.ToString().Trim());
                cell.Clear();
                if (c == '\n')
                {
                    if (cells is not [""])
                    {
                        yield return (first, cells);
                    }

                    (cells, first) = ([], line);
                }
            }
            else
            {
                cell.Append(c);
            }
        }
    }

    private static InvalidDataException Fault(string source, string fault) =>
        new($"{source} {fault}; expected the names of the model's scores in order, one a line or in a table's column display_name, each once.");
}
