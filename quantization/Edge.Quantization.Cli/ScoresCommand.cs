using Edge.Cli;
using Edge.Quantization.Analysis.Evaluation;
using Edge.Quantization.Calibration;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Onnx;

namespace Edge.Quantization.Cli;

/// <summary><c>edgec scores</c>: recordings to .npy files of a model's scores, for a smaller network to learn from or to compare engines by.</summary>
internal static class ScoresCommand
{
    /// <summary>What an .edge file says itself.</summary>
    private static readonly Option[] GraphOptions =
        [.. ClipArguments.ScoreOptions.Where(option => option.Name is "labels" or "stride-frames"), .. FrontEndArguments.Options];

    /// <summary>The command as edgec lists it.</summary>
    public static readonly Command Command = new(
        new CommandSyntax(
            "edgec scores",
            "MODEL.edge|MODEL.onnx RECORDING|FOLDER|LIST.txt ...",
            """
            Lets a model hear recordings and writes its scores, [steps, labels] float .npy files: pseudo-labels for a smaller network, or to compare
            engines by. Steps and scores are those that `edgec evaluate` judges: one a step, or one a window once it is full; where an .edge model's detector
            names classes of sounds, theirs.
            """,
            "edgec scores yamnet.edge --mean --concat --out teacher.npy clips/",
            [
                .. RecordingOutput.Options,
                new Option("mean", null, "one row a recording: the mean over its steps"),
                new Option("channel", "N", "channel of the recordings to hear, from 0 (default: the mean of all)"),
                .. GraphOptions,
                new Option("json", null, "one JSON object a line"),
            ]),
        Run);

    private static int Run(Arguments arguments, CancellationToken cancellationToken)
    {
        string path = arguments.Operands is [var first, ..] && (EvaluateCommand.IsOnnx(first) || ModelFile.IsEdge(first)) ? first
            : throw new UsageException("edgec scores takes a model first; expected a name that ends in .edge, .onnx or .tflite.");
        ModelFile.RequireFile(path);
        RecordingOutput output = RecordingOutput.Read(arguments, arguments.Operands.Skip(1));
        using EvaluatedModel model = Open(arguments, path);
        var extractor = new FeatureExtractor(model.FrontEnd, arguments.Has("channel") ? arguments.Int("channel", 0, 63) : null) { RequireWhole = true };
        using var scorers = new ThreadLocal<StepScorer>(model.CreateScorer);
        bool mean = arguments.Has("mean");
        var rows = new RecordingRows<float>(output, model.Labels.Count, arguments.Has("json"), "steps", "labels");
        return rows.Run("scores", recording =>
        {
            float[] steps = ClipEvaluation.ScoreSteps(model, scorers.Value!, extractor, recording.Path);
            return mean ? ClipEvaluation.Summarize(steps, model.Labels.Count, ClipScore.Mean, []) : steps;
        }, cancellationToken);
    }

    private static EvaluatedModel Open(Arguments arguments, string path)
    {
        if (ModelFile.IsEdge(path))
        {
            return Array.Find(GraphOptions, option => arguments.Has(option.Name)) is not { } given ? EdgeEvaluatedModel.Open(path)
                : throw new UsageException($"--{given.Name} is for .onnx and .tflite; {path} is an .edge file, which says that itself.");
        }

        ModelGraph graph = ModelFile.Read(path);
        return ClipArguments.Open(arguments, path, graph, file: ModelFile.IsTfLite(path) ? OnnxWriter.Write(graph) : null);
    }
}
