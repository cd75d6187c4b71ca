using Edge.Quantization.Calibration;
using Edge.Quantization.Graph;

namespace Edge.Quantization.Rewriting.Quantizing;

/// <summary>Takes the mean error of every channel of a layer's output, which quantization brings, off the layer's bias.</summary>
/// <remarks>
/// Empirical bias correction (Nagel et al. 2019, section 4.2): E[y float] − E[y quantized] over calibration samples is added to the bias.
/// Layer by layer in order, so that a correction sees the layers before it quantized and corrected. Each layer runs the part of the
/// quantized graph that leads to it, so cost is layers times samples: of large graphs, fewer samples are used (<see cref="MaxRuns"/>).
/// A MatMul without an Add behind it has no bias and is left alone.
/// </remarks>
public static class BiasCorrection
{
    /// <summary>Most samples for one layer; the mean of a channel needs no more.</summary>
    private const int MaxSamples = 32;

    /// <summary>Most runs of parts of the quantized graph in all, one a layer and sample; at least one sample a layer is used.</summary>
    private const int MaxRuns = 4096;

    /// <summary>Corrects all layers that have a bias or can have one.</summary>
    /// <param name="graph">The float graph.</param>
    /// <param name="quantized">What <see cref="Quantizer"/> made of it; not changed.</param>
    /// <param name="samples">Calibration samples; 32 at most, spread evenly over all, are kept in memory.</param>
    /// <param name="count">How many samples there are.</param>
    /// <param name="layerDone">Called after each layer with how many there are.</param>
    /// <param name="cancellationToken">Stops between two samples.</param>
    /// <returns>The quantized graph with other biases.</returns>
    public static ModelGraph Apply(
        ModelGraph graph, ModelGraph quantized, IEnumerable<CalibrationSample> samples, int count, Action<int>? layerDone = null, CancellationToken cancellationToken = default)
    {
        ModelGraph corrected = quantized.Clone();
        IReadOnlyList<QuantizedLayer> layers = QuantizedLayer.FindAll(graph, corrected);
        List<LayerBias> biases = [.. layers.Select(layer => LayerBias.Of(graph, corrected, layer)).OfType<LayerBias>()];
        int most = Math.Min(count, Math.Clamp(MaxRuns / Math.Max(1, biases.Count), 1, MaxSamples));
        CalibrationSample[] used = [.. samples.Where((_, i) => (long)(i + 1) * most / count > (long)i * most / count)];
        IReadOnlyDictionary<string, ChannelStatistics> real = Means(graph, biases.ToDictionary(bias => bias.RealValue, bias => bias.ChannelAxis), used, cancellationToken);
        foreach (LayerBias bias in biases)
        {
            ModelGraph part = corrected.Clone();
            part.Outputs.Clear();
            part.Outputs.Add(new ValueInfo(bias.QuantizedValue, ElementType.Float32, null));
            part.ValueInfos.Clear();
            part.RemoveDeadNodes();
            ChannelStatistics actual = Means(part, new() { [bias.QuantizedValue] = bias.ChannelAxis }, used, cancellationToken)[bias.QuantizedValue];
            double[] shift = [.. real[bias.RealValue].Mean.Zip(actual.Mean, (wanted, found) => wanted - found)];
            bias.Add(corrected, shift);
            layerDone?.Invoke(biases.Count);
        }

        return corrected;
    }

    private static IReadOnlyDictionary<string, ChannelStatistics> Means(
        ModelGraph graph, Dictionary<string, int> axes, IEnumerable<CalibrationSample> samples, CancellationToken cancellationToken)
    {
        var observer = new ChannelObserver(axes);
        ActivationCollector.Collect(graph, samples, observer, cancellationToken);
        return observer.Statistics;
    }
}
