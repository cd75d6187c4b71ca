using Edge.OnnxRuntime;
using Edge.Quantization.Calibration;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Onnx;
using Edge.Quantization.Rewriting.Canonical;

namespace Edge.Quantization.Rewriting.Quantizing;

/// <summary>The whole way from a trained float graph to a quantized one: clean up, calibrate, equalize, choose bits, round, correct, measure.</summary>
/// <remarks>Every tenth sample (of the first 640) is held back; a method that nobody insists on is kept only where outputs come nearer to the float graph's on those.</remarks>
public sealed class PostTrainingQuantization
{
    private const int HeldEvery = 10;
    private const int RehearsalSamples = 8;
    private const int MaxHeld = 64;

    /// <summary>Samples for choices that are measured over and over, as mixed precision is.</summary>
    private const int MaxForChoices = 16;

    /// <summary>What values of 16 bits must bring, since they cost time on the device.</summary>
    private const double LeastWideGainDb = 1;

    private readonly PostTrainingOptions options;
    private readonly IEnumerable<CalibrationSample> calibration;
    private readonly CancellationToken cancellationToken;
    private readonly List<QuantizationStep> steps = [];
    private readonly List<RoundedLayer> rounded = [];
    private readonly List<CalibrationSample> held = [];
    private int count;
    private QuantizationError error = null!; // set once the samples have been counted

    private PostTrainingQuantization(IEnumerable<CalibrationSample> samples, int expected, PostTrainingOptions options, CancellationToken cancellationToken)
    {
        (this.options, this.cancellationToken, count) = (options, cancellationToken, expected);
        calibration = samples.Where((_, i) => !IsHeld(i));
    }

    /// <summary>A graph, its values' ranges by each method, and what it is quantized to.</summary>
    private sealed record Calibrated(
        ModelGraph Graph, IReadOnlyDictionary<RangeMethod, IReadOnlyDictionary<string, (float Min, float Max)>> Ranges,
        RangeMethod Range, QuantizeOptions Bits, ModelGraph Quantized, double SqnrDb);

    /// <summary>Quantizes a graph.</summary>
    /// <param name="graph">A float graph; not changed.</param>
    /// <param name="samples">Calibration samples; enumerated several times.</param>
    /// <param name="expected">About how many there are, for progress.</param>
    /// <param name="options">Methods, bits, budget.</param>
    /// <param name="cancellationToken">Stops between two samples.</param>
    /// <exception cref="GraphFormatException">The graph is quantized already, has no weights, or weights that are not finite.</exception>
    /// <exception cref="InvalidDataException">There is no sample, a value is NaN, or the budget cannot be met.</exception>
    public static PostTrainingResult Apply(
        ModelGraph graph, IEnumerable<CalibrationSample> samples, int expected, PostTrainingOptions options, CancellationToken cancellationToken = default)
    {
        graph.RequireFloatNetwork();
        ModelGraph real = graph.Clone();
        Cleanup.Apply(real);
        var work = new PostTrainingQuantization(samples, expected, options, cancellationToken);
        work.Hold(samples);
        return work.Apply(real);
    }

    /// <summary>Quantizes a graph by the ranges of a few samples, within seconds: enough to see whether it can be compiled.</summary>
    /// <param name="graph">A float graph; not changed.</param>
    /// <param name="samples">Calibration samples; the first few are taken.</param>
    /// <param name="bits">Bits of weights and values.</param>
    /// <param name="cancellationToken">Stops between two samples.</param>
    /// <exception cref="GraphFormatException">A shape is not known, or an operator is of no known form.</exception>
    /// <exception cref="InvalidDataException">There is no sample, or a value is NaN.</exception>
    public static ModelGraph Rehearse(
        ModelGraph graph, IEnumerable<CalibrationSample> samples, QuantizeOptions bits, CancellationToken cancellationToken = default)
    {
        ModelGraph cleaned = graph.Clone();
        Cleanup.Apply(cleaned);
        cleaned.RequireFixedShapes();
        IEnumerable<IReadOnlyDictionary<string, OnnxTensor>> some = samples.Take(RehearsalSamples).Select(sample => sample.Tensors);
        return Quantizer.Apply(cleaned, ActivationCollector.MinMax(cleaned, some, cancellationToken), bits);
    }

    private static bool IsHeld(int index) => index % HeldEvery == HeldEvery - 1 && index < HeldEvery * MaxHeld;

    /// <summary>Reads the samples once: counts them, and keeps those that measure.</summary>
    private void Hold(IEnumerable<CalibrationSample> samples)
    {
        Action done = Stage("reading samples", count);
        var first = new List<CalibrationSample>();
        int index = 0;
        foreach (CalibrationSample sample in samples)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (IsHeld(index))
            {
                held.Add(sample);
            }
            else if (held.Count == 0 && first.Count < MaxForChoices)
            {
                first.Add(sample);
            }

            index++;
            done();
        }

