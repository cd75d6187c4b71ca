namespace Edge.Quantization.Calibration;

/// <summary>Minimum, maximum and mean of each channel of chosen values, as equalization and bias correction need them.</summary>
/// <param name="axes">The values, and which of its dimensions are channels; negative ones count from the last.</param>
public sealed class ChannelObserver(IReadOnlyDictionary<string, int> axes) : IActivationObserver
{
    private readonly Dictionary<string, ChannelStatistics> statistics = [];

    /// <inheritdoc/>
    public int Passes => 1;

    /// <summary>The statistics of each chosen value that was seen; infinite elements are left out.</summary>
    public IReadOnlyDictionary<string, ChannelStatistics> Statistics => statistics;

    /// <inheritdoc/>
    public void BeginPass(int pass) => statistics.Clear();

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The value has no such dimension, or another number of channels than before.</exception>
    public void Observe(string value, ReadOnlySpan<long> dims, ReadOnlySpan<float> activations)
    {
        if (!axes.TryGetValue(value, out int axis))
        {
            return;
        }

        int at = axis < 0 ? axis + dims.Length : axis;
        if (at < 0 || at >= dims.Length)
        {
            throw new ArgumentException($"Value '{value}' has {dims.Length} dimensions; dimension {axis} was said to be its channels.", nameof(value));
        }

        int channels = (int)dims[at];
        if (!statistics.TryGetValue(value, out ChannelStatistics? held))
        {
            statistics[value] = held = new ChannelStatistics(channels);
        }

        if (held.Channels != channels)
        {
            throw new ArgumentException($"Value '{value}' has {channels} channels, and had {held.Channels} before; is dimension {axis} time?", nameof(value));
        }

        long inner = 1;
        foreach (long dim in dims[(at + 1)..])
        {
            inner *= dim;
        }

        Add(held, activations, (int)inner);
    }

    private static void Add(ChannelStatistics held, ReadOnlySpan<float> elements, int inner)
    {
        int channel = 0;
        for (int start = 0; start < elements.Length; start += inner)
        {
            (float min, float max, double sum, long count) = (held.Min[channel], held.Max[channel], 0, 0);
            foreach (float element in elements.Slice(start, inner))
            {
                if (Math.Abs(element) <= Histogram.Limit)
                {
                    min = Math.Min(min, element);
                    max = Math.Max(max, element);
                    sum += element;
                    count++;
                }
            }

            (held.Min[channel], held.Max[channel]) = (min, max);
            held.Sums[channel] += sum;
            held.Count[channel] += count;
            channel = channel + 1 == held.Channels ? 0 : channel + 1;
        }
    }
}
