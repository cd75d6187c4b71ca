using Edge.Cli;
using Edge.Quantization.Analysis;

namespace Edge.Quantization.Cli;

/// <summary>`edgec evaluate`: how good models are, over labelled clips or as detectors in hours of sound.</summary>
internal static class EvaluateCommand
{
    private static readonly CommandSyntax Syntax = new(
        "edgec evaluate", "MODEL.edge|MODEL.onnx ... [CLIPS]",
        """
        Measures models over labelled clips: CLIPS is a folder that holds a folder for each class, or --labels-file names the labels. Several
        models are compared over the same clips. With --positives and --negatives, it measures detectors: words missed against
        false accepts an hour, heard as the device hears them.
        """,
        "edgec evaluate wake-words.edge --positives clips/ --negatives hours/ --target-false-accepts-per-hour 0.5 --write",
        [
            new Option("labels-file", "FILE.csv", "table with the columns file,label; files lie in CLIPS, or beside the table"),
            new Option("map", "NAME=LABEL", "the label for a folder or a name in the table that is none of the model's", Repeatable: true),
            new Option("ignore", "NAME", "leave out the clips of a folder or a name in the table", Repeatable: true),
            new Option("channel", "N", "channel of the recordings to hear, from 0 (default: the mean of all)"),
            .. EvaluateClips.Options,
            .. EvaluateDetectors.Options,
            new Option("json", null, "print the result as one JSON object"),
        ]);

    public static Command Command { get; } = new(Syntax, Run);

    private static int Run(Arguments arguments, CancellationToken cancellationToken)
    {
        string[] models = [.. arguments.Operands.Where(IsModel)];
        string[] others = [.. arguments.Operands.Where(operand => !IsModel(operand))];
        if (models.Length == 0)
        {
            throw new UsageException("edgec evaluate takes at least one model; expected a name that ends in .edge or .onnx.");
        }

        if (models.GroupBy(path => path).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new UsageException($"{twice.Key} is given twice; expected each model once.");
        }

        Array.ForEach(models, ModelFile.RequireFile);

        bool detectors = arguments.Has("positives") || arguments.Has("negatives");
        string[] misplaced = [.. (detectors ? EvaluateClips.Options : EvaluateDetectors.Options).Where(option => arguments.Has(option.Name)).Select(option => $"--{option.Name}")];
        if (misplaced.Length > 0)
        {
            throw new UsageException(detectors
                ? $"{misplaced[0]} is for clips; with --positives and --negatives detectors are measured."
                : $"{misplaced[0]} is for detectors, which need --positives and --negatives.");
        }

        return detectors ? EvaluateDetectors.Run(arguments, models, others, cancellationToken) : EvaluateClips.Run(arguments, models, others, cancellationToken);
    }

    /// <summary>The map that --map and --ignore describe.</summary>
    /// <exception cref="UsageException">A value is not NAME=LABEL, the label is none, or no clip has the name.</exception>
    internal static LabelMap ReadMap(Arguments arguments, IReadOnlyList<string> labels, IReadOnlyCollection<string> names)
    {
        var mapped = new Dictionary<string, string>();
        foreach (string entry in arguments.All("map"))
        {
            int equals = entry.IndexOf('=', StringComparison.Ordinal);
            if (equals < 1)
            {
                throw new UsageException($"--map is '{entry}'; expected NAME=LABEL.");
            }

            mapped[entry[..equals]] = entry[(equals + 1)..];
        }

        if (mapped.Keys.Concat(arguments.All("ignore")).FirstOrDefault(name => !names.Contains(name)) is { } unused)
        {
            throw new UsageException($"No clip is labelled '{unused}'; the clips' labels are {string.Join(", ", names)}.{Suggestion.For(unused, [.. names])}");
        }

        try
        {
            return new LabelMap(labels, mapped, arguments.All("ignore"));
        }
        catch (ArgumentException error)
        {
            throw new UsageException($"--map: {error.Message}");
        }
    }

    internal static bool IsOnnx(string path) => path.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase);

    private static bool IsModel(string operand) => IsOnnx(operand) || operand.EndsWith(".edge", StringComparison.OrdinalIgnoreCase);
}
