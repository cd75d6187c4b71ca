using Edge.Quantization.Calibration;
using Edge.Quantization.Graph;

namespace Edge.Quantization.Rewriting.Quantizing;

/// <summary>Evens out the ranges of channels between two layers: a channel is divided by s in the first and multiplied by s in the second.</summary>
/// <remarks>
/// Cross-layer equalization (Nagel et al. 2019). As weights have a scale a channel and values between layers have one for all, the
/// factors follow from the channels' ranges over calibration samples, as in SmoothQuant (Xiao et al. 2022, α = 1/2):
/// s = √(largest value / largest weight that reads it). Where only depthwise layers with a scale a channel read it, all channels are
/// brought to one range. A layer between two pairs is changed by both, so they take turns until nothing changes. In float the graph
/// computes the same as before.
/// </remarks>
public static class CrossLayerEqualization
{
    /// <summary>Largest factor of a channel, and smallest its inverse.</summary>
    private const double MaxFactor = 1 << 16;

    /// <summary>Most turns; a chain of pairs settles within a few.</summary>
    private const int MaxTurns = 20;

    /// <summary>A largest factor within a turn, below which nothing is left to do.</summary>
    private const double Settled = 1.01;

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
        List<(ScalablePair Pair, double[] Ranges)> known = [.. found
            .Where(pair => observer.Statistics.GetValueOrDefault(pair.Value)?.Channels == pair.Channels)
            .Select(pair => (pair, Ranges(observer.Statistics[pair.Value])))];
        double largest = double.PositiveInfinity;
        for (int turn = 0; turn < MaxTurns && largest > Settled; turn++)
        {
            largest = 1;
            foreach ((ScalablePair pair, double[] ranges) in known)
            {
                double[] factors = Factors(equalized, pair, ranges, perChannelWeights);
                pair.Scale(equalized, factors);
                for (int c = 0; c < factors.Length; c++)
                {
                    ranges[c] /= factors[c];
                    largest = Math.Max(largest, Math.Max(factors[c], 1 / factors[c]));
                }
            }
        }

        known.ForEach(entry => pairs?.Add(entry.Pair.Value));
        return equalized;
    }

    /// <summary>Largest magnitude of each channel; 0 where it has no finite element.</summary>
    private static double[] Ranges(ChannelStatistics statistics) =>
        [.. statistics.Min.Zip(statistics.Max, (min, max) => min <= max ? Math.Max(Math.Abs((double)min), Math.Abs((double)max)) : 0)];

    private static double[] Factors(ModelGraph graph, ScalablePair pair, double[] ranges, bool perChannelWeights)
    {
        double[] weights = pair.LargestReadingWeights(graph, skipDepthwise: perChannelWeights);
        bool byRangeAlone = perChannelWeights && pair.OnlyDepthwise;
        var factors = new double[pair.Channels];
        for (int c = 0; c < factors.Length; c++)
        {
            bool isDead = ranges[c] <= 0 || (!byRangeAlone && weights[c] <= 0);
            factors[c] = isDead ? double.NaN : byRangeAlone ? ranges[c] : Math.Sqrt(ranges[c] / weights[c]);
        }

        // Their geometric mean is taken off, so that the layers keep their size on the whole.
        double[] logarithms = [.. factors.Where(double.IsFinite).Select(factor => Math.Log(factor))];
        double mean = logarithms.Length == 0 ? 0 : logarithms.Average();
        return Array.ConvertAll(factors, factor => double.IsFinite(factor) ? Math.Clamp(factor / Math.Exp(mean), 1 / MaxFactor, MaxFactor) : 1);
    }
}
