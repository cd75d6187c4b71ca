using System.Numerics;

namespace Edge.Quantization.Rewriting.Quantizing;

/// <summary>The second moment E[x xᵀ] of the rows that a layer multiplies with its weights, for each group of channels.</summary>
/// <param name="groups">Groups of channels.</param>
/// <param name="length">Elements of a row.</param>
internal sealed class SecondMoments(int groups, int length)
{
    /// <summary>Rows that are added at once: each brings a row of the matrix into the cache for four products instead of one.</summary>
    private const int RowsAtOnce = 4;

    /// <summary>Length from which several cores share a matrix.</summary>
    private const int ParallelLength = 192;

    private readonly float[][] matrices = NewArrays(groups, length * length);
    private readonly float[][] pending = NewArrays(groups, RowsAtOnce * length);
    private readonly double[][] sums = [.. Enumerable.Range(0, groups).Select(_ => new double[length])];
    private readonly int[] waiting = new int[groups];
    private readonly long[] counts = new long[groups];

    /// <summary>Elements of a row.</summary>
    public int Length => length;

    /// <summary>Bytes that moments of this size take.</summary>
    public static long BytesOf(int groups, int length) => (long)groups * length * length * sizeof(float);

    /// <summary>Where to put the next row of a group before <see cref="Commit"/>.</summary>
    public Span<float> NextRow(int group) => pending[group].AsSpan(waiting[group] * length, length);

    /// <summary>Adds the row that was put in place.</summary>
    public void Commit(int group)
    {
        counts[group]++;
        Span<float> row = NextRow(group);
        for (int i = 0; i < row.Length; i++)
        {
            sums[group][i] += row[i];
        }

        if (++waiting[group] == RowsAtOnce)
        {
            Add(group);
        }
    }

    /// <summary>E[x] of a group, [length].</summary>
    public double[] Mean(int group) => Array.ConvertAll(sums[group], sum => sum / Math.Max(1, counts[group]));

    /// <summary>E[x xᵀ] of a group, [length, length], both halves filled.</summary>
    public float[] Matrix(int group)
    {
        Add(group);
        float[] matrix = matrices[group];
        float factor = 1f / Math.Max(1, counts[group]);
        var full = new float[matrix.Length];
        for (int i = 0; i < length; i++)
        {
            for (int j = i; j < length; j++)
            {
                full[i * length + j] = full[j * length + i] = matrix[i * length + j] * factor;
            }
        }

        return full;
    }

    private void Add(int group)
    {
        pending[group].AsSpan(waiting[group] * length).Clear();
        waiting[group] = 0;
        float[] matrix = matrices[group], rows = pending[group];
        if (length < ParallelLength)
        {
            AddRows(matrix, rows, 0, length);
            return;
        }

        // The upper triangle, cut so that each part has about the same area.
        const int Parts = 8;
        Parallel.For(0, Parts, part => AddRows(matrix, rows, Cut(part), Cut(part + 1)));
        int Cut(int part) => (int)(length * (1 - Math.Sqrt(1 - (double)part / Parts)));
    }

    private void AddRows(float[] matrix, float[] rows, int from, int to)
    {
        for (int i = from; i < to; i++)
        {
            float a = rows[i], b = rows[length + i], c = rows[2 * length + i], d = rows[3 * length + i];
            if (a == 0 && b == 0 && c == 0 && d == 0)
            {
                continue; // half of what a ReLU gives
            }

            Span<float> target = matrix.AsSpan(i * length + i, length - i);
            ReadOnlySpan<float> x0 = rows.AsSpan(i, target.Length), x1 = rows.AsSpan(length + i, target.Length);
            ReadOnlySpan<float> x2 = rows.AsSpan(2 * length + i, target.Length), x3 = rows.AsSpan(3 * length + i, target.Length);
            int j = 0;
            for (; j <= target.Length - Vector<float>.Count; j += Vector<float>.Count)
            {
                Vector<float> sum = new Vector<float>(target[j..]) + new Vector<float>(x0[j..]) * a + new Vector<float>(x1[j..]) * b
                    + new Vector<float>(x2[j..]) * c + new Vector<float>(x3[j..]) * d;
                sum.CopyTo(target[j..]);
            }

            for (; j < target.Length; j++)
            {
                target[j] += x0[j] * a + x1[j] * b + x2[j] * c + x3[j] * d;
            }
        }
    }

    private static float[][] NewArrays(int count, int size) => [.. Enumerable.Range(0, count).Select(_ => new float[size])];
}
