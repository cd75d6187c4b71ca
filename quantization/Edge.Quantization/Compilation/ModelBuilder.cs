using System.Globalization;
using System.Text.Json;
using Edge.Audio;
using Edge.Detection;
using Edge.Features;
using Edge.Features.Design;
using Edge.Quantization.Graph;

namespace Edge.Quantization.Compilation;

/// <summary>What an .edge file holds besides the network.</summary>
public sealed record BuildOptions
{
    /// <summary>The model's name.</summary>
    public required string Name { get; init; }

    /// <summary>What the output's channels mean, in order; empty where detection is of kind anomaly or features.</summary>
    public required IReadOnlyList<string> Labels { get; init; }

    /// <summary>The front end that the network was trained on.</summary>
    public required FrontEndOptions FrontEnd { get; init; }

    /// <summary>What the network's input reads from the front end's integers; null for their real values, and for graphs quantized from them.</summary>
    public NamedFrontEnd? PublicFrontEnd { get; init; }

    /// <summary>From scores to events.</summary>
    public required DetectorOptions Detection { get; init; }

    /// <summary>How the network meets the stream.</summary>
    public PlanForm Form { get; init; } = PlanForm.Streaming;

    /// <summary>
    /// Frames that a step of the streaming form takes, a multiple of the fewest it can take; 0 for those. More cost less time a frame, and a result
    /// comes only every so many.
    /// </summary>
    public int StepFrames { get; init; }

    /// <summary>Frames of a window; windowed form only.</summary>
    public int WindowFrames { get; init; }

    /// <summary>Frames from one run to the next; windowed form only.</summary>
    public int StrideFrames { get; init; }

    /// <summary>
    /// Whether the network takes its whole window at every run and the device keeps the window, rather than the network; windowed
    /// form only. Windows that are divided by their peak need it, and detection that compares the output with the input.
    /// </summary>
    public bool WholeWindows { get; init; }

    /// <summary>
    /// Whether tensors are named by numbers, but for input, output and states: the smallest file. Layers are not told apart in it, and it cannot be trained on.
    /// </summary>
    public bool ShortNames { get; init; }

    /// <summary>Where the model comes from: source file and its hash, calibration, licence, measured accuracy.</summary>
    public IReadOnlyDictionary<string, string> Provenance { get; init; } = new Dictionary<string, string>();
}

/// <summary>A model that was built.</summary>
/// <param name="File">The .edge file.</param>
/// <param name="Quantized">The graph it was compiled from, with QuantizeLinear and DequantizeLinear; runs in any ONNX Runtime.</param>
/// <param name="ProvenScores">Scores over which the streaming form was compared with the batch form; 0 for windowed models.</param>
public sealed record BuildResult(byte[] File, ModelGraph Quantized, int ProvenScores);

/// <summary>From a quantized graph to an .edge file.</summary>
public static class ModelBuilder
{
    private const int SelfTestSeed = 1;
    private const int SelfTestSeconds = 2;
    private const int MostNamed = 20; // labels in a message

    /// <summary>Compiles a graph that is quantized already, proves it on the sound of the self-test and writes.</summary>
    /// <param name="quantized">A graph with QuantizeLinear and DequantizeLinear, one input [1, time, features]; not changed.</param>
    /// <param name="options">What else goes into the file.</param>
    /// <exception cref="GraphFormatException">The graph cannot be lowered; the message lists every node and why.</exception>
    public static BuildResult FromQuantized(ModelGraph quantized, BuildOptions options)
    {
        PlanDraft draft = Compile(quantized, options);
        int proven = options.Form == PlanForm.Streaming && !quantized.IsStateful ? Prove(quantized, draft.Input!, options) : 0;
        return new BuildResult(Write(draft, options), quantized, proven);
    }

    /// <summary>Checks that a quantized graph can be compiled, without proof and file.</summary>
    /// <param name="quantized">A graph with QuantizeLinear and DequantizeLinear; not changed.</param>
    /// <param name="options">What else goes into the file.</param>
    /// <exception cref="GraphFormatException">The graph cannot be lowered; the message lists every node and why.</exception>
    /// <exception cref="InvalidDataException">The labels do not fit the output.</exception>
    public static void RequireBuildable(ModelGraph quantized, BuildOptions options) => Compile(quantized, options);

    /// <summary>Bytes of the file that a quantized graph becomes.</summary>
    /// <param name="quantized">A graph with QuantizeLinear and DequantizeLinear; not changed.</param>
    /// <param name="options">What else goes into the file.</param>
    /// <exception cref="GraphFormatException">The graph cannot be lowered; the message lists every node and why.</exception>
    public static long Measure(ModelGraph quantized, BuildOptions options)
    {
        PlanDraft draft = Compile(quantized, options);
        return Write(draft, options, DesignQuantizer(draft.Input!, options), new SelfTest(SelfTestSeed, SelfTestSeconds * options.FrontEnd.SampleRateHz, new string('0', 64))).Length;
    }

    /// <summary>Integers of a front end to int8 of the network's input, the nearest.</summary>
    private static FeatureQuantizer DesignQuantizer(DraftTensor input, BuildOptions options)
    {
        try
        {
            return options.PublicFrontEnd is { } known
                ? QuantizerDesign.Create(known, input.Scale, input.ZeroPoint)
                : QuantizerDesign.Create(FrontEnd.Create(options.FrontEnd).FractionBits, input.Scale, input.ZeroPoint);
        }
        catch (ArgumentOutOfRangeException)
        {
            throw new InvalidDataException(string.Create(
                CultureInfo.InvariantCulture,
                $"The network's input has a scale of {input.Scale}, which does not fit the {options.FrontEnd.Kind} front end's features. Is the calibration data in the front end's real values?"));
        }
    }

