using System.Text.Json;
using Edge.Cli;
using Edge.Detection;
using Edge.Features;
using Edge.Numerics;
using Edge.Quantization.Compilation;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Onnx;
using Edge.Quantization.Graph.TfLite;

namespace Edge.Quantization.Cli;

/// <summary>`edgec import`: an int8 TensorFlow Lite model to an .edge file.</summary>
internal static class ImportCommand
{
    private static readonly CommandSyntax Syntax = new(
        "edgec import", "MODEL.tflite",
        "Turns an int8 TensorFlow Lite model into an .edge file that gives TensorFlow Lite's scores. Models with states of their own step as their input says; others run over a window every few frames.",
        "edgec import alexa.tflite --manifest alexa.json --out alexa.edge",
        [
            new Option("manifest", "FILE", "ESPHome's JSON beside a microWakeWord model: wake word, cutoff, front end"),
            new Option("labels", "FILE", "names of the scores in order, one a line or a table with a column display_name (default: the manifest's wake word)"),
            .. FrontEndArguments.Options,
            new Option("detection", "FILE", "detector settings as JSON (default: the manifest's; sound events for yamnet or many labels; anomalies for mlperf-ad without labels; else words with threshold 0.5)"),
            new Option("stride-frames", "N", "frames from one run to the next of a model that takes a window (default: a quarter of it)"),
            new Option("keep-states", null, "LSTM layers over several frames go on where the last run ended; without it every window begins anew, as in Keras"),
            new Option("rounding", "HOW", "single, as TensorFlow Lite's interpreter on most machines, or double, the bits of TensorFlow Lite Micro", "single"),
            new Option("provenance", "KEY=TEXT", "what the file says of its origin: licence, address, …", Repeatable: true),
            new Option("name", "TEXT", "the model's name; the output file's name where not given"),
            new Option("onnx", "FILE", "also write the graph as ONNX (QuantizeLinear, DequantizeLinear)"),
            new Option("out", "FILE", "the .edge file"),
            new Option("json", null, "print the result as one JSON object"),
        ]);

    /// <summary>Options that name files to read.</summary>
    private static readonly string[] Inputs = ["manifest", "labels", "detection", "front-end-file"];

    public static Command Command { get; } = new(Syntax, Run);

    private static int Run(Arguments arguments, CancellationToken cancellationToken)
    {
        if (arguments.Operands is not [var source])
        {
            throw new UsageException($"edgec import takes one model; found {arguments.Operands.Count}.");
        }

        RequireTfLite(source);
        string[] inputs = [source, .. Inputs.Select(arguments.TextOrNull).OfType<string>()];
        string output = OutputFile.Edge(arguments, "out", inputs);
        string? onnx = OutputFile.Onnx(arguments, "onnx", [.. inputs, output], required: false);
        ImportOptions options = Options(arguments, output);
        BuildResult result = ModelImport.Run(File.ReadAllBytes(source), source, options);
        cancellationToken.ThrowIfCancellationRequested();
        using (AtomicFile file = AtomicFile.Create(output))
        {
            file.Write(result.File);
            if (onnx is not null)
            {
                OnnxWriter.Write(result.Quantized, onnx);
            }

            file.Complete();
        }

        Report(output, result, arguments.Has("json"));
        return ExitCode.Done;
    }

    private static void RequireTfLite(string source)
    {
        ModelFile.RequireFile(source);
        if (!ModelFile.IsTfLite(source))
        {
            throw new UsageException(ModelFile.IsEdge(source)
                ? $"{source} is imported already; `edge run --model {source}` hears with it."
                : $"{source} is no .tflite file; `edgec build` takes ONNX models.");
        }
    }

    private static ImportOptions Options(Arguments arguments, string output)
    {
        MicroWakeWordManifest? manifest = arguments.TextOrNull("manifest") is { } path ? MicroWakeWordManifest.Read(ReadFile(path, "a manifest"), path) : null;
        IReadOnlyList<string> labels = arguments.TextOrNull("labels") is { } file ? DetectorArguments.ReadLabels(file) : manifest is null ? [] : [manifest.WakeWord];
        return new ImportOptions
        {
            Name = arguments.TextOrNull("name") ?? Path.GetFileNameWithoutExtension(output),
            Labels = labels,
            FrontEnd = FrontEndArguments.IsGiven(arguments) ? FrontEnd(arguments) : null,
            Detection = arguments.TextOrNull("detection") is { } settings
                ? DetectionFile.Parse(ReadFile(settings, "detector settings"), settings, labels)
                : null,
            StrideFrames = arguments.Has("stride-frames") ? arguments.Int("stride-frames", 1, 100_000) : 0,
            KeepStates = arguments.Has("keep-states"),
            Rounding = arguments.Text("rounding") switch
            {
                "single" => Rounding.Once,
                "double" => Rounding.Twice,
                var other => throw new UsageException($"--rounding is '{other}'; expected single or double."),
            },
            Manifest = manifest,
            Provenance = DetectorArguments.Provenance(arguments),
        };
    }

