using System.Globalization;
using Edge.Cli;
using Edge.Features;
using Edge.Inference;
using Edge.OnnxRuntime;
using Edge.Quantization.Analysis.Comparison;
using Edge.Quantization.Analysis.Evaluation;
using Edge.Quantization.Analysis.Report;
using Edge.Quantization.Calibration;
using Edge.Quantization.Graph;
using Edge.Quantization.Rewriting.Canonical;
using Edge.Quantization.Rewriting.Quantizing;

namespace Edge.Quantization.Cli;

/// <summary>`edgec analyze`: which layers of a model lose what when it is quantized, and what to try.</summary>
internal static class AnalyzeCommand
{
    private const int LayersPrinted = 10;

    private static readonly CommandSyntax Syntax = new(
        "edgec analyze", "FLOAT.onnx|FLOAT.tflite [QUANTIZED.onnx|QUANTIZED.tflite|MODEL.edge]",
        "Measures a quantized model against its float model, layer by layer, and writes a page that shows which layers lose what and what to try next; without a quantized model, the float model is quantized by minimum and maximum, with no further method.",
        "edgec analyze wake-words.onnx wake-words.qdq.onnx --calibration clips/ --out report.html",
        [
            .. CalibrationArguments.Options,
            .. FrontEndArguments.Options,
            new Option("out", "FILE", "the page, one self-contained HTML file"),
            new Option("json-out", "FILE", "the same figures as JSON"),
            new Option("isolated", "N", "samples over which each layer is quantized alone; 0 leaves that out", "16"),
            new Option("worst", "N", "how many of the worst clips to list", "10"),
            new Option("json", null, "print the figures as one JSON object"),
        ]);

    public static Command Command { get; } = new(Syntax, Run);

    private static int Run(Arguments arguments, CancellationToken cancellationToken)
    {
        if (arguments.Operands is not ([_] or [_, _]))
        {
            throw new UsageException($"edgec analyze takes a float model and, if there is one, its quantized model; found {arguments.Operands.Count} operands.");
        }

        int isolated = arguments.Int("isolated", 0, 100_000);
        int worst = arguments.Int("worst", 0, 100_000);
        string source = arguments.Operands[0];
        string? other = arguments.Operands.Count == 2 ? arguments.Operands[1] : null;
        if (ModelFile.IsEdge(source))
        {
            throw new UsageException($"{source} is a compiled model; expected the float .onnx first, and the compiled model after it.");
        }

        string? page = OutputFile.Report(arguments, "out", arguments.Operands);
        OutputFile.Report(arguments, "json-out", page is null ? arguments.Operands : [.. arguments.Operands, page]);
        ModelGraph graph = ModelFile.Read(source);
        if (graph.Nodes.Exists(node => node.OpType == "QuantizeLinear"))
        {
            throw new UsageException($"{source} is quantized already; expected the float .onnx that it was made of first, and this file after it.");
        }

        try
        {
            AnalysisResult result = Analyze(arguments, graph, source, other, new AnalysisOptions { IsolatedSamples = isolated, WorstClips = worst, CancellationToken = cancellationToken });
            Write(arguments, result with { Float = Path.GetFileName(source), Quantized = other is null ? "the model quantized by minimum and maximum" : Path.GetFileName(other) });
            return ExitCode.Done;
        }
        catch (OnnxRuntimeException e)
        {
            return RuntimeFailure.Report("the float model runs in ONNX Runtime, and that failed", e);
        }
    }

    private static AnalysisResult Analyze(Arguments arguments, ModelGraph graph, string source, string? other, AnalysisOptions options)
    {
        string[] files = other is null ? [source] : [source, other];
        (FrontEndOptions? frontEnd, float? unit) = ModelFile.FrontEnd(arguments, files);
        CalibrationData samples = CalibrationArguments.Open(arguments, graph.Inputs, frontEnd, unit);
        ProgressBar? progress = null;
        options = options with
        {
            ClassOf = ClassOf(graph, other),
            Progress = (done, total) =>
            {
                progress ??= new ProgressBar("analysing", total);
                progress.Advance();
            },
        };
        try
        {
            if (other is not null && ModelFile.IsEdge(other))
            {
                using IntegerModelRunner compiled = ModelFile.OpenCompiled(other);
                return ModelAnalysis.Run(graph, compiled, samples.Samples(), samples.Count, options);
            }

            ModelGraph quantized = other is null ? Quantize(graph, samples, options.CancellationToken) : ModelFile.Read(other);
            return quantized.Nodes.Exists(node => node.OpType == "QuantizeLinear")
                ? ModelAnalysis.Run(graph, quantized, samples.Samples(), samples.Count, options)
                : throw new UsageException($"{other} is a float model; expected one with QuantizeLinear and DequantizeLinear, as `edgec quantize` writes, or an .edge file.");
        }
        finally
        {
            progress?.Dispose();
        }
    }