    private static FeatureWindow? Window(BuildOptions options) => !options.WholeWindows ? null : new FeatureWindow
    {
        StrideFrames = options.StrideFrames,
        PeakNormalized = options.PublicFrontEnd?.PeakNormalized ?? false,
    };

    private static PlanDraft Compile(ModelGraph quantized, BuildOptions options)
    {
        int bins = FrontEnd.Create(options.FrontEnd).Bins;
        PlanDraft draft = options.WholeWindows
            ? Lowering.Run(quantized, PlanForm.Batch, options.WindowFrames, features: bins)
            : options.Form == PlanForm.Windowed
            ? Lowering.Run(quantized, PlanForm.Windowed, options.WindowFrames, options.StrideFrames, bins)
            : Lowering.Run(quantized, options.Form, StepFrames(quantized, options, bins), features: bins, newest: GivesNewest(options));
        int scores = draft.Output!.Shape[^1];
        return scores == options.Labels.Count || options.Detection is AnomalyOptions or FeatureOptions ? draft : throw new InvalidDataException(
            $"There {(options.Labels.Count == 1 ? "is" : "are")} {Counted(options.Labels.Count, "label")} ({string.Join(", ", options.Labels.Take(MostNamed))}{(options.Labels.Count > MostNamed ? ", …" : "")}), and output '{quantized.Outputs[0].Name}' of {quantized.Name} has {Counted(scores, "score")}; expected a label for each score, in their order.");
    }

    /// <summary>A detector takes one vector of scores a step; what compares the output with the input takes all of it.</summary>
    private static bool GivesNewest(BuildOptions options) => options.Detection is not AnomalyOptions;

    private static int StepFrames(ModelGraph quantized, BuildOptions options, int bins)
    {
        int fewest = Lowering.StepFrames(quantized, bins);
        return options.StepFrames % fewest == 0 && !(quantized.IsStateful && options.StepFrames > 0)
            ? Math.Max(options.StepFrames, fewest)
            : throw new InvalidDataException(quantized.IsStateful
                ? $"A step of {quantized.Name} takes the {fewest} frames of its input, as it has states of its own; it cannot take {options.StepFrames}."
                : $"A step of {quantized.Name} is to take {options.StepFrames} frames; expected a multiple of {fewest}, which its strides ask for.");
    }

    private static string Counted(int count, string what) => $"{count} {what}{(count == 1 ? "" : "s")}";

    private static sbyte[] SelfTestFeatures(DraftTensor input, BuildOptions options)
    {
        FrontEnd frontEnd = FrontEnd.Create(options.FrontEnd);
        FeatureQuantizer quantizer = DesignQuantizer(input, options);
        ReadOnlySpan<short> signal = SyntheticSignal.Generate(SelfTestSeed, SelfTestSeconds * options.FrontEnd.SampleRateHz);
        var frame = new int[frontEnd.Bins];
        var quantized = new sbyte[frontEnd.Bins];
        var features = new List<sbyte>();
        while (frontEnd.TryRead(ref signal, frame))
        {
            quantizer.Quantize(frame, quantized);
            features.AddRange(quantized);
        }

        return [.. features];
    }

    private static int Prove(ModelGraph quantized, DraftTensor input, BuildOptions options)
    {
        (int compared, int difference) = StreamingProof.Compare(quantized, SelfTestFeatures(input, options), input.Shape[1], GivesNewest(options));
        return difference < 0 ? compared : throw new InvalidOperationException(
            $"The streaming form of {quantized.Name} differs from the batch form at score {difference} of {compared}; this is a fault of the compiler, please report it.");
    }

    private static byte[] Write(PlanDraft draft, BuildOptions options)
    {
        FeatureQuantizer quantizer = DesignQuantizer(draft.Input!, options);
        byte[] untested = Write(draft, options, quantizer, null);
        using AudioModel model = AudioModel.Load(untested, options.Name);
        SelfTest selfTest = model.ComputeSelfTest(SelfTestSeed, SelfTestSeconds * options.FrontEnd.SampleRateHz);
        return Write(draft, options, quantizer, selfTest);
    }

    private static byte[] Write(PlanDraft draft, BuildOptions options, FeatureQuantizer quantizer, SelfTest? selfTest) =>
        EdgeFile.Write(draft, options.Name, options.Labels, json => WriteSections(json, options, quantizer, selfTest), SectionsVersion(options), options.ShortNames);

    /// <summary>The version of the format that has the window and the kind of detection.</summary>
    private static int SectionsVersion(BuildOptions options) => options.Detection is FeatureOptions or UtteranceOptions ? 4 : options.WholeWindows || options.Detection is not KeywordOptions ? 3 : 2;

    private static void WriteSections(Utf8JsonWriter json, BuildOptions options, FeatureQuantizer quantizer, SelfTest? selfTest)
    {
        json.WritePropertyName(FrontEndPlan.SectionName);
        FrontEndPlan.Write(json, options.FrontEnd, quantizer, Window(options));
        json.WritePropertyName(DetectionPlan.SectionName);
        DetectionPlan.Write(json, options.Detection);
        if (selfTest is not null)
        {
            json.WritePropertyName(SelfTest.SectionName);
            selfTest.Write(json);
        }

        json.WriteStartObject("provenance");
        foreach ((string key, string value) in options.Provenance)
        {
            json.WriteString(key, value);
        }

        json.WriteEndObject();
    }
}
