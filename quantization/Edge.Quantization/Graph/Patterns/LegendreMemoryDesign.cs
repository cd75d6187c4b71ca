using System.Numerics;
using System.Runtime.InteropServices;

namespace Edge.Quantization.Graph.Patterns;

/// <summary>The matrices of a Legendre memory: m[t] = A·m[t − 1] + B·u[t], the last θ frames of u as coefficients of Legendre polynomials.</summary>
/// <remarks>
/// dm/dt = a·m + b·u with a_ij = (2i + 1)/θ·(−1 if i &lt; j, else (−1)^(i − j + 1)) and b_i = (2i + 1)/θ·(−1)^i (Voelker, Kajić, Eliasmith 2019),
/// held for one frame (zero-order hold): A and B are the upper blocks of exp([[a, b], [0, 0]]). Euler's rule, 1 + a, diverges at the orders in use.
/// </remarks>
public sealed class LegendreMemoryDesign
{
    private const int TaylorTerms = 18; // of a matrix of norm 1/2: the rest is below 2^-18/19!, 3e-23

    private LegendreMemoryDesign(int order, double theta, double[] stateMatrix, double[] inputVector) =>
        (Order, Theta, StateMatrix, InputVector) = (order, theta, stateMatrix, inputVector);

    /// <summary>Coefficients.</summary>
    public int Order { get; }

    /// <summary>Length of the memory in frames.</summary>
    public double Theta { get; }

    /// <summary>A, [order, order].</summary>
    public double[] StateMatrix { get; }

    /// <summary>B, [order].</summary>
    public double[] InputVector { get; }

    /// <summary>Discretizes a memory, in double precision.</summary>
    /// <param name="order">Coefficients, at least 1.</param>
    /// <param name="theta">Length in frames, above 0.</param>
    public static LegendreMemoryDesign Create(int order, double theta)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(order, 1);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(theta);
        int size = order + 1;
        var block = new double[size * size];
        for (int i = 0; i < order; i++)
        {
            double rate = (2 * i + 1) / theta;
            for (int j = 0; j < order; j++)
            {
                block[i * size + j] = rate * (i < j || (i - j) % 2 == 0 ? -1 : 1);
            }

            block[i * size + order] = rate * (i % 2 == 0 ? 1 : -1);
        }

        double[] held = Exponential(block, size);
        var matrix = new double[order * order];
        for (int i = 0; i < order; i++)
        {
            held.AsSpan(i * size, order).CopyTo(matrix.AsSpan(i * order));
        }

        return new LegendreMemoryDesign(order, theta, matrix, [.. Enumerable.Range(0, order).Select(i => held[i * size + order])]);
    }

    /// <summary>The memory after each frame behind an impulse: [frames, order].</summary>
    /// <param name="frames">Frames, the impulse's own first.</param>
    public double[] ImpulseResponse(int frames)
    {
        var response = new double[frames * Order];
        InputVector.AsSpan().CopyTo(response);
        for (int k = 1; k < frames; k++)
        {
            Step(response.AsSpan((k - 1) * Order, Order), response.AsSpan(k * Order, Order));
        }

        return response;
    }

    /// <summary>A times a state.</summary>
    /// <param name="state">[order].</param>
    /// <param name="next">[order], another span.</param>
    public void Step(ReadOnlySpan<double> state, Span<double> next)
    {
        for (int i = 0; i < Order; i++)
        {
            next[i] = Dot(StateMatrix.AsSpan(i * Order, Order), state);
        }
    }

    /// <summary>exp(m) by Taylor's series of m/2^s, squared s times.</summary>
    private static double[] Exponential(double[] m, int size)
    {
        double norm = Enumerable.Range(0, size).Max(j => Enumerable.Range(0, size).Sum(i => Math.Abs(m[i * size + j])));
        int squarings = Math.Max(0, (int)Math.Ceiling(Math.Log2(Math.Max(norm, double.Epsilon))) + 1);
        double[] small = Array.ConvertAll(m, value => Math.ScaleB(value, -squarings));
        double[] sum = Identity(size);
        for (int term = TaylorTerms; term >= 1; term--)
        {
            // Horner's rule: 1 + m/1·(1 + m/2·(1 + …))
            double[] product = Product(small, sum, size);
            sum = Identity(size);
            for (int i = 0; i < sum.Length; i++)
            {
                sum[i] += product[i] / term;
            }
        }

        for (int i = 0; i < squarings; i++)
        {
            sum = Product(sum, sum, size);
        }

        return sum;
    }

    private static double[] Identity(int size)
    {
        var identity = new double[size * size];
        for (int i = 0; i < size; i++)
        {
            identity[i * (size + 1)] = 1;
        }

        return identity;
    }

    private static double[] Product(double[] a, double[] b, int size)
    {
        var product = new double[size * size];
        for (int i = 0; i < size; i++)
        {
            Span<double> row = product.AsSpan(i * size, size);
            for (int k = 0; k < size; k++)
            {
                AddScaled(a[i * size + k], b.AsSpan(k * size, size), row);
            }
        }

        return product;
    }

    private static void AddScaled(double factor, ReadOnlySpan<double> values, Span<double> sums)
    {
        ReadOnlySpan<Vector<double>> from = MemoryMarshal.Cast<double, Vector<double>>(values);
        Span<Vector<double>> to = MemoryMarshal.Cast<double, Vector<double>>(sums);
        for (int i = 0; i < from.Length; i++)
        {
            to[i] += from[i] * factor;
        }

        for (int i = from.Length * Vector<double>.Count; i < values.Length; i++)
        {
            sums[i] += values[i] * factor;
        }
    }

    private static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
        {
            sum += a[i] * b[i];
        }

        return sum;
    }
}
