using Edge.Quantization.Calibration;
using Edge.Quantization.Graph;

namespace Edge.Quantization.Rewriting;

/// <summary>Evens out the ranges of channels between two layers: a channel is divided by s in the first and multiplied by s in the second.</summary>
/// <remarks>
/// Cross-layer equalization (Nagel et al. 2019). As weights have a scale a channel and values between layers have one for all, the
/// factors follow from the channels' ranges over calibration samples, as in SmoothQuant (Xiao et al. 2022, α = 1/2):
/// s = √(largest value / largest weight that reads it). Where only depthwise layers with a scale a channel read it, all channels are
/// brought to one range. In float the graph computes the same as before.
/// </remarks>
public static class CrossLayerEqualization
{
    /// <summary>Largest factor of a channel, and smallest its inverse.</summary>
    private const double MaxFactor = 1 << 16;

    /// <summary>Equalizes every pair of layers for which that is exact.</summary>
    /// <param name="graph">A cleaned-up float graph; not changed.</param>
    /// <param name="samples">Calibration samples; enumerated once.</param>
    /// <param name="perChannelWeights">Whether each output channel of the weights will have its scale.</param>
    /// <param name="pairs">Receives the values between the layers that were equalized.</param>
    /// <param name="cancellationToken">Stops between two samples.</param>
    /// <returns>The graph with other weights; the same graph where there is no such pair.</returns>
    public static ModelGraph Apply(
        ModelGraph graph, IEnumerable<CalibrationSample> samples, bool perChannelWeights = true, ICollection<string>? pairs = null,
        CancellationToken cancellationToken = default)
    {
        IReadOnlyList<ScalablePair> found = ScalablePair.FindAll(graph);
        if (found.Count == 0)
        {
            return graph;
        }

        var observer = new ChannelObserver(found.ToDictionary(pair => pair.Value, pair => pair.ChannelAxis));
        ActivationCollector.Collect(graph, samples, observer, cancellationToken);
        ModelGraph equalized = graph.Clone();
        foreach (ScalablePair pair in found)
        {
            if (observer.Statistics.TryGetValue(pair.Value, out ChannelStatistics? statistics) && statistics.Channels == pair.Channels)
            {
                pair.Scale(equalized, Factors(equalized, pair, statistics, perChannelWeights));
                pairs?.Add(pair.Value);
            }
        }

        return equalized;
    }

    private static double[] Factors(ModelGraph graph, ScalablePair pair, ChannelStatistics statistics, bool perChannelWeights)
    {
        double[] weights = pair.LargestReadingWeights(graph, skipDepthwise: perChannelWeights);
        var factors = new double[pair.Channels];
        for (int c = 0; c < factors.Length; c++)
        {
            double value = Math.Max(Math.Abs((double)statistics.Min[c]), Math.Abs((double)statistics.Max[c]));
            factors[c] = !double.IsFinite(value) || value <= 0 ? double.NaN : weights[c] > 0 ? Math.Sqrt(value / weights[c]) : pair.OnlyDepthwise ? value : double.NaN;
        }

        // Their geometric mean is taken off, so that the layers keep their size on the whole.
        double[] known = [.. factors.Where(double.IsFinite).Select(factor => Math.Log(factor))];
        double mean = known.Length == 0 ? 0 : known.Average();
        return Array.ConvertAll(factors, factor => double.IsFinite(factor) ? Math.Clamp(factor / Math.Exp(mean), 1 / MaxFactor, MaxFactor) : 1);
    }
}