        count = index - held.Count;
        held.AddRange(held.Count == 0 ? first : []);
        if (held.Count == 0)
        {
            throw new InvalidDataException("There are no calibration samples; at least one is needed.");
        }
    }

    private PostTrainingResult Apply(ModelGraph real)
    {
        error = new QuantizationError(real, held, cancellationToken);
        Calibrated best = Equalize(Calibrate(real, "calibrating"));
        best = ChooseBits(WidenTables(Widen(best)));
        ModelGraph quantized = best.Quantized;
        quantized = Try("learned rounding", options.LearnedRounding, quantized, Round);
        quantized = Try("bias correction", options.BiasCorrection, quantized, Correct);
        return new PostTrainingResult
        {
            Real = real,
            Quantized = quantized,
            Bits = best.Bits,
            Range = best.Range,
            Steps = steps,
            Rounded = steps.Exists(step => step is { Name: "learned rounding", Kept: true }) ? rounded : [],
            Values = new QuantizationError(best.Graph, held, cancellationToken).Values(quantized), // its values between layers are scaled as the quantized ones are
            SqnrDb = steps[^1].Kept ? steps[^1].SqnrDb : error.OutputSqnrDb(quantized),
            Samples = count,
            HeldSamples = error.Samples,
        };

        ModelGraph Round(ModelGraph before)
        {
            IEnumerable<CalibrationSample> samples = Counted("learned rounding", calibration, count);
            return LearnedRounding.Apply(best.Graph, before, samples, count, rounded, cancellationToken);
        }

        ModelGraph Correct(ModelGraph before)
        {
            Action? done = null;
            return BiasCorrection.Apply(best.Graph, before, calibration, count, layers => (done ??= Stage("bias correction", layers))(), cancellationToken);
        }
    }

    /// <summary>Applies a method; without orders, keeps what it did only where it helps.</summary>
    private ModelGraph Try(string name, MethodUse use, ModelGraph quantized, Func<ModelGraph, ModelGraph> method)
    {
        if (use == MethodUse.Off)
        {
            return quantized;
        }

        double before = steps[^1].Kept ? steps[^1].SqnrDb : error.OutputSqnrDb(quantized);
        ModelGraph changed = method(quantized);
        double after = error.OutputSqnrDb(changed);
        bool kept = use == MethodUse.On || after >= before;
        steps.Add(new QuantizationStep(name, after, kept));
        return kept ? changed : quantized;
    }

    private Calibrated Calibrate(ModelGraph graph, string stage)
    {
        var observer = new HistogramObserver();
        ActivationCollector.Collect(graph, Counted(stage, calibration, observer.Passes * count), observer, cancellationToken);
        RangeMethod[] methods = options.Range is { } asked ? [asked]
            : options.Bits.ActivationBits == 16 ? [RangeMethod.MinMax] : Enum.GetValues<RangeMethod>();
        return Best(graph, methods.ToDictionary(method => method, method => observer.Ranges(method, options.RangeOptions)), options.Bits);
    }

    /// <summary>The ranges, of all that there are, that give the best outputs with certain bits.</summary>
    private Calibrated Best(
        ModelGraph graph, IReadOnlyDictionary<RangeMethod, IReadOnlyDictionary<string, (float Min, float Max)>> ranges, QuantizeOptions bits)
    {
        Calibrated? best = null;
        foreach (RangeMethod method in ranges.Keys)
        {
            ModelGraph quantized = Quantize(graph, ranges, method, bits);
            double sqnr = error.OutputSqnrDb(quantized);
            if (best is null || sqnr > best.SqnrDb)
            {
                best = new Calibrated(graph, ranges, method, bits, quantized, sqnr);
            }
        }

        return best!;
    }

    /// <summary>Quantizes with a method's ranges; a value that was given 16 bits needs none of it cut off.</summary>
    private static ModelGraph Quantize(
        ModelGraph graph, IReadOnlyDictionary<RangeMethod, IReadOnlyDictionary<string, (float Min, float Max)>> ranges, RangeMethod method, QuantizeOptions bits)
    {
        IReadOnlyDictionary<string, (float Min, float Max)> narrow = ranges[method], wide = ranges.GetValueOrDefault(RangeMethod.MinMax, narrow);
        var chosen = new Dictionary<string, (float Min, float Max)>(narrow);
        foreach (string value in bits.ValueBits.Keys.Where(value => bits.ActivationBitsOf(value) == 16 && wide.ContainsKey(value)))
        {
            chosen[value] = wide[value];
        }

        return Quantizer.Apply(graph, chosen, bits);
    }

    /// <summary>Gives what is normalized 16 bits, as far as it may have them.</summary>
    private Calibrated Widen(Calibrated plain)
    {
        return Widen(plain, options.WideValues, "16 bits before normalizations", () => NormalizedValues.Find(plain.Graph));
    }

    /// <summary>Gives what tables read, and make for small layers, 16 bits, as far as it may have them.</summary>
    private Calibrated WidenTables(Calibrated plain) => Widen(plain, options.WideTables, "16 bits around tables", () =>
    {
        using var runner = new FloatRunner(plain.Graph);
        return TableValues.Find(plain.Graph, runner.DescribeValues(held[0].Tensors));
    });

    private Calibrated Widen(Calibrated plain, MethodUse use, string name, Func<IEnumerable<string>> find)
    {
        if (use == MethodUse.Off)
        {
            return plain;
        }

        HashSet<string> possible = [.. WideValues(plain)];
        string[] values = [.. find().Where(possible.Contains)];
        if (values.Length == 0)
        {
            return plain;
        }

        Calibrated wide = Best(plain.Graph, plain.Ranges, plain.Bits.Widen(values));
        bool kept = use == MethodUse.On || wide.SqnrDb >= plain.SqnrDb + LeastWideGainDb;
        string ranges = wide.Range == plain.Range ? "" : $" with {NameOf(wide.Range)}";
        steps.Add(new QuantizationStep($"{name}{ranges}", wide.SqnrDb, kept));
        return kept ? wide : plain;
    }

    /// <summary>The values that may go up to 16 bits, in the graph's order.</summary>
    private IEnumerable<string> WideValues(Calibrated calibrated)
    {
        var groups = new ActivationGroups(calibrated.Graph, calibrated.Ranges[calibrated.Range], calibrated.Bits);
        IReadOnlySet<string>? allowed = options.CanBeWide?.Invoke(calibrated.Graph);
        HashSet<string> quantized = [.. calibrated.Quantized.Nodes.Where(node => node.OpType == "QuantizeLinear").Select(node => node.Outputs[0])];
        return calibrated.Graph.Inputs.Select(input => input.Name).Concat(calibrated.Graph.Nodes.SelectMany(node => node.Outputs))
            .Where(value => quantized.Contains($"{value}.int8") && (allowed is null || groups.SharedWith(value).All(allowed.Contains)));
    }

    private Calibrated Equalize(Calibrated plain)
    {
        steps.Add(new QuantizationStep(NameOf(plain.Range), plain.SqnrDb, Kept: true));
        if (options.Equalize == MethodUse.Off)
        {
            return plain;
        }

        ModelGraph graph = CrossLayerEqualization.Apply(
            plain.Graph, Counted("equalizing", calibration, count), options.Bits.PerChannelWeights, cancellationToken: cancellationToken);
        if (graph == plain.Graph)
        {
            return plain;
        }

        Calibrated equalized = Calibrate(graph, "calibrating the equalized graph");
        bool kept = options.Equalize == MethodUse.On || equalized.SqnrDb > plain.SqnrDb;
        steps.Add(new QuantizationStep(
            equalized.Range == plain.Range ? "cross-layer equalization" : $"cross-layer equalization with {NameOf(equalized.Range)}", equalized.SqnrDb, kept));
        return kept ? equalized : plain;
    }

    private Calibrated ChooseBits(Calibrated best)
    {
        if (options.Budget is not { } budget)
        {
            return best;
        }

        Action? done = null;
        HashSet<string> moved = [.. best.Graph.Nodes.Where(ActivationGroups.IsMove).SelectMany(node => node.Outputs)]; // of a group that has a value with a maker
        QuantizeOptions bits = MixedPrecision.Choose(
            best.Graph, bits => Quantize(best.Graph, best.Ranges, best.Range, bits), best.Bits, budget, [.. WideValues(best).Where(value => !moved.Contains(value))],
            held.Count <= MaxForChoices ? error : new QuantizationError(error.Graph, [.. held.Take(MaxForChoices)], cancellationToken),
            options.SizeOf ?? (graph => OnnxWriter.Write(graph).Length),
            candidates => (done ??= Stage("measuring sensitivity", candidates))(), cancellationToken);
        if (bits == best.Bits)
        {
            return best;
        }

        ModelGraph quantized = Quantize(best.Graph, best.Ranges, best.Range, bits);
        double sqnr = error.OutputSqnrDb(quantized);
        steps.Add(new QuantizationStep("mixed precision", sqnr, Kept: true));
        return best with { Bits = bits, Quantized = quantized, SqnrDb = sqnr };
    }

    private IEnumerable<CalibrationSample> Counted(string stage, IEnumerable<CalibrationSample> samples, int total)
    {
        Action? done = null;
        return Count();

        IEnumerable<CalibrationSample> Count()
        {
            done ??= Stage(stage, total);
            foreach (CalibrationSample sample in samples)
            {
                yield return sample;
                done();
            }
        }
    }

    private Action Stage(string name, int units) => options.Progress?.Invoke(name, Math.Max(1, units)) ?? (() => { });

    private static string NameOf(RangeMethod method) => method switch
    {
        RangeMethod.MinMax => "minimum and maximum",
        RangeMethod.MeanSquaredError => "ranges of least squared error",
        RangeMethod.Percentile => "percentile ranges",
        _ => "ranges of least divergence",
    };
}
