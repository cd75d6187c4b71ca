using System.Globalization;
using System.Text.Json;
using Edge.Cli;
using Edge.Features;
using Edge.OnnxRuntime;
using Edge.Quantization.Calibration;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Onnx;
using Edge.Quantization.Rewriting.Compression;

namespace Edge.Quantization.Cli;

/// <summary>`edgec compress`: fewer heads, channels and ranks; the mean of several checkpoints.</summary>
internal static class CompressCommand
{
    private static readonly CommandSyntax Syntax = new(
        "edgec compress", "MODEL.onnx [CHECKPOINT.onnx …]",
        "Makes a float network smaller before it is quantized, and says after each step what it cost: parameters, products, and how far the outputs moved. Several models are averaged first.",
        "edgec compress net.onnx --calibration clips/ --prune-channels 0.25 --out net.small.onnx",
        [
            new Option("prune-heads", "SHARE", "take out this share of all attention heads, 0 to 1, those that are needed least"),
            new Option("prune-channels", "SHARE", "take out this share of all hidden channels, and fit the layers behind to what stays"),
            new Option("factorize", "ENERGY", "cut linear layers in two where this share of their output variance, such as 0.99, needs fewer weights so"),
            .. CalibrationArguments.Options,
            .. FrontEndArguments.Options,
            new Option("out", "FILE", "the smaller network, float ONNX"),
            new Option("json", null, "print the result as one JSON object"),
        ]);

    public static Command Command { get; } = new(Syntax, Run);

    private static int Run(Arguments arguments, CancellationToken cancellationToken)
    {
        if (arguments.Operands is not [var first, ..])
        {
            throw new UsageException("edgec compress takes at least one model.");
        }

        string output = OutputFile.Onnx(arguments, "out", arguments.Operands)!;
        CompressionOptions options = Options(arguments);
        ModelGraph[] checkpoints = [.. arguments.Operands.Select(path => ReadFloat(path))];
        ModelGraph graph = checkpoints.Length == 1 ? checkpoints[0] : CheckpointAverage.Uniform(checkpoints);
        bool reshapes = options.PruneHeads > 0 || options.PruneChannels > 0 || options.KeepEnergy < 1;
        if (!reshapes && checkpoints.Length == 1)
        {
            throw new UsageException("There is nothing to do: give --prune-heads, --prune-channels or --factorize, or several checkpoints to average.");
        }

        try
        {
            FrontEndOptions? frontEnd = FrontEndArguments.ReadOrNull(arguments, graph);
            CalibrationData data = CalibrationArguments.Open(arguments, graph.Inputs, frontEnd);
            IReadOnlyList<CompressionStep> steps = Compressor.Run(graph, data, options, (name, work) =>
            {
                using var progress = new ProgressBar(name, data.Count);
                work(() => progress.Advance());
            }, cancellationToken);
            ModelGraph smaller = steps[^1].Graph;
            OnnxWriter.Write(smaller, output);
            Report(output, checkpoints.Length, steps, arguments.Has("json"));
            return ExitCode.Done;
        }
        catch (OnnxRuntimeException e)
        {
            return RuntimeFailure.Report($"{first} runs in ONNX Runtime, and that failed", e);
        }
    }

    private static ModelGraph ReadFloat(string path)
    {
        ModelGraph graph = ModelFile.Read(path);
        graph.RequireFloatNetwork();
        graph.RequireFiniteConstants();
        return graph;
    }

    private static CompressionOptions Options(Arguments arguments)
    {
        double Share(string name, double fallback) => arguments.Has(name) ? arguments.Double(name, 0, 1) : fallback;
        var options = new CompressionOptions
        {
            PruneHeads = Share("prune-heads", 0), PruneChannels = Share("prune-channels", 0), KeepEnergy = Share("factorize", 1),
        };
        return options is { PruneHeads: < 1, PruneChannels: < 1, KeepEnergy: > 0 } ? options : throw new UsageException(
            "All heads or channels cannot go, and some energy must stay; expected --prune-heads and --prune-channels below 1, --factorize above 0.");
    }

    private static void Report(string path, int checkpoints, IReadOnlyList<CompressionStep> steps, bool json)
    {
        if (json)
        {
            WriteJson(path, checkpoints, steps);
            return;
        }

        if (checkpoints > 1)
        {
            Console.WriteLine($"The mean of {checkpoints} checkpoints.");
        }

        Console.WriteLine($"{"",-18}{"parameters",12}{"products",14}  outputs against the original");
        foreach (CompressionStep step in steps)
        {
            string moved = step == steps[0] ? "" : string.Create(CultureInfo.InvariantCulture, $"{step.SqnrDb:0.0} dB");
            Console.WriteLine($"{step.Name,-18}{step.Cost.Parameters,12}{step.Cost.MultiplyAccumulates,14}  {moved}");
            foreach (string detail in step.Details)
            {
                Console.WriteLine($"    {detail}");
            }
        }

        Console.WriteLine($"{path}: {100.0 * steps[^1].Cost.Parameters / steps[0].Cost.Parameters:0.0} % of the parameters, {100.0 * steps[^1].Cost.MultiplyAccumulates / Math.Max(1, steps[0].Cost.MultiplyAccumulates):0.0} % of the products. `edgec evaluate` says what it costs in accuracy.");
    }

    private static void WriteJson(string path, int checkpoints, IReadOnlyList<CompressionStep> steps)
    {
        using var writer = new Utf8JsonWriter(Console.OpenStandardOutput());
        writer.WriteStartObject();
        writer.WriteString("file", path);
        writer.WriteNumber("checkpoints", checkpoints);
        writer.WriteStartArray("steps");
        foreach (CompressionStep step in steps)
        {
            writer.WriteStartObject();
            writer.WriteString("name", step.Name);
            writer.WriteNumber("parameters", step.Cost.Parameters);
            writer.WriteNumber("macs", step.Cost.MultiplyAccumulates);
            if (step != steps[0])
            {
                writer.WriteNumber("sqnr_db", step.SqnrDb);
            }

            writer.WriteStartArray("details");
            foreach (string detail in step.Details)
            {
                writer.WriteStringValue(detail);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.Flush();
        Console.WriteLine();
    }
}
