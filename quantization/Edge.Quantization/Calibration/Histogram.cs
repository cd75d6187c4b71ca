using System.Numerics;
using System.Runtime.InteropServices;

namespace Edge.Quantization.Calibration;

/// <summary>How often the elements of a value fell into each of many bins of one width, with their mean and deviation.</summary>
/// <remarks>Elements that are infinite or beyond <see cref="Limit"/> are left out and counted.</remarks>
public sealed class Histogram
{
    /// <summary>Magnitude from which an element counts as infinite, 2^126: exporters mask attention with the lowest float there is.</summary>
    public const float Limit = 8.507059e37f;

    private const int Lanes = 4; // tables that take turns, so that an increment need not wait for the one before it in the same bin

    private readonly long[] counts;
    private readonly uint[] scratch;
    private readonly float binsPerUnit;
    private readonly double centre;
    private double sum; // of the differences from the centre
    private double sumOfSquares;

    /// <summary>An empty histogram.</summary>
    /// <param name="min">Lower edge of the first bin.</param>
    /// <param name="max">Upper edge of the last bin; the bins have no width where it is equal to <paramref name="min"/>.</param>
    /// <param name="bins">Number of bins.</param>
    public Histogram(float min, float max, int bins) : this(min, max, bins, new uint[Lanes * bins])
    {
    }

