using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Patterns;

namespace Edge.Quantization.Rewriting.Quantizing;

/// <summary>What mixed precision must reach; at least one of the two.</summary>
public sealed record PrecisionBudget
{
    /// <summary>Most bytes of the model; weights go down to 4 bits until it fits.</summary>
    public long? MaxBytes { get; init; }

    /// <summary>Least signal to quantization noise of the outputs, in decibels; weights go up to 8 bits and values to 16 until it is reached.</summary>
    public double? MinSqnrDb { get; init; }

    /// <summary>Whether values may take 16 bits.</summary>
    public bool AllowWideValues { get; init; } = true;
}

/// <summary>Chooses bits layer by layer by their measured effect on the graph's outputs.</summary>
/// <remarks>
/// Greedy: what a single change does to the noise at the outputs is measured for each candidate alone; the changes are then made in order
/// of noise for each byte (down) or of noise taken away (up) until the budget is met. Costs one short run of the graph a candidate.
/// </remarks>
public sealed class MixedPrecision
{
    private readonly ModelGraph graph;
    private readonly IReadOnlyDictionary<string, (float Min, float Max)> ranges;
    private readonly QuantizationError error;
    private readonly Func<ModelGraph, long> sizeOf;
    private readonly Action<int>? measured;
    private readonly CancellationToken cancellationToken;

    private MixedPrecision(
        ModelGraph graph, IReadOnlyDictionary<string, (float Min, float Max)> ranges, QuantizationError error, Func<ModelGraph, long> sizeOf,
        Action<int>? measured, CancellationToken cancellationToken) =>
        (this.graph, this.ranges, this.error, this.sizeOf, this.measured, this.cancellationToken) = (graph, ranges, error, sizeOf, measured, cancellationToken);

    /// <summary>Chooses the bits.</summary>
    /// <param name="graph">The float graph.</param>
    /// <param name="ranges">The ranges of its values.</param>
    /// <param name="options">Where to start.</param>
    /// <param name="budget">What to reach.</param>
    /// <param name="error">Measures.</param>
    /// <param name="sizeOf">Bytes of the model that a quantized graph becomes.</param>
    /// <param name="measured">Called for each candidate with how many there are.</param>
    /// <param name="cancellationToken">Stops between two candidates.</param>
    /// <exception cref="InvalidDataException">Even 4 bits everywhere do not fit into the bytes.</exception>
    public static QuantizeOptions Choose(
        ModelGraph graph, IReadOnlyDictionary<string, (float Min, float Max)> ranges, QuantizeOptions options, PrecisionBudget budget,
        QuantizationError error, Func<ModelGraph, long> sizeOf, Action<int>? measured = null, CancellationToken cancellationToken = default)
    {
        var choice = new MixedPrecision(graph, ranges, error, sizeOf, measured, cancellationToken);
        QuantizeOptions chosen = budget.MinSqnrDb is { } least ? choice.Raise(options, least, budget.AllowWideValues) : options;
        return budget.MaxBytes is { } most ? choice.Lower(chosen, most) : chosen;
    }

    private static QuantizeOptions With(QuantizeOptions options, string layer, int bits) =>
        options with { LayerWeightBits = new Dictionary<string, int>(options.LayerWeightBits) { [layer] = bits } };

    private static QuantizeOptions Widen(QuantizeOptions options, string value) =>
        options with { ValueBits = new Dictionary<string, int>(options.ValueBits) { [value] = 16 } };

    private QuantizeOptions Lower(QuantizeOptions options, long maxBytes)
    {
        ModelGraph start = Quantize(options);
        long bytes = sizeOf(start);
        if (bytes <= maxBytes)
        {
            return options;
        }

        List<Node> layers = [.. Layers().Where(layer => options.WeightBitsOf(layer.Outputs[0]) == 8)];
        var candidates = new List<(string Layer, double NoisePerByte)>();
        foreach (Node layer in layers)
        {
            int saved = graph.Initializers[layer.Inputs[1]].Count / 2;
            candidates.Add((layer.Outputs[0], Noise(Quantize(With(options, layer.Outputs[0], 4))) / Math.Max(1, saved)));
            measured?.Invoke(layers.Count);
        }

        // The sort is stable, so equal noise keeps the graph's order.
        foreach ((string layer, _) in candidates.OrderBy(candidate => candidate.NoisePerByte))
        {
            options = With(options, layer, 4);
            bytes = sizeOf(Quantize(options));
            if (bytes <= maxBytes)
            {
                return options;
            }
        }

        throw new InvalidDataException(
            $"With all weights in 4 bits the model still takes {bytes} bytes; the budget is {maxBytes}. Allow more bytes, or make the network smaller.");
    }

    private QuantizeOptions Raise(QuantizeOptions options, double leastDb, bool allowWideValues)
    {
        ModelGraph start = Quantize(options);
        double reached = error.OutputSqnrDb(start);
        if (reached >= leastDb)
        {
            return options;
        }

        var raises = new List<Func<QuantizeOptions, QuantizeOptions>>();
        foreach (string layer in Layers().Select(layer => layer.Outputs[0]).Where(layer => options.WeightBitsOf(layer) == 4))
        {
            raises.Add(before => With(before, layer, 8));
        }

        foreach (string value in allowWideValues ? NarrowValues(start) : [])
        {
            raises.Add(before => Widen(before, value));
        }

        var candidates = new List<(Func<QuantizeOptions, QuantizeOptions> Raise, double Noise)>();
        foreach (Func<QuantizeOptions, QuantizeOptions> raise in raises)
        {
            candidates.Add((raise, Noise(Quantize(raise(options)))));
            measured?.Invoke(raises.Count);
        }

        foreach ((Func<QuantizeOptions, QuantizeOptions> raise, _) in candidates.OrderBy(candidate => candidate.Noise))
        {
            options = raise(options);
            if (error.OutputSqnrDb(Quantize(options)) >= leastDb)
            {
                break;
            }
        }

        return options;
    }

    private IEnumerable<Node> Layers() => graph.Nodes.Where(node => WeightLayer.Is(graph, node));

    /// <summary>Values of 8 bits, one for each group that shares its quantization.</summary>
    private IEnumerable<string> NarrowValues(ModelGraph quantized)
    {
        HashSet<string> made = [.. quantized.Nodes.Where(node => node.OpType == "QuantizeLinear").Select(node => node.Outputs[0])];
        return graph.Inputs.Select(input => input.Name)
            .Concat(graph.Nodes.Where(node => !ActivationGroups.IsMove(node)).SelectMany(node => node.Outputs))
            .Where(value => made.Contains($"{value}.int8"));
    }

    private ModelGraph Quantize(QuantizeOptions options)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Quantizer.Apply(graph, ranges, options);
    }

    private double Noise(ModelGraph quantized) => Math.Pow(10, -error.OutputSqnrDb(quantized) / 10);
}
