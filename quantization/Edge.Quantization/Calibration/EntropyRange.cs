namespace Edge.Quantization.Calibration;

/// <summary>The range whose quantized distribution has the least Kullback-Leibler divergence from the true one.</summary>
/// <remarks>
/// As in Migacz, 8-bit Inference with TensorRT (GTC 2017), with two ends in place of one: what is clipped counts to the last bins of the
/// true distribution and is missing in the quantized one, which is even over the filled bins of each integer. 0 has an integer of its
/// own, so the spike that ReLU leaves there says nothing: its bin is cut to the larger of its neighbours.
/// </remarks>
internal static class EntropyRange
{
    /// <summary>Finds the range, which holds 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Bits are not from 2 to 16.</exception>
    public static (float Min, float Max) Of(Histogram histogram, RangeOptions options)
    {
        SquaredErrorRange.CheckBits(options);
        long[] counts = WithoutSpike(histogram);
        int levels = (1 << options.Bits) - (options.Symmetric ? 1 : 0);
        var scratch = new (double Sum, int Filled)[levels];
        return RangeSearch.Minimize(histogram, options.Symmetric, (min, max) => Divergence(histogram, counts, min, max, scratch));
    }

    private static long[] WithoutSpike(Histogram histogram)
    {
        long[] counts = histogram.Counts.ToArray();
        int zero = histogram.BinWidth > 0 ? (int)Math.Floor(-histogram.Min / histogram.BinWidth) : -1;
        if (zero >= 0 && zero < counts.Length)
        {
            long left = zero > 0 ? counts[zero - 1] : 0;
            long right = zero < counts.Length - 1 ? counts[zero + 1] : 0;
            counts[zero] = Math.Min(counts[zero], Math.Max(left, right));
        }

        return counts;
    }

    private static double Divergence(Histogram histogram, long[] counts, double min, double max, (double Sum, int Filled)[] levels)
    {
        double width = histogram.BinWidth;
        int first = width > 0 ? Math.Clamp((int)Math.Round((min - histogram.Min) / width), 0, counts.Length) : 0;
        int last = width > 0 ? Math.Clamp((int)Math.Round((max - histogram.Min) / width), 0, counts.Length) - 1 : counts.Length - 1;
        bool whole = first == 0 && last == counts.Length - 1;
        if (last < first || (!whole && (max - min) / width < levels.Length))
        {
            return double.PositiveInfinity; // bins narrower than integers cannot tell what rounding costs
        }

        double below = Sum(counts.AsSpan(0, first));
        double above = Sum(counts.AsSpan(last + 1));
        double inside = Sum(counts.AsSpan(first, last + 1 - first));
        if (inside == 0)
        {
            return whole ? 0 : double.PositiveInfinity;
        }

        Array.Clear(levels);
        for (int bin = first; bin <= last; bin++)
        {
            if (counts[bin] > 0)
            {
                ref (double Sum, int Filled) level = ref levels[Level(bin)];
                level.Sum += counts[bin];
                level.Filled++;
            }
        }

        double total = below + inside + above;
        double divergence = 0;
        for (int bin = first; bin <= last; bin++)
        {
            double p = (counts[bin] + (bin == first ? below : 0) + (bin == last ? above : 0)) / total;
            if (p > 0)
            {
                // A bin that holds clipped elements alone is one that the quantized distribution lacks: as if it had one element.
                (double sum, int filled) = levels[Level(bin)];
                double q = counts[bin] > 0 ? sum / filled / inside : 1 / total;
                divergence += p * Math.Log(p / q);
            }
        }

        return divergence;

        int Level(int bin) => Math.Clamp((int)((histogram.Edge(bin) + width / 2 - min) / (max - min) * levels.Length), 0, levels.Length - 1);
    }

    private static double Sum(ReadOnlySpan<long> counts)
    {
        long sum = 0;
        foreach (long count in counts)
        {
            sum += count;
        }

        return sum;
    }
}
