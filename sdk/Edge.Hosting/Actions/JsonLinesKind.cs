namespace Edge.Hosting.Actions;

/// <summary>Kind <c>json-lines</c>: a file that grows by a line an event.</summary>
internal sealed class JsonLinesKind : IActionKind
{
    private const long LeastBytes = 4096; // a file must hold some lines
    private const int MostFiles = 100;

    public string Kind => "json-lines";

    public IReadOnlyCollection<string> Fields { get; } = [nameof(ActionOptions.Path), nameof(ActionOptions.MaximumBytes), nameof(ActionOptions.KeepFiles)];

    public void Check(ActionOptions options, ICollection<string> faults)
    {
        if (string.IsNullOrEmpty(options.Path))
        {
            faults.Add("Path is missing; expected the file that receives the lines.");
        }
        else if (Directory.Exists(options.Path))
        {
            faults.Add($"Path {options.Path} is a folder; expected a file.");
        }
        else if (System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(options.Path)) is { } folder && !Directory.Exists(folder))
        {
            faults.Add($"Path {options.Path}: there is no folder {folder}; make it, or name another file.");
        }

        ActionOptions.CheckRange(nameof(options.MaximumBytes), options.MaximumBytes, LeastBytes, long.MaxValue, faults);
        ActionOptions.CheckRange(nameof(options.KeepFiles), options.KeepFiles, 1, MostFiles, faults);
        if (options is { KeepFiles: not null, MaximumBytes: null })
        {
            faults.Add("KeepFiles without MaximumBytes; say at which size a new file begins.");
        }
    }

    public string? Claims(ActionOptions options) =>
        string.IsNullOrEmpty(options.Path) || options.Path.StartsWith("/dev/", StringComparison.Ordinal) ? null : $"Path {System.IO.Path.GetFullPath(options.Path)}";

    public IEventAction Create(ActionOptions options, ActionContext context) =>
        new JsonLinesAction(options.Path!, options.MaximumBytes, options.KeepFiles ?? 1);
}
