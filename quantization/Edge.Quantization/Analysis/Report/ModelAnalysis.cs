using Edge.Inference;
using Edge.OnnxRuntime;
using Edge.Quantization.Analysis.Comparison;
using Edge.Quantization.Calibration;
using Edge.Quantization.Compilation;
using Edge.Quantization.Graph;
using Edge.Quantization.Rewriting.Canonical;
using Edge.Quantization.Rewriting.Quantizing;

namespace Edge.Quantization.Analysis.Report;

/// <summary>Finds the layers at which a quantized model loses accuracy: one float and one quantized run for each sample, in bounded memory.</summary>
public sealed class ModelAnalysis
{
    private const int HistogramBars = 96;

    /// <summary>Rounding does not leave weights of 8 bits, or 4, as far from the float ones as this; scaling channels does.</summary>
    private const double RescaledDb = 25, RescaledFewBitsDb = 10;

    private readonly ModelGraph graph;
    private readonly IReadOnlyList<AnalyzedLayer> layers;
    private readonly MemoryShares memory;
    private readonly AnalysisOptions options;
    private readonly Dictionary<string, ActivationStatistics> statistics = [];
    private readonly TopAgreement top = new();
    private readonly List<ClipReport> clips = [];
    private readonly TensorDifference output = new();
    private readonly AccuracyCounter accuracy = new();
    private ModelGraph? original; // where the layers' reference is not the float model itself
    private int done;

    private ModelAnalysis(ModelGraph graph, IReadOnlyList<AnalyzedLayer> layers, MemoryShares memory, AnalysisOptions options) =>
        (this.graph, this.layers, this.memory, this.options) = (graph, layers, memory, options);

    /// <summary>Analyses a graph that was quantized by <see cref="Quantizer"/> or any tool that writes QuantizeLinear and DequantizeLinear.</summary>
    /// <param name="graph">The float graph; cleaned up here, not changed.</param>
    /// <param name="quantized">The quantized graph.</param>
    /// <param name="samples">What <paramref name="graph"/> reads; enumerated twice.</param>
    /// <param name="sampleCount">About how many there are, for the progress.</param>
    /// <param name="options">How thoroughly.</param>
    /// <exception cref="InvalidDataException">The models do not belong together, or the samples do not fit.</exception>
    /// <exception cref="OnnxRuntimeException">The native library is missing, or it refuses a graph.</exception>
    public static AnalysisResult Run(ModelGraph graph, ModelGraph quantized, IEnumerable<CalibrationSample> samples, int sampleCount, AnalysisOptions options)
    {
        ModelGraph cleaned = CleanedUp(graph);
        IReadOnlyList<QuantizedValue> values = QuantizedValue.Find(quantized);
        IReadOnlyList<AnalyzedLayer> layers = AnalyzedLayer.Find(cleaned, quantized, values);
        RequireSameNetwork(graph.Name, quantized.Name, layers.Count, values.Count);
        if (layers.Any(layer => layer.Weights is { Bits: >= 8, SqnrDb: < RescaledDb } or { Bits: < 8, SqnrDb: < RescaledFewBitsDb }))
        {
            ModelGraph twin = FloatTwin.Of(quantized);
            using var scaled = new OnnxModelRunner(quantized, quantized.Name);
            var analysis = new ModelAnalysis(twin, AnalyzedLayer.Find(twin, quantized, values), MemoryShares.Of(quantized), options) { original = cleaned };
            return analysis.Run(scaled, samples, sampleCount) with { Float = graph.Name, IsRescaled = true };
        }

        using var runner = new OnnxModelRunner(quantized, quantized.Name);
        return new ModelAnalysis(cleaned, layers, MemoryShares.Of(quantized), options).Run(runner, samples, sampleCount);
    }

