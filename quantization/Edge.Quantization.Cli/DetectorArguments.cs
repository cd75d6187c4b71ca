using Edge.Cli;
using Edge.Detection;
using Edge.Quantization.Calibration;
using Edge.Quantization.Graph;

namespace Edge.Quantization.Cli;

/// <summary>The options that say what a model's scores mean and when they become events.</summary>
internal static class DetectorArguments
{
    private const double UsualThreshold = 0.5;

    /// <summary>Labels that never are events, as data sets and recipes name them.</summary>
    private static readonly string[] BackgroundNames =
        ["background", "_background_noise_", "_background_", "silence", "_silence_", "unknown", "_unknown_", "other", "noise", "none", "negative"];

    /// <summary>What to add to a command's options.</summary>
    public static readonly Option[] Options =
    [
        new("labels", "FILE", "names of the scores in order, one a line (default: the model's metadata)"),
        new("detection", "FILE", "detector settings as JSON: thresholds, background, smoothingMs, … (default: threshold 0.5, labels such as unknown or silence are background)"),
    ];

    /// <summary>The names of the scores.</summary>
    /// <exception cref="UsageException">Neither the command line nor the metadata has them.</exception>
    public static IReadOnlyList<string> Labels(Arguments arguments, ModelGraph graph) => arguments.TextOrNull("labels") is { } path
        ? ReadLabels(path)
        : ModelMetadata.Labels(graph)
            ?? throw new UsageException($"--labels FILE is required: the model's metadata has no {ModelMetadata.LabelsKey}.");

    /// <summary>The labels of a file, one a line; empty lines are passed over.</summary>
    /// <exception cref="InvalidDataException">There is none, one stands twice, or the file is no text.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static IReadOnlyList<string> ReadLabels(string path)
    {
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"{path}: there is no such file; expected labels, one a line. Check the path.", path);
        }

        string[] labels = [.. File.ReadLines(path).Select(line => line.Trim()).Where(line => line.Length > 0)];
        string? fault = Array.Find(labels, label => label.Any(char.IsControl)) is not null ? "is no text"
            : labels.Length == 0 ? "has no label"
            : labels.GroupBy(label => label).FirstOrDefault(group => group.Count() > 1) is { } twice ? $"has the label '{twice.Key}' {twice.Count()} times" : null;
        return fault is null ? labels : throw new InvalidDataException($"{path} {fault}; expected the names of the model's scores in order, one a line, each once.");
    }

    /// <summary>The detector's settings.</summary>
    /// <exception cref="InvalidDataException">The file holds no settings for these labels.</exception>
    public static DetectorOptions Detection(Arguments arguments, IReadOnlyList<string> labels)
    {
        if (arguments.TextOrNull("detection") is { } path)
        {
            return DetectionFile.Read(path, labels);
        }

        int[] background = [.. Enumerable.Range(0, labels.Count).Where(i => BackgroundNames.Contains(labels[i].ToLowerInvariant()))];
        return new KeywordOptions
        {
            Thresholds = [.. labels.Select(_ => UsualThreshold)],
            Background = background.Length < labels.Count ? background : [],
        };
    }
}
