using System.Globalization;
using System.Text.Json;
using Edge.Cli;
using Edge.Quantization.Checkpoints;
using Edge.Quantization.Checkpoints.Hubert;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Onnx;

namespace Edge.Quantization.Cli;

/// <summary>`edgec checkpoint`: published weights to a float ONNX model, or the list of what a file of weights holds.</summary>
internal static class CheckpointCommand
{
    private static readonly CommandSyntax Syntax = new(
        "edgec checkpoint", "FILE",
        "Turns trained weights, safetensors or a file of torch.save, into an ONNX model; without --out, lists the tensors. No code in the file is run.",
        "edgec checkpoint distilhubert/model.safetensors --out distilhubert.onnx",
        [
            new Option("architecture", "NAME", $"{string.Join(", ", CheckpointArchitecture.All.Select(architecture => architecture.Name))} (default: the one whose tensors the file holds)"),
            new Option("samples", "N", "samples of sound that the model takes at once", "16000"),
            new Option("layer", "N", "give the output of this encoder layer, from 1 (default: the last)"),
            new Option("embed", "N", "width of a LightHuBERT sub-network"),
            new Option("heads", "N", "its attention heads: one number, or one a layer as in 10,8,…"),
            new Option("ffn-ratio", "R", "its feed-forward width over its width: one number, or one a layer"),
            new Option("depth", "N", "its layers"),
            new Option("level", "DB", "level of the speech that a wav2small will hear: root mean square, 0 for full scale; its whole recording is not known to a stream", "-26"),
            new Option("out", "FILE", "the .onnx file"),
            new Option("json", null, "print the result as JSON: an object, or for a list one a line"),
        ]);

    public static Command Command { get; } = new(Syntax, Run);

    private static int Run(Arguments arguments, CancellationToken cancellationToken)
    {
        if (arguments.Operands is not [var source])
        {
            throw new UsageException($"edgec checkpoint takes one file of weights; found {arguments.Operands.Count}.");
        }

        string? output = OutputFile.Onnx(arguments, "out", [source], required: false);
        CheckpointArchitecture? named = arguments.TextOrNull("architecture") is { } name ? Named(name) : null;
        CheckpointOptions options = Options(arguments);
        ModelFile.RequireFile(source, "a file of weights");
        using Checkpoint checkpoint = Checkpoint.Open(source);
        if (output is null)
        {
            List(checkpoint, arguments.Has("json"));
            return ExitCode.Done;
        }

        CheckpointArchitecture architecture = named ?? CheckpointArchitecture.Of(checkpoint) ?? throw new GraphFormatException(
            source, "file", $"its {checkpoint.Tensors.Count} tensors are those of no network that is known ({string.Join(", ", CheckpointArchitecture.All.Select(known => known.Name))}). `edgec checkpoint {source}` lists them.");
        ModelGraph graph = Build(architecture, checkpoint, options);
        cancellationToken.ThrowIfCancellationRequested();
        OnnxWriter.Write(graph, output);
        Report(architecture, graph, output, arguments.Has("json"));
        return ExitCode.Done;
    }

    private static CheckpointArchitecture Named(string name) => CheckpointArchitecture.Find(name) ?? throw new UsageException(
        $"--architecture is '{name}'; expected one of {string.Join(", ", CheckpointArchitecture.All.Select(known => known.Name))}.{Suggestion.For(name, [.. CheckpointArchitecture.All.Select(known => known.Name)])}");

    private static ModelGraph Build(CheckpointArchitecture architecture, Checkpoint checkpoint, CheckpointOptions options)
    {
        try
        {
            return architecture.Build(checkpoint, options);
        }
        catch (ArgumentException e)
        {
            throw new UsageException(e.Message.Replace($" (Parameter '{e.ParamName}')", "", StringComparison.Ordinal));
        }
    }

    private static CheckpointOptions Options(Arguments arguments) => new()
    {
        Samples = arguments.Int("samples", 1, 16_000 * 60),
        LevelDb = arguments.Double("level", -200, 200),
        Layer = arguments.Has("layer") ? arguments.Int("layer", 1, 1000) : null,
        SubNetwork = SubNetworkOf(arguments),
    };

    /// <summary>The part that the command line describes; null where it describes none.</summary>
    private static SubNetwork? SubNetworkOf(Arguments arguments)
    {
        string[] names = ["embed", "heads", "ffn-ratio", "depth"];
        if (!Array.Exists(names, arguments.Has))
        {
            return null;
        }

        if (Array.Find(names, name => !arguments.Has(name)) is { } missing)
        {
            throw new UsageException($"--{missing} is missing; a sub-network is said by --embed, --heads, --ffn-ratio and --depth together.");
        }

        int depth = arguments.Int("depth", SubNetwork.MinDepth, 12);
        return new SubNetwork(
            arguments.Int("embed", 1, 1 << 16),
            [.. Layerwise(arguments, "heads", depth).Select(heads => heads == Math.Floor(heads) ? (int)heads : throw new UsageException($"--heads is '{arguments.Text("heads")}'; expected whole numbers."))],
            Layerwise(arguments, "ffn-ratio", depth));
    }

    private static double[] Layerwise(Arguments arguments, string option, int depth)
    {
        string text = arguments.Text(option);
        double[] values = Array.ConvertAll(
            text.Split(','), part => double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value is > 0 and <= 1024 ? value : double.NaN);
        return !Array.Exists(values, double.IsNaN) && (values.Length == 1 || values.Length == depth)
            ? values.Length == 1 ? [.. Enumerable.Repeat(values[0], depth)] : values
            : throw new UsageException($"--{option} is '{text}'; expected one number above 0, or {depth} with commas between them.");
    }

    private static void List(Checkpoint checkpoint, bool json)
    {
        foreach ((string name, CheckpointTensor tensor) in checkpoint.Tensors.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            Console.WriteLine(json
                ? WriteJson(writer =>
                {
                    writer.WriteString("name", name);
                    writer.WriteString("type", $"{tensor.ElementType}");
                    writer.WriteStartArray("shape");
                    Array.ForEach(tensor.Dims.ToArray(), writer.WriteNumberValue);
                    writer.WriteEndArray();
                })
                : $"{name}: {tensor}");
        }

        Console.Error.WriteLine($"{checkpoint.Tensors.Count} tensors, {checkpoint.Tensors.Values.Sum(tensor => tensor.Count):N0} elements; {CheckpointArchitecture.Of(checkpoint)?.Name ?? "no network that is known"}");
    }

    private static void Report(CheckpointArchitecture architecture, ModelGraph graph, string output, bool json)
    {
        long parameters = graph.Initializers.Values.Where(tensor => tensor.ElementType == ElementType.Float32).Sum(tensor => (long)tensor.Count);
        Console.WriteLine(json
            ? WriteJson(writer =>
            {
                writer.WriteString("file", output);
                writer.WriteString("architecture", architecture.Name);
                writer.WriteNumber("parameters", parameters);
                writer.WriteString("input", $"{graph.Inputs[0]}");
                writer.WriteString("output", $"{graph.Outputs[0]}");
            })
            : $"{output}: {architecture.Name}, {parameters:N0} parameters, {graph.Inputs[0]} to {graph.Outputs[0]}");
    }

    private static string WriteJson(Action<Utf8JsonWriter> fields)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            fields(writer);
            writer.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(buffer.ToArray());
    }
}
