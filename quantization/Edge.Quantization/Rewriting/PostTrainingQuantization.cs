using Edge.Quantization.Calibration;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Onnx;

namespace Edge.Quantization.Rewriting;

/// <summary>The whole way from a trained float graph to a quantized one: clean up, equalize, calibrate, choose bits, round, correct, measure.</summary>
/// <remarks>Every tenth sample (of the first 640) is held back; a method that nobody insists on is kept only where outputs come nearer to the float graph's on those.</remarks>
public sealed class PostTrainingQuantization
{
    private const int HeldEvery = 10;
    private const int MaxHeld = 64;

    /// <summary>Samples for choices that are measured over and over, as mixed precision is.</summary>
    private const int MaxForChoices = 16;

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

    /// <summary>A stage's ranges and the graph that they are of.</summary>
    private sealed record Calibrated(ModelGraph Graph, IReadOnlyDictionary<string, (float Min, float Max)> Ranges, RangeMethod Range, ModelGraph Quantized, double SqnrDb);

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
        QuantizeOptions bits = ChooseBits(ref best);
        ModelGraph quantized = best.Quantized;
        quantized = Try("learned rounding", options.LearnedRounding, quantized, Round);
        quantized = Try("bias correction", options.BiasCorrection, quantized, Correct);
        return new PostTrainingResult
        {
            Real = real,
            Quantized = quantized,
            Bits = bits,
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
            return BiasCorrection.Apply(best.Graph, before, calibration, layers => (done ??= Stage("bias correction", layers))(), cancellationToken);
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
        Calibrated? best = null;
        foreach (RangeMethod method in methods)
        {
            IReadOnlyDictionary<string, (float Min, float Max)> ranges = observer.Ranges(method, options.RangeOptions);
            ModelGraph quantized = Quantizer.Apply(graph, ranges, options.Bits);
            double sqnr = error.OutputSqnrDb(quantized);
            if (best is null || sqnr > best.SqnrDb)
            {
                best = new Calibrated(graph, ranges, method, quantized, sqnr);
            }
        }

        return best!;
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

    private QuantizeOptions ChooseBits(ref Calibrated best)
    {
        if (options.Budget is not { } budget)
        {
            return options.Bits;
        }

        Action? done = null;
        QuantizeOptions bits = MixedPrecision.Choose(
            best.Graph, best.Ranges, options.Bits, budget,
            held.Count <= MaxForChoices ? error : new QuantizationError(error.Graph, [.. held.Take(MaxForChoices)], cancellationToken),
            options.SizeOf ?? (graph => OnnxWriter.Write(graph).Length),
            candidates => (done ??= Stage("measuring sensitivity", candidates))(), cancellationToken);
        if (bits == options.Bits)
        {
            return bits;
        }

        ModelGraph quantized = Quantizer.Apply(best.Graph, best.Ranges, bits);
        best = best with { Quantized = quantized, SqnrDb = error.OutputSqnrDb(quantized) };
        steps.Add(new QuantizationStep("mixed precision", best.SqnrDb, Kept: true));
        return bits;
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