    /// <summary>Analyses a compiled model, which runs in the integer engine; of its weights, the errors are not known.</summary>
    /// <inheritdoc cref="Run(ModelGraph, ModelGraph, IEnumerable{CalibrationSample}, int, AnalysisOptions)"/>
    public static AnalysisResult Run(ModelGraph graph, IntegerModelRunner quantized, IEnumerable<CalibrationSample> samples, int sampleCount, AnalysisOptions options)
    {
        ModelGraph cleaned = CleanedUp(graph);
        Dictionary<string, string> names = [];
        foreach (string name in cleaned.Inputs.Select(input => input.Name).Concat(cleaned.Nodes.SelectMany(node => node.Outputs)))
        {
            names.TryAdd(PlanDraft.Shorten(name), name);
        }

        names[quantized.Output] = cleaned.Outputs[0].Name;
        names[quantized.Input] = cleaned.Inputs[0].Name;
        Model model = quantized.Model;
        TensorInfo[] tensors = [.. model.Operators.Select(o => o.Output).Prepend(model.Input)
            .Where(tensor => tensor.Storage == TensorStorage.Arena && tensor.Type is Inference.ElementType.Int8 or Inference.ElementType.Int16)];
        List<QuantizedValue> values = [.. tensors
            .Select(tensor => (Tensor: tensor, Name: names.GetValueOrDefault(tensor == model.Output ? quantized.Output : tensor.Name)))
            .Where(found => found.Name is not null)
            .Select(found => new QuantizedValue(
                found.Name!, found.Name!, found.Name!, new QuantizationParameters((float)found.Tensor.Scale, found.Tensor.ZeroPoint), 8 * found.Tensor.Type.Bytes(), true))];
        IReadOnlyList<AnalyzedLayer> layers = AnalyzedLayer.Find(cleaned, null, values);
        RequireSameNetwork(graph.Name, quantized.Name, layers.Count, tensors.Length);
        return new ModelAnalysis(cleaned, layers, MemoryShares.Of(model), options).Run(quantized, samples, sampleCount);
    }

    /// <summary>A few tensors of a compiled model have no name in the graph, such as what the compiler pads; most must have.</summary>
    private static void RequireSameNetwork(string graph, string quantized, int found, int values)
    {
        if (found * 2 < values || found == 0)
        {
            throw new InvalidDataException($"Of the {values} quantized values of {quantized}, {found} are in {graph}; expected the model that was quantized from it.");
        }
    }

    private static ModelGraph CleanedUp(ModelGraph graph)
    {
        ModelGraph cleaned = graph.Clone();
        Cleanup.Apply(cleaned);
        return cleaned;
    }

    private AnalysisResult Run(ModelRunner quantized, IEnumerable<CalibrationSample> samples, int sampleCount)
    {
        AnalyzedLayer[] measured = [.. layers.Where(layer => !layer.OnlyMoves)];
        int total = sampleCount + (options.IsolatedSamples > 0 ? measured.Length : 0);
        int count;
        using (var reference = new OnnxModelRunner(graph, graph.Name))
        {
            count = Observe(reference, quantized, samples, sampleCount, total);
        }

        Dictionary<string, double> isolated = [];
        int isolatedSamples = Math.Min(options.IsolatedSamples, count);
        if (isolatedSamples > 0)
        {
            done = sampleCount;
            var isolation = new LayerIsolation(graph, samples.SelectMany(quantized.Cut).Take(isolatedSamples));
            foreach (AnalyzedLayer layer in measured)
            {
                options.CancellationToken.ThrowIfCancellationRequested();
                isolated[layer.Value.Name] = isolation.Measure(layer).SqnrDb;
                options.Progress?.Invoke(++done, total);
            }
        }

        return Result(quantized, measured, isolated, count, isolatedSamples);
    }

    private int Observe(OnnxModelRunner reference, ModelRunner quantized, IEnumerable<CalibrationSample> samples, int sampleCount, int total)
    {
        var run = new PairedRun(reference, quantized);
        using OnnxModelRunner? ends = original is null ? null : new OnnxModelRunner(original, original.Name, outputsOnly: true);
        PairedRun? whole = ends is null ? null : new PairedRun(ends, quantized);
        Dictionary<string, AnalyzedLayer> byName = [];
        foreach (AnalyzedLayer layer in layers)
        {
            byName.TryAdd(PlanDraft.Shorten(layer.Value.Name), layer);
        }

        int count = 0;
        int tooShort = 0;
        foreach (CalibrationSample sample in samples)
        {
            options.CancellationToken.ThrowIfCancellationRequested();
            var clip = new TensorDifference();
            long vectors = top.Vectors;
            int changed = 0;
            int parts = run.Run(sample, pair =>
            {
                if (byName.TryGetValue(pair.Name, out AnalyzedLayer? layer))
                {
                    StatisticsOf(layer, pair.Shape.Length).Add(pair);
                }

                if (whole is null)
                {
                    AddOutput(pair);
                }
            });
            whole?.Run(sample, AddOutput);
            (count, tooShort) = parts > 0 ? (count + 1, tooShort) : (count, tooShort + 1);
            if (parts > 0)
            {
                clips.Add(new ClipReport(sample.Name, clip.SqnrDb, top.Vectors - vectors, changed));
            }

            done = Math.Min(done + 1, sampleCount); // a long clip may be several samples
            options.Progress?.Invoke(done, total);

            void AddOutput(ActivationPair pair)
            {
                if (pair.Name == reference.Output)
                {
                    output.Add(pair.Reference, pair.Other, pair.Step);
                    clip.Add(pair.Reference, pair.Other, pair.Step);
                    changed += top.Add(pair.Reference, pair.Other, pair.Shape);
                    if (options.ClassOf?.Invoke(sample.Name) is { } label && pair.Shape.Length > 0)
                    {
                        accuracy.Add(pair.Reference, pair.Other, pair.Shape[^1], label);
                    }
                }
            }
        }

        ModelComparison.Check(reference, quantized, count, tooShort, statistics.Count, run);
        return count;
    }

