using System.Security.Cryptography;
using System.Text.Json;
using Edge.Cli;
using Edge.Detection;
using Edge.Features;
using Edge.Inference;
using Edge.OnnxRuntime;
using Edge.Quantization.Calibration;
using Edge.Quantization.Compilation;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Onnx;

namespace Edge.Quantization.Cli;

/// <summary>`edgec build`: a float ONNX model and recordings' features to an .edge file.</summary>
internal static class BuildCommand
{
    private static readonly CommandSyntax Syntax = new(
        "edgec build", "MODEL.onnx",
        "Quantizes a float ONNX model to int8, compiles it to its streaming form, proves that form equal to the batch form and writes an .edge file.",
        "edgec build wake-words.onnx --calibration features/ --front-end micro --labels labels.txt --detection detection.json --out wake-words.edge",
        [
            .. CalibrationArguments.Options,
            .. FrontEndArguments.Options,
            new Option("labels", "FILE", "names of the scores in order, one a line"),
            new Option("detection", "FILE", "detector settings as JSON: thresholds, background, smoothingMs, refractoryMs, …"),
            new Option("provenance", "KEY=TEXT", "what the file says of its origin: data, licence, accuracy, …", Repeatable: true),
            new Option("name", "TEXT", "the model's name; the output file's name where not given"),
            new Option("window-frames", "N", "build the windowed form over this many frames instead of the streaming form"),
            new Option("stride-frames", "N", "frames from one run of the windowed form to the next"),
            new Option("qdq", "FILE", "also write the quantized graph as ONNX (QuantizeLinear, DequantizeLinear)"),
            new Option("out", "FILE", "the .edge file"),
            new Option("json", null, "print the result as one JSON object"),
        ]);

    public static Command Command { get; } = new(Syntax, Run);

    private static int Run(Arguments arguments, CancellationToken cancellationToken)
    {
        if (arguments.Operands is not [var source])
        {
            throw new UsageException($"edgec build takes one model; found {arguments.Operands.Count}.");
        }

        string output = arguments.Text("out");
        ModelGraph graph = OnnxReader.Read(source);
        FrontEndOptions frontEnd = FrontEndArguments.Read(arguments, graph);
        CalibrationData calibration = CalibrationArguments.Open(arguments, graph.Inputs, frontEnd);
        BuildOptions options = Options(arguments, source, output, frontEnd, calibration.Count);
        using var progress = new ProgressBar("calibrating", calibration.Count);
        BuildResult result;
        try
        {
            result = ModelBuilder.Build(graph, calibration.Samples(() => progress.Advance()).Select(sample => sample.Tensors[graph.Inputs[0].Name]), options, cancellationToken);
        }
        catch (OnnxRuntimeException e)
        {
            progress.Dispose();
            Console.Error.WriteLine($"edgec: calibration runs the float model in ONNX Runtime, and that failed: {e.Message}");
            return ExitCode.WorkFailed;
        }

        progress.Dispose();
        AtomicFile.Write(output, file => file.Write(result.File));
        if (arguments.TextOrNull("qdq") is { } qdq)
        {
            OnnxWriter.Write(result.Quantized, qdq);
        }

        Report(output, result, arguments.Has("json"));
        return ExitCode.Done;
    }

    private static BuildOptions Options(Arguments arguments, string source, string output, FrontEndOptions frontEnd, int calibrationClips)
    {
        string[] labels = [.. File.ReadLines(arguments.Text("labels")).Select(line => line.Trim()).Where(line => line.Length > 0)];
        bool windowed = arguments.TextOrNull("window-frames") is not null;
        var provenance = new Dictionary<string, string>
        {
            ["source"] = Path.GetFileName(source),
            ["sourceSha256"] = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(source))),
            ["calibration"] = $"minimum and maximum over {calibrationClips} clips",
        };
        foreach (string entry in arguments.All("provenance"))
        {
            int equals = entry.IndexOf('=', StringComparison.Ordinal);
            if (equals < 1)
            {
                throw new UsageException($"--provenance is '{entry}'; expected KEY=TEXT.");
            }

            provenance[entry[..equals]] = entry[(equals + 1)..];
        }

        return new BuildOptions
        {
            Name = arguments.TextOrNull("name") ?? Path.GetFileNameWithoutExtension(output),
            Labels = labels,
            FrontEnd = frontEnd,
            Detection = ReadDetection(arguments.Text("detection"), labels.Length),
            Form = windowed ? PlanForm.Windowed : PlanForm.Streaming,
            WindowFrames = windowed ? arguments.Int("window-frames", 1, 100_000) : 0,
            StrideFrames = windowed ? arguments.Int("stride-frames", 1, 100_000) : 0,
            Provenance = provenance,
        };
    }

    private static KeywordOptions ReadDetection(string path, int labels)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            var faults = new List<string>();
            KeywordOptions options = DetectionPlan.Read(new PlanSection(document.RootElement, "detection", faults), labels);
            return faults.Count == 0 ? options : throw new InvalidDataException($"{path} cannot be used: {string.Join(" ", faults)}");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path} is not JSON: {e.Message}", e);
        }
    }

    private static void Report(string path, BuildResult result, bool json)
    {
        using Model model = Model.Load(path);
        string proven = result.ProvenScores > 0 ? $"; streaming form proven equal to the batch form over {result.ProvenScores} scores" : "";
        if (!json)
        {
            Console.WriteLine($"{path}: {model.FileBytes} bytes, {model.MultiplyAccumulates} MAC a step of {model.Input.Shape[1]} frames, {model.MemoryBytes} bytes of memory; calibrated on {result.CalibrationSamples} recordings{proven}.");
            return;
        }

        using var writer = new Utf8JsonWriter(Console.OpenStandardOutput());
        writer.WriteStartObject();
        writer.WriteString("file", path);
        writer.WriteNumber("bytes", model.FileBytes);
        writer.WriteNumber("macs_per_step", model.MultiplyAccumulates);
        writer.WriteNumber("frames_per_step", model.Input.Shape[1]);
        writer.WriteNumber("memory_bytes", model.MemoryBytes);
        writer.WriteNumber("calibration_recordings", result.CalibrationSamples);
        writer.WriteNumber("proven_scores", result.ProvenScores);
        writer.WriteEndObject();
        writer.Flush();
        Console.WriteLine();
    }
}
