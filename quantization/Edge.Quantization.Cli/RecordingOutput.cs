using Edge.Cli;

namespace Edge.Quantization.Cli;

/// <summary>Recordings, and where what is computed from them goes: a .npy file each in a folder, or one file.</summary>
/// <param name="Path">A folder, or a .npy file for one recording or for all.</param>
/// <param name="Concat">Whether the rows of all recordings go to one file.</param>
/// <param name="Recordings">The recordings, one at least.</param>
internal sealed record RecordingOutput(string Path, bool Concat, IReadOnlyList<Recording> Recordings)
{
    /// <summary>What to add to a command's options.</summary>
    public static readonly Option[] Options =
    [
        new("out", "PATH", "folder for one file a recording, or a .npy file for one recording or --concat"),
        new("concat", null, "all rows in one .npy file, and NAME.json beside it that says where each recording begins"),
    ];

    /// <summary>Reads the options and finds the recordings that <paramref name="operands"/> name.</summary>
    /// <exception cref="UsageException">--out is missing, or names a file where a folder is needed or a folder where a file is.</exception>
    /// <inheritdoc cref="Recording.Find" path="/exception"/>
    public static RecordingOutput Read(Arguments arguments, IEnumerable<string> operands)
    {
        var output = new RecordingOutput(arguments.Text("out"), arguments.Has("concat"), Recording.Find(operands));
        string path = output.Path;
        return output switch
        {
            { IsFile: false } when File.Exists(path) => throw new UsageException($"--out is '{path}', a file; expected a folder, or a name ending in .npy."),
            { IsFile: false, Concat: true } => throw new UsageException($"--out is '{path}'; with --concat a name ending in .npy is expected."),
            { IsFile: true, Concat: false, Recordings.Count: > 1 } => throw new UsageException(
                $"--out is '{path}', one file, for {output.Recordings.Count} recordings; expected a folder, or --concat."),
            _ => output,
        };
    }

    /// <summary>The file that a recording's rows go to.</summary>
    public string PathOf(Recording recording) => IsFile ? Path : System.IO.Path.Combine(Path, recording.Name + ".npy");

    private bool IsFile => Path.EndsWith(".npy", StringComparison.OrdinalIgnoreCase);
}
