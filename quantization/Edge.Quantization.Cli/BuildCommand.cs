using System.Security.Cryptography;
using System.Text.Json;
using Edge.Cli;
using Edge.Detection;
using Edge.Features;
using Edge.Inference;
using Edge.OnnxRuntime;
using Edge.Quantization.Compilation;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Onnx;
using Edge.Quantization.Rewriting.Quantizing;

namespace Edge.Quantization.Cli;

/// <summary>`edgec build`: an ONNX model, float with calibration data or quantized already, to an .edge file.</summary>
internal static class BuildCommand
{
    private static readonly CommandSyntax Syntax = new(
        "edgec build", "MODEL.onnx|MODEL.tflite",
        "Quantizes a float ONNX or TensorFlow Lite model (or takes one that `edgec quantize` made), compiles it to its streaming form, proves that form equal to the batch form and writes an .edge file.",
        "edgec build wake-words.onnx --calibration features/ --front-end micro --labels labels.txt --detection detection.json --out wake-words.edge",
        [
            .. DetectorArguments.Options,
            .. QuantizationArguments.Options,
            new Option("provenance", "KEY=TEXT", "what the file says of its origin: data, licence, accuracy, …", Repeatable: true),
            new Option("name", "TEXT", "the model's name; the output file's name where not given"),
            new Option("step-frames", "N", "frames that a step of the streaming form takes, where the fewest its strides allow are too few to be fast; a result comes every N frames then"),
            new Option("window-frames", "N", "build the windowed form over this many frames instead of the streaming form"),
            new Option("stride-frames", "N", "frames from one run of the windowed form to the next"),
            new Option("short-names", null, "name tensors by numbers: a smaller file, in which `edgec diff` tells no layers apart"),
            new Option("qdq", "FILE", "also write the quantized graph as ONNX (QuantizeLinear, DequantizeLinear)"),
            new Option("out", "FILE", "the .edge file"),
            new Option("json", null, "print the result as one JSON object"),
        ]);

    public static Command Command { get; } = new(Syntax, Run);

    /// <summary>Room for what a file says of its quantization, while that is not known yet.</summary>
    private const int LongestQuantization = 240;

    private static int Run(Arguments arguments, CancellationToken cancellationToken)
    {
        if (arguments.Operands is not [var source])
        {
            throw new UsageException($"edgec build takes one model; found {arguments.Operands.Count}.");
        }

        string output = OutputFile.Edge(arguments, "out", [source]);
        string? qdq = OutputFile.Onnx(arguments, "qdq", [source, output], required: false);
        ModelGraph graph = ModelFile.Read(source);
        if (ModelFile.IsTfLite(source) && graph.Nodes.Exists(node => node.OpType == "QuantizeLinear"))
        {
            throw new UsageException($"{source} is an int8 model; `edgec import` takes it, with the grid of features that it was trained on.");
        }

        BuildOptions options = Options(arguments, graph, source, output, FrontEndArguments.Read(arguments, graph));
        PostTrainingResult? quantization;
        try
        {
            quantization = Quantize(arguments, graph, source, options, cancellationToken);
        }
        catch (OnnxRuntimeException e)
        {
            return RuntimeFailure.Report("quantizing runs the model in ONNX Runtime, and that failed", e);
        }

        if (quantization is not null)
        {
            options = WithQuantization(options, $"{quantization}");
        }

        BuildResult result = ModelBuilder.FromQuantized(quantization?.Quantized ?? graph, options);
        cancellationToken.ThrowIfCancellationRequested();
        Write(output, result.File, qdq, result.Quantized);
        Report(output, result, quantization, arguments.Has("json"));
        return ExitCode.Done;
    }

    private static BuildOptions WithQuantization(BuildOptions options, string text) =>
        options with { Provenance = new Dictionary<string, string>(options.Provenance) { ["quantization"] = text } };

    /// <summary>Writes both files, or neither.</summary>
    private static void Write(string output, byte[] model, string? qdq, ModelGraph quantized)
    {
        using AtomicFile file = AtomicFile.Create(output);
        file.Write(model);
        if (qdq is not null)
        {
            OnnxWriter.Write(quantized, qdq);
        }

        file.Complete();
    }

