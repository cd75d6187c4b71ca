namespace Edge.Quantization.Calibration;

/// <summary>Searches the range of least cost: each end in turn moves towards 0 while the other stays.</summary>
internal static class RangeSearch
{
    private const int Rounds = 2;
    private const double Shrink = 0.95;
    private const double Smallest = 1e-3; // part of the whole; below it a histogram of 2048 bins has nothing to tell

    /// <summary>Finds the range, which holds 0.</summary>
    /// <param name="histogram">What is to be quantized.</param>
    /// <param name="symmetric">Whether both ends move together, as far below 0 as above.</param>
    /// <param name="cost">Cost of a range; of equal ones the widest counts.</param>
    public static (float Min, float Max) Minimize(Histogram histogram, bool symmetric, Func<double, double, double> cost)
    {
        double min = Math.Min(histogram.Min, 0);
        double max = Math.Max(histogram.Max, 0);
        if (symmetric)
        {
            double largest = Math.Max(-min, max);
            largest = Best(largest, largest, end => cost(-end, end));
            return ((float)-largest, (float)largest);
        }

        (double low, double high) = (min, max);
        for (int round = 0; round < Rounds; round++)
        {
            high = Best(max, high, end => cost(low, end));
            low = Best(min, low, end => cost(end, high));
        }

        return ((float)low, (float)high);
    }

    private static double Best(double widest, double start, Func<double, double> cost)
    {
        double best = start;
        double least = cost(start);
        for (double part = 1; part >= Smallest && widest != 0; part *= Shrink)
        {
            double found = cost(part * widest);
            if (found < least)
            {
                (best, least) = (part * widest, found);
            }
        }

        return best;
    }
}
