using System.Numerics;

namespace Edge.Quantization.Rewriting.Compression;

/// <summary>A positive definite matrix as L·Lᵀ.</summary>
internal sealed class Cholesky
{
    private readonly int size;
    private readonly double[] lower;

    /// <summary>Factors a matrix.</summary>
    /// <param name="matrix">[size, size]; taken over.</param>
    /// <param name="size">Rows and columns.</param>
    public Cholesky(double[] matrix, int size)
    {
        (this.size, lower) = (size, matrix);
        for (int r = 0; r < size; r++)
        {
            Span<double> row = lower.AsSpan(r * size, r + 1);
            for (int c = 0; c < r; c++)
            {
                row[c] = (row[c] - Dot(row[..c], lower.AsSpan(c * size, c))) / lower[c * size + c];
            }

            row[r] = Math.Sqrt(Math.Max(row[r] - Dot(row[..r], row[..r]), double.Epsilon));
        }
    }

    /// <summary>x ← A⁻¹x.</summary>
    public void Solve(Span<double> x)
    {
        for (int r = 0; r < size; r++)
        {
            x[r] = (x[r] - Dot(lower.AsSpan(r * size, r), x[..r])) / lower[r * size + r];
        }

        for (int r = size - 1; r >= 0; r--)
        {
            x[r] /= lower[r * size + r];
            for (int k = 0; k < r; k++)
            {
                x[k] -= lower[r * size + k] * x[r];
            }
        }
    }

    /// <summary>A⁻¹, [size, size].</summary>
    public double[] Inverse()
    {
        var inverse = new double[size * size];
        Parallel.For(0, size, i =>
        {
            Span<double> row = inverse.AsSpan(i * size, size); // symmetric, so a row is a column
            row[i] = 1;
            Solve(row);
        });
        return inverse;
    }

    private static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        double sum = 0;
        int i = 0;
        if (a.Length >= Vector<double>.Count)
        {
            Vector<double> sums = Vector<double>.Zero;
            for (; i <= a.Length - Vector<double>.Count; i += Vector<double>.Count)
            {
                sums += new Vector<double>(a[i..]) * new Vector<double>(b[i..]);
            }

            sum = Vector.Sum(sums);
        }

        for (; i < a.Length; i++)
        {
            sum += a[i] * b[i];
        }

        return sum;
    }
}
