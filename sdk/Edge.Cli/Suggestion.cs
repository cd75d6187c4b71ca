namespace Edge.Cli;

/// <summary>Guesses what a mistyped word was meant to be.</summary>
internal static class Suggestion
{
    /// <summary>A sentence, with a space before it, that names the known word nearest to <paramref name="found"/>; empty where none is near.</summary>
    public static string For(string found, IReadOnlyCollection<string> known)
    {
        // Dashes are no part of the word: a short unknown option is near to nothing.
        string word = found.TrimStart('-');
        string? nearest = known.MinBy(candidate => Distance(word, candidate.TrimStart('-')));
        bool near = nearest is not null
            && (Distance(word, nearest.TrimStart('-')) <= Math.Min(2, word.Length / 2) || (word.Length > 2 && nearest.TrimStart('-').StartsWith(word, StringComparison.Ordinal)));
        return near ? $" Did you mean {nearest}?" : "";
    }

    /// <summary>Levenshtein's distance: the least number of letters to insert, delete or replace.</summary>
    private static int Distance(string a, string b)
    {
        var row = new int[b.Length + 1];
        for (int j = 0; j < row.Length; j++)
        {
            row[j] = j;
        }

        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int above = row[j];
                row[j] = Math.Min(Math.Min(above, row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[^1];
    }
}
