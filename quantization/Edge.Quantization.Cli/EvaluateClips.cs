using Edge.Cli;
using Edge.Detection;
using Edge.Features;
using Edge.Quantization.Analysis;
using Edge.Quantization.Calibration;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Onnx;

namespace Edge.Quantization.Cli;

/// <summary>The part of `edgec evaluate` that measures models over labelled clips.</summary>
internal static class EvaluateClips
{
    /// <summary>The options of this part.</summary>
    public static readonly Option[] Options =
    [
        new("clip-score", "HOW", "what stands for a clip: max, the step whose best word is surest; mean; last (default: max with background labels, else mean)"),
        new("background", "LABEL", "a label that stands for nothing heard (default: as an .edge model says)", Repeatable: true),
        new("labels", "FILE", "names of an ONNX model's scores, one a line (default: its metadata, or an .edge model beside it)"),
        new("stride-frames", "N", "frames from window to window, for an ONNX model of a fixed length (default: half of it)"),
        new("worst", "N", "how many of the worst clips to list", "10"),
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
            LabelMap map = EvaluateCommand.ReadMap(arguments, models[0].Labels, [.. found.Select(clip => clip.Label).Distinct()]);
            IReadOnlyList<(LabelledClip Clip, int Label)> clips = map.Resolve(found);
            IReadOnlyList<int> background = Background(arguments, models);
            ClipScore clipScore = arguments.Has("clip-score") ? arguments.Choice<ClipScore>("clip-score") : background.Count > 0 ? ClipScore.Max : ClipScore.Mean;
            IReadOnlyList<ClipAnswers> answers;
            using (var progress = new ProgressBar("clips", clips.Count))
            {
                answers = ClipEvaluation.Run(models, [.. clips.Select(pair => pair.Clip.Path)], clipScore, background,
                    arguments.Has("channel") ? arguments.Int("channel", 0, 63) : null, () => progress.Advance(), cancellationToken);
            }

            var report = new ClipReport(models, clips, answers, clipScore, worst);
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

    private static IReadOnlyList<LabelledClip> FindClips(Arguments arguments, IReadOnlyList<string> others)
    {
        string? table = arguments.TextOrNull("labels-file");
        return (table, others) switch
        {
            (null, [var folder]) => LabelledClips.FromFolder(folder),
            ({ } file, []) => Within(LabelledClips.FromTable(file)),
            ({ } file, [var folder]) => Within(LabelledClips.FromTable(file, folder)),
            (null, []) => throw new UsageException("edgec evaluate takes clips: a folder that holds a folder for each class, or --labels-file; for a detector, --positives and --negatives."),
            _ => throw new UsageException($"edgec evaluate takes one folder of clips; found {string.Join(", ", others)}."),
        };

        IReadOnlyList<LabelledClip> Within(IReadOnlyList<LabelledClip> clips) => clips.Any(clip => clip.Start is not null)
            ? throw new UsageException($"{table} has words within recordings (start_s, end_s); clips are heard whole. Give it as --positives, or cut the words out.")
            : clips;
    }

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
                opened[path] = OpenOnnx(arguments, path, beside);
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

    private static OnnxEvaluatedModel OpenOnnx(Arguments arguments, string path, EvaluatedModel? beside)
    {
        ModelGraph graph = ModelFile.Read(path);
        FrontEndOptions frontEnd = FrontEndArguments.ReadOrNull(arguments, graph) ?? beside?.FrontEnd
            ?? throw new UsageException($"Nothing says which front end {path} takes; give --front-end KIND or --front-end-file FILE, or an .edge model beside it.");
        IReadOnlyList<string> labels = (arguments.TextOrNull("labels") is { } file ? DetectorArguments.ReadLabels(file) : ModelMetadata.Labels(graph)) ?? beside?.Labels
            ?? throw new UsageException($"Nothing says what the scores of {path} mean; give --labels FILE, or an .edge model beside it.");
        return OnnxEvaluatedModel.Open(path, graph, frontEnd, labels, arguments.Has("stride-frames") ? arguments.Int("stride-frames", 1, 100_000) : null);
    }

    private static IReadOnlyList<int> Background(Arguments arguments, List<EvaluatedModel> models)
    {
        IReadOnlyList<string> labels = models[0].Labels;
        int[] given = [.. arguments.All("background").Select(name => labels.Contains(name)
            ? Enumerable.Range(0, labels.Count).First(i => labels[i] == name)
            : throw new UsageException($"--background is '{name}'; the models' labels are {string.Join(", ", labels)}."))];
        IReadOnlyList<int> background = given.Length > 0 ? given : models.Find(model => model.Background.Count > 0)?.Background ?? [];
        return background.Count < labels.Count ? background : throw new UsageException("Every label is background; nothing could ever be heard.");
    }
}
