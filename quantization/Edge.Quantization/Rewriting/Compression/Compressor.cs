using Edge.Quantization.Calibration;
using Edge.Quantization.Graph;
using Edge.Quantization.Rewriting.Canonical;
using Edge.Quantization.Rewriting.Quantizing;

namespace Edge.Quantization.Rewriting.Compression;

/// <summary>Makes a float network smaller, step by step, and measures what each step costs.</summary>
public sealed class Compressor
{
    /// <summary>Samples over which the steps are compared with the original.</summary>
    private const int MeasuredSamples = 64;

    private readonly CalibrationData data;
    private readonly Func<string, int, Action> stage;
    private readonly CancellationToken cancellationToken;
    private readonly QuantizationError error;
    private readonly CalibrationSample first;

    private Compressor(ModelGraph original, CalibrationData data, Func<string, int, Action> stage, CancellationToken cancellationToken)
    {
        (this.data, this.stage, this.cancellationToken) = (data, stage, cancellationToken);
        int step = Math.Max(1, data.Count / MeasuredSamples); // evenly: clips of one class often lie together
        CalibrationSample[] measured = [.. data.Samples().Where((_, i) => i % step == 0).Take(MeasuredSamples)];
        (first, error) = (measured[0], new QuantizationError(original, measured));
    }

    /// <summary>Applies the steps that are asked for: heads, channels, factorization. Each collects moments of what the step before left.</summary>
    /// <param name="graph">The float graph, as exported; not changed.</param>
    /// <param name="data">Calibration samples.</param>
    /// <param name="options">What to do.</param>
    /// <param name="stage">Called with the name and the number of clips of each stage that takes long; what it gives is called after each clip.</param>
    /// <param name="cancellationToken">Stops between two samples.</param>
    /// <returns>The original and what each step made of it.</returns>
    /// <exception cref="GraphFormatException">A step finds nothing that it could take out.</exception>
    public static IReadOnlyList<CompressionStep> Run(
        ModelGraph graph, CalibrationData data, CompressionOptions options, Func<string, int, Action> stage, CancellationToken cancellationToken = default)
    {
        ModelGraph current = graph.Clone();
        Cleanup.Apply(current);
        var compressor = new Compressor(current, data, stage, cancellationToken);
        var steps = new List<CompressionStep> { compressor.Measure("original", [], current) };
        if (options.PruneHeads > 0)
        {
            steps.Add(compressor.Step("heads pruned", ref current, (target, moments) =>
                [.. HeadPruning.Apply(target, moments, options.PruneHeads).Select(cut => $"{cut.Attention}: {cut.Removed.Count} of {cut.Heads} heads ({string.Join(", ", cut.Removed)}), loss {cut.Loss:P1}")]));
        }

        if (options.PruneChannels > 0 || options.Limit is not null)
        {
            steps.Add(compressor.Step("channels pruned", ref current, (target, moments) =>
                [.. compressor.PruneChannels(target, moments, options).Select(cut => $"{cut.Layers}: {cut.Removed} of {cut.Channels} channels, loss {cut.Loss:P1}")]));
        }

        if (options.KeepEnergy < 1)
        {
            steps.Add(compressor.Step("layers factorized", ref current, (target, moments) =>
                [.. LowRankFactorization.Apply(target, moments, options.KeepEnergy).Select(cut => $"{cut.Layer}: rank {cut.Rank} of {cut.FullRank}, {cut.SavedParameters} parameters saved")]));
        }

        return steps;
    }

    private CompressionStep Step(string name, ref ModelGraph current, Func<ModelGraph, IReadOnlyDictionary<Node, InputMoments>, IReadOnlyList<string>> apply)
    {
        ModelGraph target = current.Clone();
        FillShapes(target);
        IReadOnlyList<string> details = apply(target, InputMoments.Collect(target, data, stage(name, data.Count), cancellationToken));
        current = target;
        return Measure(name, details, target);
    }

    private CompressionStep Measure(string name, IReadOnlyList<string> details, ModelGraph graph) =>
        new(name, details, CostOf(graph), error.OutputSqnrDb(graph), graph);

    private IReadOnlyList<ChannelPruning.Cut> PruneChannels(ModelGraph graph, IReadOnlyDictionary<Node, InputMoments> moments, CompressionOptions options)
    {
        var pruning = new ChannelPruning(graph, moments, options.ChannelMultiple);
        return options.Limit is { } limit ? pruning.Apply(limit, CostOf) : pruning.Apply(options.PruneChannels);
    }

    private ModelCost CostOf(ModelGraph graph) => ModelCost.Of(graph, Describe(graph));

    private void FillShapes(ModelGraph graph)
    {
        graph.ValueInfos.Clear();
        foreach ((string name, ValueInfo value) in Describe(graph))
        {
            graph.ValueInfos[name] = value;
        }
    }

    /// <summary>Values as they are for the first sample: of static shape, also where the graph takes any number of frames.</summary>
    private IReadOnlyDictionary<string, ValueInfo> Describe(ModelGraph graph)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var runner = new FloatRunner(graph);
        return runner.DescribeValues(first.Tensors);
    }
}