    private static PostTrainingResult? Quantize(Arguments arguments, ModelGraph graph, string source, BuildOptions options, CancellationToken cancellationToken)
    {
        if (graph.Nodes.Exists(node => node.OpType == "QuantizeLinear"))
        {
            QuantizationArguments.RefuseForQuantized(arguments, source);
            return null;
        }

        if (options.Detection is not (FeatureOptions or UtteranceOptions { Regression: true }) && ScoreOutput.Append(graph, options.Labels.Count) is { } appended)
        {
            Console.Error.WriteLine($"edgec: the model's output is no probability; {appended} was appended.");
        }

        BuildOptions measured = WithQuantization(options, new string('-', LongestQuantization));
        return QuantizationArguments.Run(arguments, graph, options.FrontEnd,
            (samples, bits) => ModelBuilder.RequireBuildable(PostTrainingQuantization.Rehearse(graph, samples, bits, cancellationToken), options), cancellationToken,
            quantized => ModelBuilder.Measure(quantized, measured));
    }

    private static BuildOptions Options(Arguments arguments, ModelGraph graph, string source, string output, FrontEndOptions frontEnd)
    {
        bool features = DetectorArguments.GivesFeatures(arguments, graph);
        IReadOnlyList<string> labels = features ? [] : DetectorArguments.Labels(arguments, graph);
        bool windowed = arguments.Has("window-frames");
        int window = windowed ? arguments.Int("window-frames", 1, 100_000) : 0;
        if (windowed != arguments.Has("stride-frames"))
        {
            throw new UsageException($"--{(windowed ? "stride" : "window")}-frames N is required too: the windowed form needs both, the streaming form neither.");
        }

        if (windowed && arguments.Has("step-frames"))
        {
            throw new UsageException("--step-frames N is for the streaming form; the windowed form takes --stride-frames N at a time.");
        }

        if (windowed && graph.Inputs is [{ Shape: { Count: > 2 } shape }] && shape[^2] is { IsKnown: true, Size: var declared } && declared != window)
        {
            Console.Error.WriteLine($"edgec: {Path.GetFileName(source)} was exported for {declared} frames, and --window-frames is {window}; its scores are those of another length than it was trained on.");
        }

        var provenance = new Dictionary<string, string>
        {
            ["source"] = Path.GetFileName(source),
            ["sourceSha256"] = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(source))),
        };
        if (graph.Metadata.TryGetValue(QuantizeCommand.MethodsKey, out string? methods))
        {
            provenance["quantization"] = methods;
        }

        foreach ((string key, string text) in DetectorArguments.Provenance(arguments))
        {
            provenance[key] = text;
        }

        return new BuildOptions
        {
            Name = arguments.TextOrNull("name") ?? Path.GetFileNameWithoutExtension(output),
            Labels = labels,
            FrontEnd = frontEnd,
            Detection = features ? new FeatureOptions() : DetectorArguments.Detection(arguments, labels),
            Form = windowed ? PlanForm.Windowed : PlanForm.Streaming,
            StepFrames = arguments.Has("step-frames") ? arguments.Int("step-frames", 1, 100_000) : 0,
            WindowFrames = window,
            StrideFrames = windowed ? arguments.Int("stride-frames", 1, window) : 0,
            ShortNames = arguments.Has("short-names"),
            Provenance = provenance,
        };
    }

    private static void Report(string path, BuildResult result, PostTrainingResult? quantization, bool json)
    {
        using Model model = Model.Load(path);
        string proven = result.ProvenScores > 0 ? $"; streaming form proven equal to the batch form over {result.ProvenScores} scores" : "";
        if (!json)
        {
            Console.WriteLine($"{path}: {model.FileBytes} bytes, {model.MultiplyAccumulates} MAC a step of {model.Input.Shape[1]} frames, {model.MemoryBytes} bytes of memory{(model.DelaySteps > 0 ? $", {model.DelaySteps} step{(model.DelaySteps == 1 ? "" : "s")} behind the sound" : "")}{proven}.");
            if (quantization is not null)
            {
                QuantizationReport.Write(Console.Out, quantization);
            }

            return;
        }

        using var writer = new Utf8JsonWriter(Console.OpenStandardOutput());
        writer.WriteStartObject();
        writer.WriteString("file", path);
        writer.WriteNumber("bytes", model.FileBytes);
        writer.WriteNumber("macs_per_step", model.MultiplyAccumulates);
        writer.WriteNumber("frames_per_step", model.Input.Shape[1]);
        writer.WriteNumber("memory_bytes", model.MemoryBytes);
        writer.WriteNumber("delay_steps", model.DelaySteps);
        writer.WriteNumber("proven_scores", result.ProvenScores);
        if (quantization is not null)
        {
            QuantizationReport.Write(writer, quantization);
        }

        writer.WriteEndObject();
        writer.Flush();
        Console.WriteLine();
    }
}
