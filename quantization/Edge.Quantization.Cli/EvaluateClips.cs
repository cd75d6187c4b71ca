using Edge.Cli;
using Edge.Quantization.Analysis.Evaluation;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Onnx;

namespace Edge.Quantization.Cli;

/// <summary>The part of `edgec evaluate` that measures models over labelled clips.</summary>
internal static class EvaluateClips
{
    /// <summary>The options of this part.</summary>
    public static readonly Option[] Options =
    [
        .. ClipArguments.ScoreOptions,
        new("worst", "N", "list so many of the worst clips", "10"),
        new("require-accuracy", "PERCENT", "exit code 1 where a model has less"),
        new("max-loss", "POINTS", "exit code 1 where a model's accuracy is so much below the first model's"),
        .. FrontEndArguments.Options,
    ];

    /// <summary>Measures and reports.</summary>
    public static int Run(Arguments arguments, IReadOnlyList<string> paths, IReadOnlyList<string> others, CancellationToken cancellationToken)
    {
        int worst = arguments.Int("worst", 0, 10_000);
        double? required = arguments.Has("require-accuracy") ? arguments.Double("require-accuracy", 0, 100) : null;
        double? loss = arguments.Has("max-loss") ? arguments.Double("max-loss", 0, 100) : null;
        IReadOnlyList<LabelledClip> found = FindClips(arguments, others);
        List<EvaluatedModel> models = Open(arguments, paths);
        try
        {
            HeardClips heard;
            using (var progress = new StageProgress())
            {
                heard = ClipArguments.Hear(arguments, models, found, count => progress.Begin("clips", count), cancellationToken);
            }

            var report = new ClipReport(models, heard, worst);
            report.Write(arguments.Has("json"));
            return report.Meets(required, loss) ? ExitCode.Done : ExitCode.WorkFailed;
        }
        finally
        {
            foreach (EvaluatedModel model in models)
            {
                model.Dispose();
            }
        }
    }

    private static IReadOnlyList<LabelledClip> FindClips(Arguments arguments, IReadOnlyList<string> others) => others switch
    {
        [] when !arguments.Has("labels-file") => throw new UsageException(
            "edgec evaluate takes clips: a folder that holds a folder for each class, or --labels-file; for a detector, --positives and --negatives."),
        [] => ClipArguments.Find(arguments, null),
        [var folder] => ClipArguments.Find(arguments, folder),
        _ => throw new UsageException($"edgec evaluate takes one folder of clips; found {string.Join(", ", others)}."),
    };

    /// <summary>Opens all models; ONNX files that say too little take front end and labels from the first .edge file.</summary>
    private static List<EvaluatedModel> Open(Arguments arguments, IReadOnlyList<string> paths)
    {
        if (FrontEndArguments.IsGiven(arguments) && !paths.Any(EvaluateCommand.IsOnnx))
        {
            throw new UsageException("A front end is given, and every model is an .edge file, which has its own.");
        }

        var opened = new Dictionary<string, EvaluatedModel>();
        try
        {
            foreach (string path in paths.Where(path => !EvaluateCommand.IsOnnx(path)))
            {
                opened[path] = EdgeEvaluatedModel.Open(path);
            }

            EvaluatedModel? beside = opened.Values.FirstOrDefault();
            foreach (string path in paths.Where(EvaluateCommand.IsOnnx))
            {
                ModelGraph graph = ModelFile.Read(path);
                opened[path] = ClipArguments.Open(arguments, path, graph, beside, ModelFile.IsTfLite(path) ? OnnxWriter.Write(graph) : null);
            }

            List<EvaluatedModel> models = [.. paths.Select(path => opened[path])];
            return models.Find(model => !model.Labels.SequenceEqual(models[0].Labels)) is not { } other ? models : throw new InvalidDataException(
                $"{models[0].Path} has the labels {string.Join(", ", models[0].Labels)}, and {other.Path} has {string.Join(", ", other.Labels)}; models are compared over the same labels in the same order.");
        }
        catch
        {
            foreach (EvaluatedModel model in opened.Values)
            {
                model.Dispose();
            }

            throw;
        }
    }
}
