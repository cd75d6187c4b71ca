using Edge.Cli;
using Edge.Detection;
using Edge.Quantization.Calibration;
using Edge.Quantization.Compilation;
using Edge.Quantization.Graph;

namespace Edge.Quantization.Cli;

/// <summary>The options that say what a model's scores mean and when they become events.</summary>
internal static class DetectorArguments
{
    /// <summary>What to add to a command's options.</summary>
    public static readonly Option[] Options =
    [
        new("labels", "FILE", "names of the scores in order, one a line or a table with a column display_name (default: the model's metadata)"),
        new("detection", "FILE", "detector settings as JSON: thresholds, background, smoothingMs, … (default: threshold 0.5, labels such as unknown or silence are background)"),
        new("features", null, "the network is an encoder: its output are features, and no scores of labels; `edge run` prints them (default: where the model's metadata says so)"),
    ];

    /// <summary>The names of the scores.</summary>
    /// <exception cref="UsageException">Neither the command line nor the metadata has them.</exception>
    public static IReadOnlyList<string> Labels(Arguments arguments, ModelGraph graph) => arguments.TextOrNull("labels") is { } path
        ? ReadLabels(path)
        : ModelMetadata.Labels(graph)
            ?? throw new UsageException($"--labels FILE is required: the model's metadata has no {ModelMetadata.LabelsKey}.");

    /// <summary>The labels of a file, one a line or in a table.</summary>
    /// <exception cref="InvalidDataException">There is none, one stands twice, or the file is no text.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static IReadOnlyList<string> ReadLabels(string path)
    {
        ModelFile.RequireFile(path, "labels, one a line");
        return LabelFile.Read(File.ReadAllBytes(path), path);
    }

    /// <summary>Whether a model's output are features and no scores.</summary>
    /// <exception cref="UsageException">The command line says that they are, and names them too.</exception>
    public static bool GivesFeatures(Arguments arguments, ModelGraph graph)
    {
        bool named = arguments.Has("labels") || arguments.Has("detection");
        return arguments.Has("features") && named
            ? throw new UsageException("--features is for encoders, whose output has no --labels and no --detection; leave out one or the other.")
            : arguments.Has("features") || (!named && ModelMetadata.GivesFeatures(graph));
    }

    /// <summary>The detector's settings.</summary>
    /// <exception cref="InvalidDataException">The file holds no settings for these labels.</exception>
    public static DetectorOptions Detection(Arguments arguments, IReadOnlyList<string> labels) =>
        arguments.TextOrNull("detection") is { } path ? DetectionFile.Read(path, labels) : DetectionDefaults.Keywords(labels);

    /// <summary>What the file is to say of its origin: each --provenance KEY=TEXT.</summary>
    /// <exception cref="UsageException">One has no key.</exception>
    public static IReadOnlyDictionary<string, string> Provenance(Arguments arguments)
    {
        var provenance = new Dictionary<string, string>();
        foreach (string entry in arguments.All("provenance"))
        {
            int equals = entry.IndexOf('=', StringComparison.Ordinal);
            if (equals < 1)
            {
                throw new UsageException($"--provenance is '{entry}'; expected KEY=TEXT.");
            }

            provenance[entry[..equals]] = entry[(equals + 1)..];
        }

        return provenance;
    }
}
