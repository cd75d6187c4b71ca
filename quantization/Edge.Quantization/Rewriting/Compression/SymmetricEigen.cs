using System.Numerics;
using System.Runtime.InteropServices;

namespace Edge.Quantization.Rewriting.Compression;

/// <summary>Eigenvalues and eigenvectors of a symmetric matrix: Householder reduction to tridiagonal form, then implicit QL steps.</summary>
/// <remarks>Source: Golub and Van Loan, "Matrix Computations", sections 8.3.1 (tridiagonalization) and 8.3.3 to 8.3.5 (implicit shifts).</remarks>
internal static class SymmetricEigen
{
    private const int MostSteps = 60;

    /// <summary>Decomposes A = Σ λ_k v_k v_kᵀ.</summary>
    /// <param name="matrix">[size, size]; only read.</param>
    /// <param name="size">Rows and columns.</param>
    /// <returns>The eigenvalues, largest first, and the eigenvectors as rows, [size, size], in the same order.</returns>
    /// <exception cref="ArithmeticException">The matrix holds NaN or infinity.</exception>
    public static (double[] Values, double[] Vectors) Decompose(ReadOnlySpan<double> matrix, int size)
    {
        foreach (double element in matrix)
        {
            if (!double.IsFinite(element))
            {
                throw new ArithmeticException($"The matrix holds {element}; expected finite numbers.");
            }
        }

        double[] vectors = Identity(size);
        var diagonal = new double[size];
        var offDiagonal = new double[size];
        Tridiagonalize(matrix.ToArray(), size, diagonal, offDiagonal, vectors);
        Diagonalize(diagonal, offDiagonal, vectors);
        return Sort(diagonal, vectors);
    }

    /// <summary>
    /// Reflections H_k turn A into tridiagonal T = Q A Qᵀ with Q = H_n … H_1; Q is applied to the rows of <paramref name="vectors"/>.
    /// </summary>
    private static void Tridiagonalize(double[] a, int size, double[] diagonal, double[] offDiagonal, double[] vectors)
    {
        var reflector = new double[size];
        var product = new double[size];
        for (int k = 0; k < size - 2; k++)
        {
            // v = x + sign(x_0)‖x‖e_0 over the column below the diagonal; H = I − 2vvᵀ/vᵀv.
            Span<double> v = reflector.AsSpan(k + 1);
            for (int i = k + 1; i < size; i++)
            {
                reflector[i] = a[i * size + k];
            }

            double norm = Math.Sqrt(Dot(v, v));
            offDiagonal[k] = v[0] > 0 ? -norm : norm;
            v[0] -= offDiagonal[k];
            double squared = Dot(v, v);
            if (squared == 0)
            {
                continue;
            }

            double factor = 2 / squared;
            Span<double> p = product.AsSpan(k + 1);
            for (int i = k + 1; i < size; i++)
            {
                product[i] = factor * Dot(a.AsSpan(i * size + k + 1, v.Length), v);
            }

            // A ← A − v wᵀ − w vᵀ, w = p − (factor/2)(pᵀv) v
            AddScaled(p, v, -0.5 * factor * Dot(p, v));
            for (int i = k + 1; i < size; i++)
            {
                Span<double> row = a.AsSpan(i * size + k + 1, v.Length);
                AddScaled(row, p, -reflector[i]);
                AddScaled(row, v, -product[i]);
            }

            Reflect(vectors, size, k + 1, v, factor);
        }

        for (int i = 0; i < size; i++)
        {
            diagonal[i] = a[i * size + i];
        }

        if (size > 1)
        {
            offDiagonal[size - 2] = a[(size - 1) * size + size - 2];
        }
    }

    /// <summary>Rows from <paramref name="first"/> on ← H · rows.</summary>
    private static void Reflect(double[] vectors, int size, int first, ReadOnlySpan<double> v, double factor)
    {
        var combined = new double[size]; // vᵀ · rows
        for (int i = 0; i < v.Length; i++)
        {
            AddScaled(combined, vectors.AsSpan((first + i) * size, size), v[i]);
        }

        for (int i = 0; i < v.Length; i++)
        {
            AddScaled(vectors.AsSpan((first + i) * size, size), combined, -factor * v[i]);
        }
    }

