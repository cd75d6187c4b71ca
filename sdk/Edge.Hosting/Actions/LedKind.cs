namespace Edge.Hosting.Actions;

/// <summary>Kind <c>led</c>: a lamp that the system shows under <c>/sys/class/leds</c>.</summary>
internal sealed class LedKind : IActionKind
{
    internal const int DefaultOnMs = 500;
    internal const int LongestOnMs = 3_600_000;
    private const string DefaultFolder = "/sys/class/leds";

    public string Kind => "led";

    public IReadOnlyCollection<string> Fields { get; } = [nameof(ActionOptions.Led), nameof(ActionOptions.LedFolder), nameof(ActionOptions.OnMs)];

    public void Check(ActionOptions options, ICollection<string> faults)
    {
        ActionOptions.CheckRange(nameof(options.OnMs), options.OnMs, 1, LongestOnMs, faults);
        string folder = options.LedFolder ?? DefaultFolder;
        string[] present = Directory.Exists(folder) ? [.. Directory.GetFileSystemEntries(folder).Select(path => System.IO.Path.GetFileName(path)).Order()] : [];
        if (options.Led is null || !present.Contains(options.Led))
        {
            string found = options.Led is null ? "Led is missing" : $"Led is '{options.Led}', which is not in {folder}";
            faults.Add(present.Length == 0 ? $"{found}; the system shows no lamp there." : $"{found}; expected one of {string.Join(", ", present)}.");
            return;
        }

        string brightness = System.IO.Path.Combine(folder, options.Led, LedAction.BrightnessFile);
        try
        {
            using var writable = new FileStream(brightness, FileMode.Open, FileAccess.Write); // nothing is written
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            faults.Add($"Led {options.Led}: {LedAction.Explain(e, brightness)}");
        }
    }

    public string? Claims(ActionOptions options) => options.Led is null ? null : $"Led {System.IO.Path.Combine(options.LedFolder ?? DefaultFolder, options.Led)}";

    public IEventAction Create(ActionOptions options, ActionContext context) =>
        new LedAction(System.IO.Path.Combine(options.LedFolder ?? DefaultFolder, options.Led!), TimeSpan.FromMilliseconds(options.OnMs ?? DefaultOnMs));
}
