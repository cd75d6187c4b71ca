using System.Globalization;
using Edge.Cli;
using Edge.Features;
using Edge.Quantization.Calibration;
using Edge.Quantization.Compilation;
using Edge.Quantization.Graph;
using Edge.Quantization.Rewriting.Quantizing;

namespace Edge.Quantization.Cli;

/// <summary>The options that say how a float model is quantized, shared by `edgec quantize` and `edgec build`.</summary>
internal static class QuantizationArguments
{
    private const string UseHelp = "auto (where it helps on samples held back), on or off";

    private static readonly (string Name, RangeMethod? Method)[] Ranges =
        [("auto", null), ("minmax", RangeMethod.MinMax), ("percentile", RangeMethod.Percentile), ("entropy", RangeMethod.Entropy), ("mse", RangeMethod.MeanSquaredError)];

    private enum Preset
    {
        Best,
        Fast,
    }

    private enum Granularity
    {
        PerChannel,
        PerTensor,
    }

    /// <summary>What to add to a command's options.</summary>
    public static readonly Option[] Options =
    [
        .. CalibrationArguments.Options,
        .. FrontEndArguments.Options,
        new("input-shape", "NAME=D,D,...", "shape of an input whose dimensions the model leaves open, as in features=1,98,40", Repeatable: true),
        new("preset", "NAME", "best (all that follows on auto) or fast (minmax, no further method)", "best"),
        new("range", "METHOD", "how ranges of values are found: auto (the best of them), minmax, percentile, entropy or mse"),
        new("percentile", "P", "per cent of a value's elements that its range holds at either end, for --range percentile", "99.99"),
        new("weights", "HOW", "per-channel or per-tensor scales", "per-channel"),
        new("weight-bits", "N", "8 or 4", "8"),
        new("activation-bits", "N", "8, or 16 for ONNX Runtime alone; devices have 16 bits for single values", "8"),
        new("wide-values", "USE", $"16 bits for what layer normalizations, softmaxes, Legendre memories and spiking neurons read: {UseHelp}"),
        new("wide-tables", "USE", $"16 bits for what GELU, SiLU and other functions behind convolutions read, 64 KB of the file each: {UseHelp}", "off"),
        new("narrow-layers", null, "layers with weights read values of 16 bits rounded to 8: nearly as good, and several times as fast on a device"),
        new("equalize", "USE", $"even out the ranges of channels between layers: {UseHelp}"),
        new("learned-rounding", "USE", $"round weights against calibration outputs: {UseHelp}"),
        new("bias-correction", "USE", $"take the mean error off each layer's bias: {UseHelp}"),
        new("max-size", "BYTES", "lower the least sensitive layers to 4 bits until the file fits"),
        new("min-sqnr", "DB", "raise the most sensitive weights to 8 bits and values, where devices have them so, to 16 until the outputs are as near as that"),
    ];

    /// <summary>The method options, without those that say on what a model is calibrated.</summary>
    private static readonly string[] MethodNames =
        ["preset", "range", "percentile", "weights", "weight-bits", "activation-bits", "wide-values", "wide-tables", "narrow-layers", "equalize", "learned-rounding", "bias-correction", "max-size", "min-sqnr", "calibration", "calibration-limit", "input-shape"];

    /// <summary>Options that make no sense for a model that is quantized already.</summary>
    /// <exception cref="UsageException">One was given.</exception>
    public static void RefuseForQuantized(Arguments arguments, string source)
    {
        if (MethodNames.FirstOrDefault(arguments.Has) is { } given)
        {
            throw new UsageException($"--{given} is for float models; {source} is quantized already and is compiled as it is.");
        }
    }

