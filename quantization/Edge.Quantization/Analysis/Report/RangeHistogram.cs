namespace Edge.Quantization.Analysis.Report;

/// <summary>A histogram whose range doubles as larger elements come: one pass and constant memory, whatever the elements are.</summary>
/// <remarks>Bins are symmetric about 0; when the range doubles, neighbours are joined, so counts stay exact.</remarks>
public sealed class RangeHistogram
{
    private const int Bins = 2048; // even, so that 0 is an edge

    private readonly long[] counts = new long[Bins];
    private double limit; // elements lie in [-limit, limit)

    /// <summary>Elements counted.</summary>
    public long Count { get; private set; }

    /// <summary>Smallest element; 0 where there is none.</summary>
    public float Min { get; private set; }

    /// <summary>Largest element; 0 where there is none.</summary>
    public float Max { get; private set; }

    /// <summary>Adds elements; those that are not finite are left out.</summary>
    public void Add(ReadOnlySpan<float> elements)
    {
        (float min, float max) = Count == 0 ? (float.PositiveInfinity, float.NegativeInfinity) : (Min, Max);
        foreach (float element in elements)
        {
            min = float.IsFinite(element) && element < min ? element : min;
            max = float.IsFinite(element) && element > max ? element : max;
        }

        if (min > max)
        {
            return;
        }

        (Min, Max) = (min, max);
        Widen(Math.Max(-(double)min, max));
        double perUnit = Bins / 2 / limit;
        foreach (float element in elements)
        {
            if (float.IsFinite(element))
            {
                counts[Math.Min((int)(element * perUnit + Bins / 2), Bins - 1)]++;
                Count++;
            }
        }
    }

    /// <summary>Smallest magnitude that at least the share <paramref name="part"/> of the elements does not exceed, up to a bin.</summary>
    public double Magnitude(double part)
    {
        long wanted = (long)Math.Ceiling(part * Count);
        long inside = 0;
        for (int reach = 1; reach <= Bins / 2; reach++)
        {
            inside += counts[Bins / 2 - reach] + counts[Bins / 2 + reach - 1];
            if (inside >= wanted)
            {
                return reach * limit * 2 / Bins;
            }
        }

        return limit;
    }

    /// <summary>The elements from the smallest to the largest in at most <paramref name="most"/> bars of one width.</summary>
    public IReadOnlyList<(double From, double To, long Count)> Bars(int most)
    {
        if (Count == 0)
        {
            return [];
        }

        double width = limit * 2 / Bins;
        int first = Index(Min);
        int last = Index(Max);
        int join = (last - first) / most + 1;
        var bars = new List<(double, double, long)>();
        for (int bin = first; bin <= last; bin += join)
        {
            long sum = 0;
            for (int i = bin; i < Math.Min(bin + join, Bins); i++)
            {
                sum += counts[i];
            }

            bars.Add(((bin - Bins / 2) * width, (bin + join - Bins / 2) * width, sum));
        }

        return bars;
    }

    private int Index(double element) => Math.Clamp((int)(element * (Bins / 2 / limit) + Bins / 2), 0, Bins - 1);

    private void Widen(double needed)
    {
        if (limit == 0)
        {
            limit = Math.Max(needed, float.Epsilon);
        }

        while (limit < needed)
        {
            var joined = new long[Bins];
            for (int i = 0; i < Bins; i++)
            {
                joined[Bins / 4 + i / 2] += counts[i];
            }

            joined.CopyTo(counts, 0);
            limit *= 2;
        }
    }
}