    /// <summary>The label that a clip's folder names, where a model names its labels; null for clips in other folders.</summary>
    private static Func<string, int?>? ClassOf(ModelGraph graph, string? other)
    {
        IReadOnlyList<string>? labels = ModelMetadata.Labels(graph);
        if (labels is null && other is not null && ModelFile.IsEdge(other))
        {
            ModelFile.RequireFile(other);
            using Model model = Model.Load(other);
            labels = model.Labels;
        }

        if (labels is not { Count: > 0 })
        {
            return null;
        }

        var map = new LabelMap(labels);
        return clip => Path.GetFileName(Path.GetDirectoryName(clip)) is { Length: > 0 } folder ? map.Find(folder) : null;
    }

    private static ModelGraph Quantize(ModelGraph graph, CalibrationData samples, CancellationToken cancellationToken)
    {
        ModelGraph cleaned = graph.Clone();
        Cleanup.Apply(cleaned);
        return Quantizer.Apply(cleaned, ActivationCollector.MinMax(cleaned, samples.Samples().Select(sample => sample.Tensors), cancellationToken));
    }

    private static void Write(Arguments arguments, AnalysisResult result)
    {
        if (arguments.TextOrNull("out") is { } page)
        {
            AtomicFile.Write(page, file => file.Write(System.Text.Encoding.UTF8.GetBytes(AnalysisPage.Write(result))));
        }

        if (arguments.TextOrNull("json-out") is { } path)
        {
            AtomicFile.Write(path, file => AnalysisJson.Write(result, file));
        }

        if (arguments.Has("json"))
        {
            using Stream output = Console.OpenStandardOutput();
            AnalysisJson.Write(result, output);
            Console.WriteLine();
            return;
        }

        Print(result);
    }

    private static void Print(AnalysisResult result)
    {
        string top = result.Top.Share is { } share ? $", same largest score in {100 * share:0.00} % of {result.Top.Vectors}" : "";
        top += result.Accuracy is { } accuracy ? $"; accuracy {100 * accuracy.Float:0.00} % in float, {100 * accuracy.Quantized:0.00} % quantized ({accuracy.Clips} clips in folders of their labels)" : "";
        Line($"{result.Quantized} against {result.Float} over {result.Samples} clips: {result.Output.SqnrDb:0.0} dB at the output{top}.");
        Console.WriteLine();
        LayerReport[] worst = [.. result.ByLoss.Take(LayersPrinted)];
        int width = Math.Max("layer".Length, worst.Select(layer => layer.Name.Length).DefaultIfEmpty(0).Max());
        Line($"{"layer".PadRight(width)}  {"share",6}  {"alone dB",8}  {"accum. dB",9}  {"round. dB",9}  {"saturated",9}  operators");
        foreach (LayerReport layer in worst)
        {
            Line($"{layer.Name.PadRight(width)}  {layer.LossShare * 100,4:0} %  {layer.IsolatedSqnrDb,8:0.0}  {layer.Accumulated.SqnrDb,9:0.0}  {layer.RoundingSqnrDb,9:0.0}  {layer.SaturatedShare * 100,7:0.00} %  {layer.Kind}");
        }

        if (result.Layers.Count > worst.Length)
        {
            Line($"… and {result.Layers.Count - worst.Length} layers that lose less");
        }

        Console.WriteLine();
        foreach (Advice advice in result.Advice)
        {
            Line($"{advice.Layer}: {advice.Finding} {advice.Remedy} {advice.Option}");
        }

        static void Line(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));
    }
}
