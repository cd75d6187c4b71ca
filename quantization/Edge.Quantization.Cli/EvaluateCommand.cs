using Edge.Cli;

namespace Edge.Quantization.Cli;

/// <summary>`edgec evaluate`: how good models are, over labelled clips or as detectors in hours of sound.</summary>
internal static class EvaluateCommand
{
    private static readonly CommandSyntax Syntax = new(
        "edgec evaluate", "MODEL.edge|MODEL.onnx|MODEL.tflite ... [CLIPS]",
        """
        Measures models over labelled clips: CLIPS is a folder that holds a folder for each class, or --labels-file names the labels. Several
        models are compared over the same clips. With --positives and --negatives, it measures detectors: words missed against
        false accepts an hour, heard as the device hears them.
        """,
        "edgec evaluate wake-words.edge --positives clips/ --negatives hours/ --target-false-accepts-per-hour 0.5 --write",
        [
            .. ClipArguments.LabelOptions,
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
            throw new UsageException("edgec evaluate takes at least one model; expected a name that ends in .edge, .onnx or .tflite.");
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

    /// <summary>Whether ONNX Runtime runs it.</summary>
    internal static bool IsOnnx(string path) => path.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase) || ModelFile.IsTfLite(path);

    private static bool IsModel(string operand) => IsOnnx(operand) || operand.EndsWith(".edge", StringComparison.OrdinalIgnoreCase);
}
