using System.Text;

namespace Edge.Quantization.Cli;

/// <summary>Rows of text in columns: the first flush left, the others flush right.</summary>
internal sealed class TextTable
{
    private readonly List<string[]> rows = [];

    /// <summary>The rows.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Rows => rows;

    /// <summary>Adds a row.</summary>
    public TextTable Add(params IEnumerable<string> cells)
    {
        rows.Add([.. cells]);
        return this;
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        int[] widths = [.. Enumerable.Range(0, rows.Count == 0 ? 0 : rows.Max(row => row.Length)).Select(column => rows.Max(row => column < row.Length ? row[column].Length : 0))];
        var text = new StringBuilder();
        foreach (string[] row in rows)
        {
            text.AppendLine(string.Join("  ", row.Select((cell, column) => column == 0 ? cell.PadRight(widths[0]) : cell.PadLeft(widths[column]))).TrimEnd());
        }

        return text.ToString();
    }
}