    /// <summary>As above, with a table that histograms filled one after the other may share.</summary>
    internal Histogram(float min, float max, int bins, uint[] scratch)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 1);
        if (!(Math.Abs(min) <= Limit && Math.Abs(max) <= Limit && min <= max))
        {
            throw new ArgumentException($"A histogram from {min} to {max} is none; expected two numbers in order, of magnitude {Limit} at most.", nameof(min));
        }

        Min = min;
        Max = max;
        counts = new long[bins];
        this.scratch = scratch;
        binsPerUnit = max > min ? (float)Math.Min(bins / ((double)max - min), float.MaxValue) : 0;
        centre = ((double)min + max) / 2;
    }

    /// <summary>Lower edge of the first bin: the smallest element.</summary>
    public float Min { get; }

    /// <summary>Upper edge of the last bin: the largest element.</summary>
    public float Max { get; }

    /// <summary>Elements in each bin, from the lowest.</summary>
    public ReadOnlySpan<long> Counts => counts;

    /// <summary>Elements in all bins.</summary>
    public long Count { get; private set; }

    /// <summary>Elements left out because they are infinite or nearly so.</summary>
    public long InfiniteCount { get; private set; }

    /// <summary>Width of a bin.</summary>
    public double BinWidth => ((double)Max - Min) / counts.Length;

    /// <summary>Mean of the elements; 0 where there is none.</summary>
    public double Mean => Count == 0 ? 0 : centre + sum / Count;

    /// <summary>Standard deviation of the elements; 0 where there is none.</summary>
    public double StandardDeviation => Count == 0 ? 0 : Math.Sqrt(Math.Max(0, sumOfSquares / Count - sum / Count * (sum / Count)));

    /// <summary>Lower edge of a bin; of the number of bins, the upper edge of the last.</summary>
    public double Edge(int bin) => Min + bin * BinWidth;

    /// <summary>The part of the elements, 0 to 1, outside of a range; of a bin that its end cuts, the part beyond.</summary>
    public double ShareOutside(float min, float max)
    {
        if (Count == 0)
        {
            return 0;
        }

        if (BinWidth == 0)
        {
            return Min < min || Max > max ? 1 : 0;
        }

        double outside = 0;
        for (int bin = 0; bin < counts.Length; bin++)
        {
            double below = Math.Clamp((min - Edge(bin)) / BinWidth, 0, 1);
            double above = Math.Clamp((Edge(bin + 1) - max) / BinWidth, 0, 1);
            outside += counts[bin] * Math.Min(1, below + above);
        }

        return outside / Count;
    }

    /// <summary>Counts elements; those outside of the edges count to the first and last bin.</summary>
    /// <param name="elements">The elements; none is NaN.</param>
    public void Add(ReadOnlySpan<float> elements)
    {
        const int BlockElements = 4096;
        Span<int> indices = stackalloc int[BlockElements];
        bool buffered = elements.Length >= counts.Length; // else merging the tables costs more than they save
        long before = Count;
        while (elements.Length > 0)
        {
            ReadOnlySpan<float> block = elements[..Math.Min(BlockElements, elements.Length)];
            int finite = Index(block, indices);
            if (buffered)
            {
                CountInTurns(indices[..finite]);
            }
            else
            {
                foreach (int index in indices[..finite])
                {
                    counts[index]++;
                }
            }

            Count += finite;
            InfiniteCount += block.Length - finite;
            elements = elements[block.Length..];
        }

        if (buffered && Count > before)
        {
            Merge();
        }
    }

    /// <summary>Bins of a block's elements, and what they add to the sums; returns how many are finite.</summary>
    private int Index(ReadOnlySpan<float> block, Span<int> indices)
    {
        ReadOnlySpan<Vector<float>> vectors = MemoryMarshal.Cast<float, Vector<float>>(block);
        Vector<float> sums = default, squares = default;
        var last = new Vector<int>(counts.Length - 1);
        bool finite = true;
        for (int i = 0; i < vectors.Length; i++)
        {
            Vector<float> element = vectors[i];
            finite &= Vector.LessThanOrEqualAll(Vector.Abs(element), new Vector<float>(Limit));
            Vector<float> difference = element - new Vector<float>((float)centre);
            sums += difference;
            squares += difference * difference;
            Vector<int> index = Vector.ConvertToInt32((element - new Vector<float>(Min)) * new Vector<float>(binsPerUnit));
            Vector.Min(Vector.Max(index, Vector<int>.Zero), last).CopyTo(indices[(i * Vector<float>.Count)..]);
        }

        if (!finite || !float.IsFinite(Vector.Sum(squares)))
        {
            return IndexOneByOne(block, indices, 0);
        }

        // The block's sums are of the rounded centre.
        int done = vectors.Length * Vector<float>.Count;
        double shift = (float)centre - centre;
        double blockSum = Vector.Sum(sums);
        sum += blockSum + done * shift;
        sumOfSquares += Vector.Sum(squares) + 2 * shift * blockSum + done * shift * shift;
        return done + IndexOneByOne(block[done..], indices, done);
    }

    private int IndexOneByOne(ReadOnlySpan<float> block, Span<int> indices, int at)
    {
        int start = at;
        foreach (float element in block)
        {
            if (Math.Abs(element) <= Limit)
            {
                double difference = element - centre;
                sum += difference;
                sumOfSquares += difference * difference;
                indices[at++] = Math.Clamp((int)((element - Min) * binsPerUnit), 0, counts.Length - 1);
            }
        }

        return at - start;
    }

    private void CountInTurns(ReadOnlySpan<int> indices)
    {
        int bins = counts.Length;
        Span<uint> a = scratch.AsSpan(0, bins), b = scratch.AsSpan(bins, bins), c = scratch.AsSpan(2 * bins, bins), d = scratch.AsSpan(3 * bins, bins);
        int i = 0;
        for (; i <= indices.Length - Lanes; i += Lanes)
        {
            a[indices[i]]++;
            b[indices[i + 1]]++;
            c[indices[i + 2]]++;
            d[indices[i + 3]]++;
        }

        for (; i < indices.Length; i++)
        {
            a[indices[i]]++;
        }
    }

    private void Merge()
    {
        int bins = counts.Length;
        for (int bin = 0; bin < bins; bin++)
        {
            counts[bin] += (long)scratch[bin] + scratch[bins + bin] + scratch[2 * bins + bin] + scratch[3 * bins + bin];
        }

        scratch.AsSpan(0, Lanes * bins).Clear();
    }
}
