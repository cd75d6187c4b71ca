using System.Text;

namespace Edge.Targets.Tests;

/// <summary>The project's boards, and board files made for a test.</summary>
internal static class Boards
{
    /// <summary>The project's own, read once.</summary>
    public static BoardCatalogue All { get; } = BoardCatalogue.Load();

    /// <summary>One of the project's own.</summary>
    public static Board Named(string name) => All.Find(name);

    /// <summary>Names of the boards on which .NET runs.</summary>
    public static TheoryData<string> WithLinux() => [.. All.Boards.Where(board => board.Publish is not null).Select(board => board.Name)];

    /// <summary>Names of all boards.</summary>
    public static TheoryData<string> Names() => [.. All.Boards.Select(board => board.Name)];

    /// <summary>The text of one of the project's files.</summary>
    public static string Text(string name) => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "boards", $"{name}.json"));

    /// <summary>The faults of a text as the file of a board.</summary>
    public static List<string> Faults(string text, string fileName)
    {
        var faults = new List<string>();
        BoardReader.Read(Encoding.UTF8.GetBytes(text), fileName, faults);
        return faults;
    }
}
