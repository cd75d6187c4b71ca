using System.Text.RegularExpressions;

namespace Edge.Tests;

/// <summary>Sources as rules about them read them.</summary>
internal static partial class SourceCode
{
    /// <summary>Path, from the root of the repository, and code of every file in a folder and those below it.</summary>
    public static IEnumerable<(string Path, string Code)> Read(params string[] folder)
    {
        string root = Repository.PathTo(folder);
        string[] files = Directory.GetFiles(root, "*.cs", SearchOption.AllDirectories);
        Assert.NotEmpty(files);
        return files.Select(path => (Path.GetRelativePath(Repository.Root, path), Strip(File.ReadAllText(path))));
    }

    /// <summary>Code without comments and with empty strings.</summary>
    /// <remarks>String literals come before comments, so that neither is taken for the other.</remarks>
    public static string Strip(string source) => StringOrComment().Replace(source, match => match.Value[0] == '/' ? "" : "\"\"");

    [GeneratedRegex("""
        "(?:\\.|[^"\\\n])*"|//[^\n]*|/\*.*?\*/
        """, RegexOptions.Singleline)]
    private static partial Regex StringOrComment();
}