    private static void Diagonalize(double[] d, double[] e, double[] vectors)
    {
        int size = d.Length;
        for (int low = 0; low < size; low++)
        {
            for (int step = 0; ; step++)
            {
                int high = low;
                while (high < size - 1 && Math.Abs(e[high]) > double.Epsilon + 1e-16 * (Math.Abs(d[high]) + Math.Abs(d[high + 1])))
                {
                    high++;
                }

                if (high == low)
                {
                    break;
                }

                if (step == MostSteps)
                {
                    throw new ArithmeticException($"Eigenvalue {low} of {size} did not converge in {MostSteps} steps.");
                }

                ImplicitStep(d, e, vectors, low, high);
            }
        }
    }

    /// <summary>One QL step with Wilkinson's shift on the unreduced block from <paramref name="low"/> to <paramref name="high"/>.</summary>
    private static void ImplicitStep(double[] d, double[] e, double[] vectors, int low, int high)
    {
        int size = d.Length;
        double half = (d[low + 1] - d[low]) / (2 * e[low]);
        double shift = d[low] - e[low] / (half + Math.CopySign(double.Hypot(half, 1), half));
        double bulge = d[high] - shift;
        double sine = 1, cosine = 1, carried = 0;
        for (int i = high - 1; i >= low; i--)
        {
            double f = sine * e[i];
            double b = cosine * e[i];
            double r = double.Hypot(f, bulge);
            e[i + 1] = r;
            if (r == 0)
            {
                d[i + 1] -= carried;
                e[high] = 0;
                return;
            }

            (sine, cosine) = (f / r, bulge / r);
            bulge = d[i + 1] - carried;
            double t = (d[i] - bulge) * sine + 2 * cosine * b;
            carried = sine * t;
            d[i + 1] = bulge + carried;
            bulge = cosine * t - b;
            Rotate(vectors.AsSpan(i * size, size), vectors.AsSpan((i + 1) * size, size), sine, cosine);
        }

        d[low] -= carried;
        e[low] = bulge;
        e[high] = 0;
    }

    private static void Rotate(Span<double> a, Span<double> b, double sine, double cosine)
    {
        for (int k = 0; k < a.Length; k++)
        {
            (a[k], b[k]) = (cosine * a[k] - sine * b[k], sine * a[k] + cosine * b[k]);
        }
    }

    private static (double[] Values, double[] Vectors) Sort(double[] values, double[] vectors)
    {
        int size = values.Length;
        int[] order = [.. Enumerable.Range(0, size).OrderByDescending(i => values[i])];
        var sorted = new double[vectors.Length];
        for (int i = 0; i < size; i++)
        {
            vectors.AsSpan(order[i] * size, size).CopyTo(sorted.AsSpan(i * size));
        }

        return ([.. order.Select(i => values[i])], sorted);
    }

    private static double[] Identity(int size)
    {
        var identity = new double[size * size];
        for (int i = 0; i < size; i++)
        {
            identity[i * size + i] = 1;
        }

        return identity;
    }

    private static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        ReadOnlySpan<Vector<double>> av = MemoryMarshal.Cast<double, Vector<double>>(a), bv = MemoryMarshal.Cast<double, Vector<double>>(b);
        Vector<double> sums = Vector<double>.Zero;
        for (int i = 0; i < av.Length; i++)
        {
            sums += av[i] * bv[i];
        }

        double sum = Vector.Sum(sums);
        for (int i = av.Length * Vector<double>.Count; i < a.Length; i++)
        {
            sum += a[i] * b[i];
        }

        return sum;
    }

    /// <summary>a ← a + factor · b.</summary>
    private static void AddScaled(Span<double> a, ReadOnlySpan<double> b, double factor)
    {
        Span<Vector<double>> av = MemoryMarshal.Cast<double, Vector<double>>(a);
        ReadOnlySpan<Vector<double>> bv = MemoryMarshal.Cast<double, Vector<double>>(b);
        for (int i = 0; i < av.Length; i++)
        {
            av[i] += bv[i] * factor;
        }

        for (int i = av.Length * Vector<double>.Count; i < a.Length; i++)
        {
            a[i] += factor * b[i];
        }
    }
}
