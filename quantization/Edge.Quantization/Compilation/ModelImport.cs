using System.Security.Cryptography;
using Edge.Detection;
using Edge.Features;
using Edge.Inference;
using Edge.Numerics;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.TfLite;

namespace Edge.Quantization.Compilation;

/// <summary>From an int8 TensorFlow Lite file to an .edge file that gives TensorFlow Lite's integers.</summary>
public static class ModelImport
{
    /// <summary>A window runs again after this part of it, unless the options say otherwise.</summary>
    private const int RunsInWindow = 4;

    /// <summary>The front end whose models hear sounds that go on and overlap.</summary>
    private const string SoundEventFrontEnd = "yamnet";

    /// <summary>The front end of the one model of its kind whose usual error is known.</summary>
    private const string AnomalyFrontEnd = "mlperf-ad";

    /// <summary>Features of a frame that microWakeWord's models take.</summary>
    private const int MicroWakeWordFeatures = 40;

    private const double MicroWakeWordScale = 26.0 / 255;

    /// <summary>Reads, lowers, tests and writes a model.</summary>
    /// <param name="tflite">The whole .tflite file; must not change meanwhile.</param>
    /// <param name="source">How messages and the model's provenance call it.</param>
    /// <param name="options">What the file does not say.</param>
    /// <exception cref="GraphFormatException">The file is damaged, a float model, or uses what cannot be lowered; the message lists all of it.</exception>
    /// <exception cref="InvalidDataException">Labels, front end, detection or manifest do not fit the model.</exception>
    public static BuildResult Run(ReadOnlyMemory<byte> tflite, string source, ImportOptions options)
    {
        ModelGraph graph = TfLiteReader.Read(tflite, source);
        RequireInt8(graph, source);
        if (options.Rounding == Rounding.Twice)
        {
            graph.Metadata[TfLiteReader.ArithmeticKey] = TensorFlowLiteArithmetic.DoubleRounding;
        }

        if (options.KeepStates)
        {
            KeepStates(graph, source);
        }

        NamedFrontEnd frontEnd = FrontEndOf(graph, source, options);
        int bins = FrontEnd.Create(frontEnd.Options).Bins;
        int frames = Frames(graph, source, bins, frontEnd);
        int stride = StrideFrames(graph, source, frames, options.StrideFrames);
        IReadOnlyList<string> labels = options.Labels.Count > 0 || options.Manifest is null ? options.Labels : [options.Manifest.WakeWord];
        DetectorOptions detection = options.Detection ?? DetectionOf(graph, source, options.Manifest, frontEnd, labels, frames, stride);
        return Build(graph, source, new BuildOptions
        {
            Name = options.Name,
            Labels = labels,
            FrontEnd = frontEnd.Options,
            PublicFrontEnd = frontEnd,
            Detection = detection,
            Form = graph.IsStateful ? PlanForm.Streaming : PlanForm.Windowed,
            WholeWindows = !graph.IsStateful && (frontEnd.PeakNormalized || detection is AnomalyOptions),
            WindowFrames = frames,
            StrideFrames = stride,
            Provenance = Provenance(tflite.Span, source, options),
        });
    }

    /// <summary>Compiles and tests; what does not fit is said of the file.</summary>
    private static BuildResult Build(ModelGraph graph, string source, BuildOptions options)
    {
        try
        {
            return ModelBuilder.FromQuantized(graph, options);
        }
        catch (Exception fault) when (fault is InvalidDataException or ModelFormatException && !fault.Message.Contains(Path.GetFileName(source), StringComparison.Ordinal))
        {
            throw new InvalidDataException($"{source}: {fault.Message}", fault);
        }
    }

