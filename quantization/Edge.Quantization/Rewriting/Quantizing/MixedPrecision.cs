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
}

/// <summary>Chooses bits layer by layer by their measured effect on the graph's outputs.</summary>
/// <remarks>
/// Greedy: what a single change does to the noise at the outputs is measured for each candidate alone; the changes are then made in order
/// of noise for each byte (down) or of noise taken away (up) until the budget is met. Of what went up, the last first, all that the budget
/// does not need comes down again. Costs one short run of the graph a candidate, and another for each that went up.
/// </remarks>
public sealed class MixedPrecision
{
    private readonly ModelGraph graph;
    private readonly Func<QuantizeOptions, ModelGraph> quantize;
    private readonly QuantizationError error;
    private readonly Func<ModelGraph, long> sizeOf;
    private readonly Action<int>? measured;
    private readonly CancellationToken cancellationToken;

    private MixedPrecision(
        ModelGraph graph, Func<QuantizeOptions, ModelGraph> quantize, QuantizationError error, Func<ModelGraph, long> sizeOf,
        Action<int>? measured, CancellationToken cancellationToken) =>
        (this.graph, this.quantize, this.error, this.sizeOf, this.measured, this.cancellationToken) = (graph, quantize, error, sizeOf, measured, cancellationToken);

    /// <summary>Chooses the bits.</summary>
    /// <param name="graph">The float graph.</param>
    /// <param name="quantize">Quantizes it with certain bits.</param>
    /// <param name="options">Where to start.</param>
    /// <param name="budget">What to reach.</param>
    /// <param name="error">Measures.</param>
    /// <param name="wideValues">The values that may go up to 16 bits, one for each group that shares its quantization.</param>
    /// <param name="sizeOf">Bytes of the model that a quantized graph becomes.</param>
    /// <param name="measured">Called for each candidate with how many there are.</param>
    /// <param name="cancellationToken">Stops between two candidates.</param>
    /// <exception cref="InvalidDataException">Even 4 bits everywhere do not fit into the bytes.</exception>
    public static QuantizeOptions Choose(
        ModelGraph graph, Func<QuantizeOptions, ModelGraph> quantize, QuantizeOptions options, PrecisionBudget budget, IReadOnlyList<string> wideValues,
        QuantizationError error, Func<ModelGraph, long> sizeOf, Action<int>? measured = null, CancellationToken cancellationToken = default)
    {
        var choice = new MixedPrecision(graph, quantize, error, sizeOf, measured, cancellationToken);
        QuantizeOptions chosen = budget.MinSqnrDb is { } least ? choice.Raise(options, least, wideValues) : options;
        return budget.MaxBytes is { } most ? choice.Lower(chosen, most) : chosen;
    }

    private static QuantizeOptions With(QuantizeOptions options, string layer, int bits) =>
        options with { LayerWeightBits = new Dictionary<string, int>(options.LayerWeightBits) { [layer] = bits } };

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

    private QuantizeOptions Raise(QuantizeOptions options, double leastDb, IReadOnlyList<string> wideValues)
    {
        if (Reaches(options))
        {
            return options;
        }

        var raises = new List<Func<QuantizeOptions, QuantizeOptions>>();
        foreach (string layer in Layers().Select(layer => layer.Outputs[0]).Where(layer => options.WeightBitsOf(layer) == 4))
        {
            raises.Add(before => With(before, layer, 8));
        }

        foreach (string value in wideValues.Where(value => options.ActivationBitsOf(value) == 8))
        {
            raises.Add(before => before.Widen([value]));
        }

        var candidates = new List<(Func<QuantizeOptions, QuantizeOptions> Raise, double Noise)>();
        foreach (Func<QuantizeOptions, QuantizeOptions> raise in raises)
        {
            candidates.Add((raise, Noise(Quantize(raise(options)))));
            measured?.Invoke(raises.Count);
        }

        var made = new List<Func<QuantizeOptions, QuantizeOptions>>();
        bool reached = false;
        foreach ((Func<QuantizeOptions, QuantizeOptions> raise, _) in candidates.OrderBy(candidate => candidate.Noise))
        {
            made.Add(raise);
            reached = Reaches(Made());
            if (reached)
            {
                break;
            }
        }

        for (int i = made.Count - 1; reached && i >= 0; i--)
        {
            Func<QuantizeOptions, QuantizeOptions> raise = made[i];
            made.RemoveAt(i);
            if (!Reaches(Made()))
            {
                made.Insert(i, raise);
            }
        }

        return Made();

        QuantizeOptions Made() => made.Aggregate(options, (before, raise) => raise(before));

        bool Reaches(QuantizeOptions bits) => error.OutputSqnrDb(Quantize(bits)) >= leastDb;
    }

    private IEnumerable<Node> Layers() => graph.Nodes.Where(node => WeightLayer.Is(graph, node));

    private ModelGraph Quantize(QuantizeOptions options)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return quantize(options);
    }

    private double Noise(ModelGraph quantized) => Math.Pow(10, -error.OutputSqnrDb(quantized) / 10);
}