    private ActivationStatistics StatisticsOf(AnalyzedLayer layer, int rank)
    {
        if (!statistics.TryGetValue(layer.Value.Name, out ActivationStatistics? found))
        {
            statistics[layer.Value.Name] = found = new ActivationStatistics(layer.Value, ChannelAxis.Find(graph, layer.Value.Name, rank));
        }

        return found;
    }

    private AnalysisResult Result(ModelRunner quantized, AnalyzedLayer[] measured, Dictionary<string, double> isolated, int count, int isolatedSamples)
    {
        double noise = isolated.Values.Sum(NoiseOf);
        LayerReport[] reports = [.. measured.Where(layer => statistics.ContainsKey(layer.Value.Name)).Select(layer =>
        {
            double? alone = isolated.TryGetValue(layer.Value.Name, out double db) ? db : null;
            return Report(layer, statistics[layer.Value.Name], alone, count) with { LossShare = alone is { } own && noise > 0 ? NoiseOf(own) / noise : null };
        })];
        if (output.Count == 0)
        {
            throw new InvalidDataException($"The result of {quantized.Name} has another shape than '{graph.Outputs[0].Name}' of {graph.Name}; they do not belong together.");
        }

        var result = new AnalysisResult
        {
            Float = graph.Name,
            Quantized = quantized.Name,
            Samples = count,
            IsolatedSamples = isolatedSamples,
            Layers = reports,
            Output = output,
            Top = top,
            Accuracy = accuracy.Accuracy,
            WorstClips = [.. clips.OrderByDescending(clip => clip.TopChanged > 0).ThenBy(clip => clip.SqnrDb).Take(options.WorstClips)],
            Advice = [],
            MemoryBytes = memory.Bytes,
        };
        return result with { Advice = AdviceRules.Apply(result) };
    }

    private LayerReport Report(AnalyzedLayer layer, ActivationStatistics values, double? isolated, int samples)
    {
        string name = PlanDraft.Shorten(layer.Value.Name);
        RangeHistogram histogram = values.Histogram;
        double low = Math.Max(layer.Value.Min, Math.Min(histogram.Min, 0));
        double high = Math.Min(layer.Value.Max, Math.Max(histogram.Max, 0));
        double common = histogram.Magnitude(0.999);
        (int arena, int state) = memory.Share(name);
        QuantizedWeights? weights = layer.Weights;
        return new LayerReport
        {
            Name = name,
            Kind = layer.Kind,
            Shape = values.Shape,
            Bits = layer.Value.Bits,
            Range = (layer.Value.Min, layer.Value.Max),
            Seen = (histogram.Min, histogram.Max),
            Histogram = histogram.Bars(HistogramBars),
            SaturatedShare = (double)values.Saturated / Math.Max(values.Elements, 1),
            UsedShare = Math.Max(high - low, 0) / (layer.Value.Max - layer.Value.Min),
            RoundingSqnrDb = values.RoundingSqnrDb,
            MedianChannelSqnrDb = values.MedianChannelSqnrDb,
            ChannelSpread = values.ChannelSpread,
            LoudChannels = values.LoudChannels,
            TailRatio = common > 0 ? Math.Max(-layer.Value.Min, layer.Value.Max) / common : 1,
            ClippingShare = values.RoundingNoise > 0 ? values.ClippingNoise / values.RoundingNoise : 0,
            BiasShare = values.BiasShare,
            Accumulated = values.Accumulated,
            IsolatedSqnrDb = isolated,
            Weights = weights is null ? null : new WeightReport(weights.Bits, weights.Bytes, weights.PerChannel, original is null ? weights.SqnrDb : double.NaN, weights.ChannelSpread),
            MultiplyAccumulates = (double)layer.MultiplyAccumulatesPerElement(graph) * values.Elements / samples,
            ArenaBytes = arena,
            StateBytes = state,
        };
    }

    /// <summary>Noise over signal of a ratio in decibels.</summary>
    private static double NoiseOf(double db) => double.IsNegativeInfinity(db) ? 1 : Math.Pow(10, -db / 10);
}
