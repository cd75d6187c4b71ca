using Edge.Quantization.Calibration;
using Edge.Quantization.Graph;
using Edge.Quantization.Rewriting.Canonical;
using Edge.Quantization.Rewriting.Quantizing;

namespace Edge.Quantization.Rewriting.Compression;

/// <summary>What shall be taken out of a network.</summary>
public sealed record CompressionOptions
{
    /// <summary>Share of attention heads that goes; 0 to below 1.</summary>
    public double PruneHeads { get; init; }

    /// <summary>Share of hidden channels that goes; 0 to below 1.</summary>
    public double PruneChannels { get; init; }

    /// <summary>Share of each linear layer's output variance that a cut into two thin layers must keep; 1 cuts nothing.</summary>
    public double KeepEnergy { get; init; } = 1;
}

/// <summary>A step of compression and what the network is like after it.</summary>
/// <param name="Name">What was done; "original" for the network before all steps.</param>
/// <param name="Details">What was done where, a line each.</param>
/// <param name="Cost">What the network costs now.</param>
/// <param name="SqnrDb">Outputs over calibration samples against those of the original: power of the signal over power of the difference, in decibels.</param>
/// <param name="Graph">The network.</param>
public sealed record CompressionStep(string Name, IReadOnlyList<string> Details, ModelCost Cost, double SqnrDb, ModelGraph Graph);

/// <summary>Makes a float network smaller, step by step, and measures what each step costs.</summary>
public sealed class Compressor
{
    /// <summary>Samples over which the steps are compared with the original.</summary>
    private const int MeasuredSamples = 64;

    private readonly ModelGraph original;
    private readonly CalibrationData data;
    private readonly Action<string, Action<Action>> stage;
    private readonly CancellationToken cancellationToken;
    private readonly QuantizationError error;

    private Compressor(ModelGraph original, CalibrationData data, Action<string, Action<Action>> stage, CancellationToken cancellationToken)
    {
        (this.original, this.data, this.stage, this.cancellationToken) = (original, data, stage, cancellationToken);
        error = new QuantizationError(original, [.. data.Samples().Take(MeasuredSamples)]);
    }

    /// <summary>Applies the steps that are asked for: heads, channels, factorization. Each collects moments of what the step before left.</summary>
    /// <param name="graph">The float graph, as exported; not changed.</param>
    /// <param name="data">Calibration samples.</param>
    /// <param name="options">What to do.</param>
    /// <param name="stage">Runs a long stage by its name; the action that it is given runs the stage and calls its own argument after each clip.</param>
    /// <param name="cancellationToken">Stops between two samples.</param>
    /// <returns>The original and what each step made of it.</returns>
    /// <exception cref="GraphFormatException">A step finds nothing that it could take out.</exception>
    public static IReadOnlyList<CompressionStep> Run(
        ModelGraph graph, CalibrationData data, CompressionOptions options, Action<string, Action<Action>> stage, CancellationToken cancellationToken = default)
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

        if (options.PruneChannels > 0)
        {
            steps.Add(compressor.Step("channels pruned", ref current, (target, moments) =>
                [.. ChannelPruning.Apply(target, moments, options.PruneChannels).Select(cut => $"{cut.Layers}: {cut.Removed} of {cut.Channels} channels, loss {cut.Loss:P1}")]));
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
        IReadOnlyDictionary<Node, InputMoments>? moments = null;
        stage(name, done => moments = InputMoments.Collect(target, data, done, cancellationToken));
        IReadOnlyList<string> details = apply(target, moments!);
        current = target;
        return Measure(name, details, target);
    }

    private CompressionStep Measure(string name, IReadOnlyList<string> details, ModelGraph graph)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var runner = new FloatRunner(graph);
        ModelCost cost = ModelCost.Of(graph, runner.DescribeValues(data.Samples().First().Tensors));
        return new CompressionStep(name, details, cost, error.OutputSqnrDb(graph), graph);
    }

    /// <summary>Shapes as they are for the first sample: static ones, also where the graph takes any number of frames.</summary>
    private void FillShapes(ModelGraph graph)
    {
        using var runner = new FloatRunner(graph);
        graph.ValueInfos.Clear();
        foreach ((string name, ValueInfo value) in runner.DescribeValues(data.Samples().First().Tensors))
        {
            graph.ValueInfos[name] = value;
        }
    }
}
