namespace Edge.Quantization.Calibration;

/// <summary>The range whose integers have the least expected squared error of rounding and clipping together.</summary>
/// <remarks>
/// Elements are taken to lie evenly within a bin, so the error of a bin is an integral in closed form. The ends are searched as in
/// Banner et al., Post training 4-bit quantization (NeurIPS 2019), but over the histogram that was seen and not a model of it.
/// </remarks>
internal static class SquaredErrorRange
{
    /// <summary>Finds the range, which holds 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Bits are not from 2 to 16.</exception>
    public static (float Min, float Max) Of(Histogram histogram, RangeOptions options)
    {
        CheckBits(options);
        return RangeSearch.Minimize(histogram, options.Symmetric, (min, max) => Error(histogram, min, max, options));
    }

    /// <summary>Mean squared difference between the elements and what they become as integers over a range.</summary>
    /// <param name="histogram">The elements.</param>
    /// <param name="min">Lower end of the range, 0 at most; moved by less than a step, so that 0 is one of the integers.</param>
    /// <param name="max">Upper end, at least 0.</param>
    /// <param name="options">Bits, and whether there is a zero point.</param>
    public static double Error(Histogram histogram, double min, double max, RangeOptions options)
    {
        int steps = (1 << options.Bits) - (options.Symmetric ? 2 : 1);
        double step = (max - min) / steps;
        if (!(step > 0) || histogram.Count == 0)
        {
            return histogram.Mean * histogram.Mean + histogram.StandardDeviation * histogram.StandardDeviation;
        }

        double low = -Math.Round(-min / step); // the lowest integer's place, in steps from 0
        if (histogram.BinWidth == 0)
        {
            double place = Math.Clamp(Math.Round(histogram.Min / step), low, low + steps) * step;
            return (histogram.Min - place) * (histogram.Min - place);
        }

        ReadOnlySpan<long> counts = histogram.Counts;
        double sum = 0;
        for (int bin = 0; bin < counts.Length; bin++)
        {
            if (counts[bin] > 0)
            {
                double from = histogram.Edge(bin) / step;
                double to = histogram.Edge(bin + 1) / step;
                sum += counts[bin] * (Integral(to, low, low + steps) - Integral(from, low, low + steps)) / (to - from);
            }
        }

        return sum * step * step / histogram.Count;
    }

    internal static void CheckBits(RangeOptions options)
    {
        if (options.Bits is < 2 or > 16)
        {
            throw new ArgumentOutOfRangeException(nameof(options), options.Bits, "Expected integers of 2 to 16 bits.");
        }
    }

    /// <summary>Integral of the squared distance to the nearest whole number from <paramref name="low"/> to <paramref name="high"/>.</summary>
    private static double Integral(double x, double low, double high)
    {
        double nearest = Math.Clamp(Math.Round(x), low, high);
        double distance = x - nearest;
        return nearest / 12 + distance * distance * distance / 3;
    }
}