    private static byte[] ReadFile(string path, string expected)
    {
        ModelFile.RequireFile(path, expected);
        return File.ReadAllBytes(path);
    }

    /// <summary>A front end of the catalogue with what the command line changes, or one whose real values are its integers without their fractional bits.</summary>
    private static NamedFrontEnd FrontEnd(Arguments arguments)
    {
        FrontEndOptions options = FrontEndArguments.Read(arguments);
        return arguments.TextOrNull("front-end") is { } name && FrontEndCatalogue.Find(name) is { } known
            ? known with { Options = options }
            : new NamedFrontEnd(options.Kind, "", options) { RealNumerator = 1, RealDenominator = 1L << Features.FrontEnd.Create(options).FractionBits };
    }

    private static void Report(string path, BuildResult result, bool json)
    {
        using AudioModel model = AudioModel.Load(path);
        ModelGraph graph = result.Quantized;
        (string Operator, int Count)[] operators =
        [
            .. graph.Nodes.Where(node => node.OpType is not ("QuantizeLinear" or "DequantizeLinear"))
                .GroupBy(node => node.OpType).Select(group => (group.Key, group.Count())).OrderByDescending(pair => pair.Item2).ThenBy(pair => pair.Key, StringComparer.Ordinal),
        ];
        long parameters = graph.Nodes.Where(node => node.OpType == "DequantizeLinear" || node.Domain == TfLiteReader.EdgeDomain)
            .Sum(node => node.Inputs.Take(node.OpType == "DequantizeLinear" ? 1 : node.Inputs.Count).Sum(input => (long)(graph.Constant(input)?.Count ?? 0)));
        if (!json)
        {
            Console.WriteLine($"{path}: {model.Network.FileBytes} bytes; every {model.Step.TotalMilliseconds:0.#} ms {model.Network.MultiplyAccumulates} MAC, {model.Network.MemoryBytes} bytes of memory.");
            Console.WriteLine($"  read      {string.Join(", ", operators.Select(pair => $"{pair.Count} {pair.Operator}"))}; {parameters} parameters, {graph.States.Count} states; {model.Network.Rounding.Name()} rounding");
            Console.WriteLine($"  hears     {model.FrontEnd.Kind}, {model.WindowFrames} frames at once, {model.FramesPerStep} new ones a step{Memory(graph)}");
            Console.WriteLine($"  tells     {model.Detection.Kind}{(model.Labels.Count > 0 ? $": {Labels(model)}" : "")}");
            return;
        }

        using var writer = new Utf8JsonWriter(Console.OpenStandardOutput());
        writer.WriteStartObject();
        writer.WriteString("file", path);
        writer.WriteNumber("bytes", model.Network.FileBytes);
        writer.WriteNumber("macs_per_step", model.Network.MultiplyAccumulates);
        writer.WriteNumber("frames_per_step", model.FramesPerStep);
        writer.WriteNumber("window_frames", model.WindowFrames);
        writer.WriteNumber("memory_bytes", model.Network.MemoryBytes);
        writer.WriteNumber("parameters", parameters);
        writer.WriteNumber("states", graph.States.Count);
        writer.WriteBoolean("keeps_states", graph.IsStateful);
        writer.WriteString("rounding", model.Network.Rounding.Name());
        writer.WriteString("front_end", model.FrontEnd.Kind);
        writer.WriteString("detection", model.Detection.Kind);
        writer.WriteNumber("labels", model.Labels.Count);
        writer.WriteStartObject("operators");
        foreach ((string name, int count) in operators)
        {
            writer.WriteNumber(name, count);
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.Flush();
        Console.WriteLine();
    }

    /// <summary>What becomes of a model's memory from one run to the next; nothing for a model that has none.</summary>
    internal static string Memory(ModelGraph graph) =>
        graph.IsStateful ? "; what it remembers goes on from step to step"
        : graph.Nodes.Exists(node => node.Domain == TfLiteReader.EdgeDomain) ? "; its LSTM begins anew in every window"
        : "";

    private static string Labels(AudioModel model)
    {
        if (model.Detection is AnomalyOptions anomaly)
        {
            return FormattableString.Invariant($"{anomaly.Label}, from a mean squared error of {anomaly.Threshold} on");
        }

        const int most = 12;
        if (model.Detection is SoundEventOptions { Classes.Count: > 0 } sounds)
        {
            string classes = string.Join(", ", sounds.Classes.Take(most).Select(one => one.Name));
            return $"{sounds.Classes.Count} classes of {model.Labels.Count} labels, {classes}{(sounds.Classes.Count > most ? ", …" : "")}";
        }

        return model.Labels.Count <= most ? string.Join(", ", model.Labels) : $"{model.Labels.Count} labels, {string.Join(", ", model.Labels.Take(3))}, …";
    }
}