    /// <summary>
    /// Whether an int8 network has the input scale of microWakeWord's models, which take micro features in a unit of their own. Source:
    /// kahrendt/microWakeWord, whose conversion lets the input reach from 0 to 26.
    /// </summary>
    public static bool TakesMicroWakeWordFeatures(ModelGraph graph) =>
        graph.Inputs is [var input]
        && graph.Nodes.Find(node => node.OpType == "QuantizeLinear" && node.Inputs[0] == input.Name) is { } quantize
        && graph.Constant(quantize.Inputs[1])?.ToFloats() is [var scale]
        && Math.Abs(scale - MicroWakeWordScale) < 1e-4 * MicroWakeWordScale;

    /// <summary>Lets LSTM layers carry their states from run to run, as TensorFlow Lite's interpreter does unless it is reset.</summary>
    internal static void KeepStates(ModelGraph graph, string source)
    {
        List<Node> layers = graph.Nodes.FindAll(node => node is { Domain: TfLiteReader.EdgeDomain, OpType: "Lstm" });
        if (layers.Count == 0)
        {
            throw new InvalidDataException($"{source} has no LSTM layer whose states could be kept; leave the option out.");
        }

        layers.ForEach(layer => layer.Attributes[TfLiteReader.StatefulKey] = 1L);
    }

    private static void RequireInt8(ModelGraph graph, string source)
    {
        if (!TensorFlowLiteArithmetic.IsAskedBy(graph) || graph.Nodes.TrueForAll(node => node.OpType != "QuantizeLinear"))
        {
            bool remembers = graph.States.Count > 0 || graph.Nodes.Exists(node => node.OpType == "LSTM");
            throw new GraphFormatException(source, "model", remembers
                ? "it computes in float, and remembers from step to step, which `edgec quantize` cannot calibrate; convert it to int8 in TensorFlow Lite (Optimize.DEFAULT and a representative data set) and import that."
                : "it computes in float; an import takes int8 models alone. `edgec quantize` makes an int8 model of it, from recordings.");
        }

        if (graph.Inputs.Count != 1 || graph.Outputs.Count != 1)
        {
            throw new GraphFormatException(
                source, "model", $"it takes {string.Join(", ", graph.Inputs)} and gives {string.Join(", ", graph.Outputs)}; expected one of each.");
        }
    }

    /// <summary>What suits a model that comes without settings.</summary>
    private static DetectorOptions DetectionOf(
        ModelGraph graph, string source, MicroWakeWordManifest? manifest, NamedFrontEnd frontEnd, IReadOnlyList<string> labels, int frames, int stride)
    {
        long scores = Elements(graph.Outputs[0]);
        if (labels.Count == 0 && scores == Elements(graph.Inputs[0]) && frontEnd.Name == AnomalyFrontEnd)
        {
            return DetectionDefaults.ToyCar();
        }

        if (labels.Count == 0)
        {
            throw new InvalidDataException(scores == Elements(graph.Inputs[0])
                ? $"{source} gives back as many values as it takes, {scores}; where it reconstructs sounds it knows, give detection of kind anomaly with a threshold for its error, else give labels."
                : $"{source} gives {scores} scores, and nothing says what they mean; give labels, or a microWakeWord model's manifest.");
        }

        double hopMs = 1000.0 * frontEnd.Options.HopSamples / frontEnd.Options.SampleRateHz;
        return manifest is not null ? DetectionDefaults.MicroWakeWord(manifest, (int)Math.Round(stride * hopMs))
            : frontEnd.Name == SoundEventFrontEnd ? new SoundEventOptions()
            : DetectionDefaults.For(labels, (int)Math.Round(frames * hopMs));
    }

    private static long Elements(ValueInfo value) => (value.StaticShape ?? []).Aggregate(1L, (product, size) => product * size);

