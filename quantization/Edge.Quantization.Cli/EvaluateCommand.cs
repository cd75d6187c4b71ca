using Edge.Cli;

namespace Edge.Quantization.Cli;

/// <summary>`edgec evaluate`: how good models are, over labelled clips or as detectors in hours of sound.</summary>
internal static class EvaluateCommand
{
    /// <summary>What is written about detectors of either kind.</summary>
    private static readonly Option[] DetectorOutput =
    [
        new("write", null, "store what was found, the thresholds for the one target or the tuned settings, in the .edge files"),
        new("page", "FILE.html", "write tables and the curve as a page"),
    ];

    private static readonly CommandSyntax Syntax = new(
        "edgec evaluate", "MODEL.edge|MODEL.onnx|MODEL.tflite ... [CLIPS]",
        """
        Measures models over labelled clips: CLIPS is a folder that holds a folder for each class, or --labels-file names the labels. Several
        models are compared over the same clips. With --positives and --negatives, it measures detectors: words missed against
        false accepts an hour, heard as the device hears them. With --events, it measures sound event detectors on recordings whose
        sounds are known, such as those of `edgec soundscape`, and tunes them.
        """,
        "edgec evaluate wake-words.edge --positives clips/ --negatives hours/ --target-false-accepts-per-hour 0.5 --write",
        [
            .. ClipArguments.LabelOptions,
            new Option("channel", "N", "channel of the recordings to hear, from 0 (default: the mean of all)"),
            .. EvaluateClips.Options,
            .. EvaluateDetectors.Options,
            .. EvaluateEvents.Options,
            .. DetectorOutput,
            new Option("json", null, "print the result as one JSON object"),
        ]);

    /// <summary>Options that name files to read, some as NAME=PATH.</summary>
    private static readonly string[] Inputs = ["labels-file", "labels", "front-end-file", "positives", "negatives", "events"];

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

        Array.ForEach(models, path => ModelFile.RequireFile(path));
        OutputFile.Report(arguments, "page", [.. arguments.Operands, .. Inputs.SelectMany(arguments.All).Select(path => path[(path.IndexOf('=', StringComparison.Ordinal) + 1)..])]);

        bool events = arguments.Has("events"), words = arguments.Has("positives") || arguments.Has("negatives");
        if (events)
        {
            Refuse(arguments, [.. EvaluateClips.Options, .. EvaluateDetectors.Options], "with --events sound event detectors are measured");
            return EvaluateEvents.Run(arguments, models, others, cancellationToken);
        }

        if (words)
        {
            Refuse(arguments, [.. EvaluateClips.Options, .. EvaluateEvents.Options], "with --positives and --negatives detectors of words are measured");
            return EvaluateDetectors.Run(arguments, models, others, cancellationToken);
        }

        Refuse(arguments, [.. EvaluateDetectors.Options, .. EvaluateEvents.Options, .. DetectorOutput], "it is for detectors, which need --positives and --negatives, or --events");
        return EvaluateClips.Run(arguments, models, others, cancellationToken);
    }

    private static void Refuse(Arguments arguments, IEnumerable<Option> options, string reason)
    {
        if (options.FirstOrDefault(option => arguments.Has(option.Name)) is { } misplaced)
        {
            throw new UsageException($"--{misplaced.Name} does not belong here: {reason}.");
        }
    }

    /// <summary>Whether ONNX Runtime runs it.</summary>
    internal static bool IsOnnx(string path) => path.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase) || ModelFile.IsTfLite(path);

    private static bool IsModel(string operand) => IsOnnx(operand) || operand.EndsWith(".edge", StringComparison.OrdinalIgnoreCase);
}