    /// <summary>Reads the options.</summary>
    public static PostTrainingOptions Read(Arguments arguments)
    {
        bool fast = arguments.Choice<Preset>("preset") == Preset.Fast;
        MethodUse usual = fast ? MethodUse.Off : MethodUse.Auto;
        return new PostTrainingOptions
        {
            Bits = new QuantizeOptions
            {
                PerChannelWeights = arguments.Choice<Granularity>("weights") == Granularity.PerChannel,
                WeightBits = Bits(arguments, "weight-bits", 4),
                ActivationBits = Bits(arguments, "activation-bits", 16),
                NarrowLayers = arguments.Has("narrow-layers"),
            },
            Range = arguments.TextOrNull("range") is { } range ? RangeOf(range) : fast ? RangeMethod.MinMax : null,
            RangeOptions = new RangeOptions { Percentile = arguments.Double("percentile", 50, 100) },
            WideValues = Use(arguments, "wide-values", usual),
            WideTables = arguments.Choice<MethodUse>("wide-tables"),
            CanBeWide = graph => WideActivations.Values(graph, tables: arguments.Choice<MethodUse>("wide-tables") != MethodUse.Off),
            Equalize = Use(arguments, "equalize", usual),
            LearnedRounding = Use(arguments, "learned-rounding", usual),
            BiasCorrection = Use(arguments, "bias-correction", usual),
            Budget = !arguments.Has("max-size") && !arguments.Has("min-sqnr") ? null : new PrecisionBudget
            {
                MaxBytes = arguments.Has("max-size") ? arguments.Int("max-size", 1) : null,
                MinSqnrDb = arguments.Has("min-sqnr") ? arguments.Double("min-sqnr", 0, 150) : null,
            },
        };
    }

    /// <summary>Quantizes a float model as the arguments say.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="graph">The model; its open input shapes are set where the arguments give them.</param>
    /// <param name="frontEnd">The front end; null where the calibration data needs none.</param>
    /// <param name="rehearse">What must go well with the samples and these bits before the long work begins.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <param name="sizeOf">Bytes of the file that a quantized graph becomes; null for those of its ONNX file.</param>
    public static PostTrainingResult Run(
        Arguments arguments,
        ModelGraph graph,
        FrontEndOptions? frontEnd,
        Action<IEnumerable<CalibrationSample>, QuantizeOptions>? rehearse,
        CancellationToken cancellationToken,
        Func<ModelGraph, long>? sizeOf = null)
    {
        PostTrainingOptions options = Read(arguments);
        options = frontEnd is PcmOptions ? options with { Bits = options.Bits.ForSamples(graph) } : options;
        graph.RequireFloatNetwork();
        graph.RequireFiniteConstants();
        SetInputShapes(arguments, graph);
        CalibrationData calibration = CalibrationArguments.Open(arguments, graph.Inputs, frontEnd);
        rehearse?.Invoke(calibration.Samples(), options.Bits);
        using var progress = new StageProgress();
        return PostTrainingQuantization.Apply(
            graph, calibration.Samples(), calibration.Count, options with { Progress = progress.Begin, SizeOf = sizeOf }, cancellationToken);
    }

    private static void SetInputShapes(Arguments arguments, ModelGraph graph)
    {
        foreach (string text in arguments.All("input-shape"))
        {
            int equals = text.LastIndexOf('=');
            string[] parts = text[(equals + 1)..].Split(',');
            int index = graph.Inputs.FindIndex(input => equals > 0 && input.Name == text[..equals]);
            if (index < 0)
            {
                throw new UsageException($"--input-shape is '{text}'; expected NAME=D,D,... with one of the inputs {string.Join(", ", graph.Inputs)}.");
            }

            var dims = new Dimension[parts.Length];
            for (int i = 0; i < dims.Length; i++)
            {
                dims[i] = int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out int size) && size > 0
                    ? size
                    : throw new UsageException($"--input-shape is '{text}'; '{parts[i]}' is no dimension, expected a whole number of at least 1.");
            }

            if (graph.Inputs[index].Shape is { } declared && declared.Count != dims.Length)
            {
                throw new UsageException($"--input-shape is '{text}', {dims.Length} dimensions; the model has {graph.Inputs[index]}.");
            }

            graph.Inputs[index] = graph.Inputs[index] with { Shape = dims };
            graph.ValueInfos.Clear(); // they may say otherwise
        }
    }

    private static RangeMethod? RangeOf(string text)
    {
        int index = Array.FindIndex(Ranges, range => range.Name == text);
        string[] names = [.. Ranges.Select(range => range.Name)];
        return index >= 0 ? Ranges[index].Method : throw new UsageException($"--range is '{text}'; expected one of {string.Join(", ", names)}.{Suggestion.For(text, names)}");
    }

    private static int Bits(Arguments arguments, string name, int other) => arguments.Int(name) is var bits && (bits == 8 || bits == other)
        ? bits
        : throw new UsageException($"--{name} is {bits}; expected 8 or {other}.");

    private static MethodUse Use(Arguments arguments, string name, MethodUse usual) => arguments.Has(name) ? arguments.Choice<MethodUse>(name) : usual;
}
