namespace Edge.Quantization.Calibration;

/// <summary>A histogram of every value: the first pass finds its edges, the second fills it.</summary>
/// <remarks>Memory is bins times values, however many samples there are and however long.</remarks>
/// <param name="bins">Bins of each histogram; 2048 as in <see cref="EntropyRange"/>'s source.</param>
public sealed class HistogramObserver(int bins = HistogramObserver.DefaultBins) : IActivationObserver
{
    /// <summary>Bins of a histogram unless another number is asked for.</summary>
    public const int DefaultBins = 2048;

    private readonly MinMaxObserver edges = new();
    private readonly Dictionary<string, Histogram> histograms = [];
    private readonly uint[] scratch = new uint[4 * bins];
    private int pass;

    /// <inheritdoc/>
    public int Passes => 2;

    /// <summary>The histogram of each value that has finite elements.</summary>
    public IReadOnlyDictionary<string, Histogram> Histograms => histograms;

    /// <inheritdoc/>
    public void BeginPass(int pass)
    {
        this.pass = pass;
        histograms.Clear();
        if (pass == 0)
        {
            edges.BeginPass(0);
            return;
        }

        foreach ((string value, (float min, float max)) in edges.Ranges)
        {
            histograms[value] = new Histogram(min, max, bins, scratch);
        }
    }

    /// <inheritdoc/>
    public void Observe(string value, ReadOnlySpan<long> dims, ReadOnlySpan<float> activations)
    {
        if (pass == 0)
        {
            edges.Observe(value, dims, activations);
        }
        else if (histograms.TryGetValue(value, out Histogram? histogram))
        {
            histogram.Add(activations);
        }
    }

    /// <summary>The range of each value by a method; a range other than <see cref="RangeMethod.MinMax"/>'s holds 0.</summary>
    /// <param name="method">How a range is found.</param>
    /// <param name="options">Its parameters; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is out of range.</exception>
    public IReadOnlyDictionary<string, (float Min, float Max)> Ranges(RangeMethod method, RangeOptions? options = null)
    {
        options ??= new RangeOptions();
        return histograms.ToDictionary(pair => pair.Key, pair => Range(pair.Value, method, options));
    }

    /// <summary>The range of one histogram by a method.</summary>
    /// <inheritdoc cref="Ranges" path="/exception"/>
    public static (float Min, float Max) Range(Histogram histogram, RangeMethod method, RangeOptions options) => method switch
    {
        RangeMethod.MinMax => (histogram.Min, histogram.Max),
        RangeMethod.Percentile => PercentileRange.Of(histogram, options.Percentile),
        RangeMethod.Entropy => EntropyRange.Of(histogram, options),
        RangeMethod.MeanSquaredError => SquaredErrorRange.Of(histogram, options),
        _ => throw new ArgumentOutOfRangeException(nameof(method), method, "There is no such range method."),
    };
}
