using Edge.Quantization.Analysis.Comparison;

namespace Edge.Quantization.Analysis.Report;

/// <summary>What one value holds in float, and what its own quantization and all of the quantization before it do to it; constant memory.</summary>
/// <param name="range">Scale and range that were chosen for it.</param>
/// <param name="channelAxis">The axis of its channels.</param>
internal sealed class ActivationStatistics(QuantizedValue range, int channelAxis)
{
    private Channel[] channels = [];

    /// <summary>The float elements.</summary>
    public RangeHistogram Histogram { get; } = new();

    /// <summary>Quantized against float, with the errors of everything before it.</summary>
    public TensorDifference Accumulated { get; } = new();

    /// <summary>Elements outside of the range that can be written.</summary>
    public long Saturated { get; private set; }

    /// <summary>Dimensions in the first sample.</summary>
    public int[] Shape { get; private set; } = [];

    /// <summary>Elements of all samples.</summary>
    public long Elements { get; private set; }

    /// <summary>Σ over elements outside of the range of the squared distance to it.</summary>
    public double ClippingNoise { get; private set; }

    /// <summary>Σ of the squared error of rounding the float elements to the value's own scale.</summary>
    public double RoundingNoise => channels.Sum(channel => channel.Rounding);

    /// <summary>Signal over <see cref="RoundingNoise"/> in decibels.</summary>
    public double RoundingSqnrDb => TensorDifference.Decibels(channels.Sum(channel => channel.Signal), RoundingNoise);

    /// <summary>The median over channels of signal over rounding noise in decibels: what an ordinary channel keeps beside a loud one.</summary>
    public double MedianChannelSqnrDb => Median(channels.Where(channel => channel.Signal > 0).Select(channel => TensorDifference.Decibels(channel.Signal, channel.Rounding)));

    /// <summary>Largest magnitude of the loudest channel over that of the median channel; 1 where there is one channel.</summary>
    public double ChannelSpread => channels.Length < 2 ? 1 : Loudest / Math.Max(Median(channels.Select(channel => (double)channel.Largest)), 1e-30);

    /// <summary>Channels louder than four times the median one, the loudest first.</summary>
    public IReadOnlyList<int> LoudChannels
    {
        get
        {
            double median = Median(channels.Select(channel => (double)channel.Largest));
            return [.. Enumerable.Range(0, channels.Length).Where(c => channels[c].Largest > 4 * median).OrderByDescending(c => channels[c].Largest)];
        }
    }

    /// <summary>Share of the accumulated noise that is a constant offset of each channel, which a bias could take away.</summary>
    public double BiasShare => Accumulated.Noise == 0 ? 0 : channels.Sum(channel => channel.Count == 0 ? 0 : channel.Error * channel.Error / channel.Count) / Accumulated.Noise;

    private double Loudest => channels.Max(channel => (double)channel.Largest);

    /// <summary>Adds one sample's elements.</summary>
    public void Add(ActivationPair pair)
    {
        Histogram.Add(pair.Reference);
        Accumulated.Add(pair.Reference, pair.Other, pair.Step);
        int axis = Math.Min(channelAxis, pair.Shape.Length - 1);
        int count = axis < 0 ? 1 : pair.Shape[axis];
        int inner = 1;
        for (int i = axis + 1; i < pair.Shape.Length; i++)
        {
            inner *= pair.Shape[i];
        }

        if (Elements == 0)
        {
            (Shape, channels) = (pair.Shape.ToArray(), new Channel[count]);
        }

        Elements += pair.Reference.Length;
        if (count == channels.Length)
        {
            AddChannels(pair.Reference, pair.Other, inner);
        }
    }

    private void AddChannels(ReadOnlySpan<float> reference, ReadOnlySpan<float> other, int inner)
    {
        double low = range.Min - range.Parameters.Scale / 2;
        double high = range.Max + range.Parameters.Scale / 2;
        for (int start = 0, c = 0; start < reference.Length; start += inner, c = c + 1 == channels.Length ? 0 : c + 1)
        {
            ref Channel channel = ref channels[c];
            for (int i = start; i < start + inner; i++)
            {
                double value = reference[i];
                if (!double.IsFinite(value) || !float.IsFinite(other[i]))
                {
                    continue;
                }

                double rounding = range.Round(value) - value;
                channel.Signal += value * value;
                channel.Rounding += rounding * rounding;
                channel.Error += other[i] - value;
                channel.Count++;
                channel.Largest = Math.Max(channel.Largest, Math.Abs(reference[i]));
                if (value < low || value > high)
                {
                    Saturated++;
                    ClippingNoise += rounding * rounding;
                }
            }
        }
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? double.PositiveInfinity : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private struct Channel
    {
        public double Signal;
        public double Rounding;
        public double Error;
        public long Count;
        public float Largest;
    }
}