    private static NamedFrontEnd FrontEndOf(ModelGraph graph, string source, ImportOptions options)
    {
        if (options.Manifest is null && options.FrontEnd is { Options: MicroOptions, ReadsPlainly: true } && TakesMicroWakeWordFeatures(graph))
        {
            throw new InvalidDataException(
                $"The input of {source} has the scale of microWakeWord's models, which take micro features in a unit of their own; give the front end micro-10ms or micro-20ms, or the model's manifest.");
        }

        if (options.Manifest is not { } manifest)
        {
            return options.FrontEnd ?? throw new InvalidDataException(
                $"{source} does not say how its input {graph.Inputs[0]} comes from sound; name the front end it was trained on, one of {string.Join(", ", FrontEndCatalogue.All.Select(entry => entry.Name))}, or give a microWakeWord model's manifest.");
        }

        NamedFrontEnd micro = FrontEndCatalogue.Find("micro-10ms")!;
        micro = micro with { Options = micro.Options with { HopSamples = manifest.FeatureStepMs * micro.Options.SampleRateHz / 1000 } };
        Dimension[] shape = [.. graph.Inputs[0].Shape ?? []];
        if (shape.Length == 0 || shape[^1].Size != MicroWakeWordFeatures || (manifest.Version == 1 && shape is not [_, { Size: 1 }, _]))
        {
            throw new InvalidDataException(
                $"The manifest is of version {manifest.Version}, of models that take [1, {(manifest.Version == 1 ? "1" : "frames")}, {MicroWakeWordFeatures}] features every {manifest.FeatureStepMs} ms; {source} takes {graph.Inputs[0]}. Is it another model's?");
        }

        // The plain kind says no unit; the manifest does.
        NamedFrontEnd given = options.FrontEnd is { Options: MicroOptions, ReadsPlainly: true } plain ? micro with { Options = plain.Options } : options.FrontEnd ?? micro;
        return given.Options.HopSamples == micro.Options.HopSamples
            ? given
            : throw new InvalidDataException(
                $"The manifest's feature_step_size is {manifest.FeatureStepMs} ms, and front end {given.Name} makes a frame every {1000.0 * given.Options.HopSamples / given.Options.SampleRateHz:0.#} ms; leave the front end to the manifest.");
    }

    private static int Frames(ModelGraph graph, string source, int bins, NamedFrontEnd frontEnd)
    {
        ValueInfo input = graph.Inputs[0];
        long[] shape = input.StaticShape ?? [];
        return shape.Length > 1 && Elements(input) > 0 && (shape.Length == 2 ? shape[1] % bins == 0 : shape[^1] == bins) && Lowering.InputFrames(graph, bins) is { } frames
            ? frames
            : throw new InvalidDataException($"{source} takes {input}, and front end {frontEnd.Name} makes frames of {bins} features; expected frames of as many. Is it another model's front end?");
    }

    private static int StrideFrames(ModelGraph graph, string source, int frames, int asked)
    {
        if (graph.IsStateful)
        {
            return asked == 0 || asked == frames ? frames
                : throw new InvalidDataException($"{source} keeps states and takes {frames} frames a step; a stride of {asked} frames does not fit. Leave it out.");
        }

        return asked == 0 ? Math.Max(1, frames / RunsInWindow)
            : asked <= frames ? asked
            : throw new InvalidDataException($"A stride of {asked} frames leaves gaps between windows of {frames}; expected at most {frames}.");
    }

    private static Dictionary<string, string> Provenance(ReadOnlySpan<byte> tflite, string source, ImportOptions options)
    {
        var provenance = new Dictionary<string, string>
        {
            ["source"] = Path.GetFileName(source),
            ["sourceSha256"] = Convert.ToHexStringLower(SHA256.HashData(tflite)),
            ["arithmetic"] = $"TensorFlow Lite int8, {options.Rounding.Name()} rounding",
        };
        if (options.Manifest is { } manifest)
        {
            Add("author", manifest.Author);
            Add("website", manifest.Website);
        }

        foreach ((string key, string value) in options.Provenance)
        {
            provenance[key] = value;
        }

        return provenance;

        void Add(string key, string? value)
        {
            if (!string.IsNullOrEmpty(value))
            {
                provenance[key] = value;
            }
        }
    }
}
