using Edge.Cli;

namespace Edge.Targets;

/// <summary>All boards that Edge is built for.</summary>
public sealed class BoardCatalogue
{
    private BoardCatalogue(IReadOnlyList<Board> boards) => Boards = boards;

    /// <summary>The boards in alphabetical order.</summary>
    public IReadOnlyList<Board> Boards { get; }

    /// <summary>Reads a folder of board files.</summary>
    /// <param name="folder">Holds one JSON file a board; null for the project's own, which lie beside the program.</param>
    /// <exception cref="InvalidDataException">Files have faults; the message lists all of them, with file and field.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public static BoardCatalogue Load(string? folder = null)
    {
        folder ??= Path.Combine(AppContext.BaseDirectory, "boards");
        if (!Directory.Exists(folder))
        {
            throw new DirectoryNotFoundException($"{folder}: there is no such folder; expected one JSON file a board in it.");
        }

        var faults = new List<string>();
        var boards = new List<Board>();
        foreach (string path in Directory.GetFiles(folder, "*.json").Order(StringComparer.Ordinal))
        {
            if (BoardReader.Read(File.ReadAllBytes(path), Path.GetFileName(path), faults) is { } board)
            {
                boards.Add(board);
            }
        }

        return (faults.Count, boards.Count) switch
        {
            ( > 0, _) => throw new InvalidDataException($"{folder} cannot be used:{Environment.NewLine}{string.Join(Environment.NewLine, faults)}"),
            (_, 0) => throw new InvalidDataException($"{folder} holds no board; expected one JSON file a board in it."),
            _ => new BoardCatalogue([.. boards.OrderBy(board => board.Name, StringComparer.Ordinal)]),
        };
    }

    /// <summary>Boards of the same package architecture whose programs start on processors on which a board's do not.</summary>
    public IEnumerable<Board> LessDemandingThan(Board board) => Boards.Where(other =>
        other.Publish is { } less && board.Publish is { } more && less.PackageArchitecture == more.PackageArchitecture
        && less.ProcessorFlags.Count < more.ProcessorFlags.Count && less.ProcessorFlags.All(more.ProcessorFlags.Contains));

    /// <summary>The board of a name.</summary>
    /// <exception cref="UsageException">There is none; the message says what is like it.</exception>
    internal Board Find(string name)
    {
        string[] names = [.. Boards.Select(board => board.Name)];
        return Boards.FirstOrDefault(board => board.Name == name)
            ?? throw new UsageException($"There is no board '{name}'.{Suggestion.For(name, names)} Expected is one of {string.Join(", ", names)}; a file in targets/boards adds one.");
    }
}
