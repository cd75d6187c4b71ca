using System.Text;

namespace Edge.Quantization.Calibration;

/// <summary>Reads comma-separated values as RFC 4180 has them: values in quotation marks may hold commas, line ends and doubled marks.</summary>
internal static class CsvRows
{
    private const int MaxValueChars = 1 << 20; // what is no table may be one endless line

    /// <summary>The rows that hold something and the lines that they begin in, from 1; values come without the white space around them.</summary>
    /// <param name="text">The table; read row by row.</param>
    /// <param name="source">How messages call it.</param>
    /// <exception cref="InvalidDataException">A quotation mark is not closed, or a value is longer than any that a table has.</exception>
    public static IEnumerable<(int Line, string[] Values)> Read(TextReader text, string source)
    {
        var values = new List<string>();
        var value = new StringBuilder();
        (int line, int first) = (1, 1);
        bool quoted = false, closed = false; // closed: the character before was a closing mark
        for (int c = 0; c >= 0;)
        {
            c = text.Read();
            if (c == '"')
            {
                value.Append(closed ? "\"" : "");
                (quoted, closed) = (!quoted, quoted);
                continue;
            }

            closed = false;
            line += c == '\n' ? 1 : 0;
            if (quoted ? c >= 0 : c is not (',' or '\n' or < 0))
            {
                value.Append((char)c);
            }
            else if (!quoted)
            {
                values.Add(value.ToString().Trim());
                value.Clear();
            }

            if (value.Length > MaxValueChars || (quoted && c < 0))
            {
                throw new InvalidDataException(quoted && c < 0
                    ? $"{source} has a quotation mark in line {first} that nothing closes; expected comma-separated values."
                    : $"{source} has a value of more than {MaxValueChars:N0} characters in line {first}; expected comma-separated values.");
            }

            if (!quoted && c is '\n' or < 0)
            {
                if (values is not [""])
                {
                    yield return (first, [.. values]);
                }

                values.Clear();
                first = line;
            }
        }
    }
}
