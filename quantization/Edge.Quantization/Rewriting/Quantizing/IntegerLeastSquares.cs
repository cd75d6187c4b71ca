using System.Numerics;

namespace Edge.Quantization.Rewriting.Quantizing;

/// <summary>Integers q that bring scale · q near weights w where it matters: the least (ŵ − w)ᵀ H (ŵ − w), H = E[x xᵀ] of the layer's inputs.</summary>
/// <remarks>
/// The objective of AdaRound (Nagel et al. 2020). A first answer comes from rounding the weights one after the other, each making up for
/// the errors before it, those with the largest inputs first: OPTQ (Frantar et al. 2022), here by Babai's back substitution in the
/// Cholesky factor of H, which gives the same integers without inverting H. Cyclic coordinate descent then changes single integers
/// until none improves the objective.
/// </remarks>
internal sealed class IntegerLeastSquares
{
    /// <summary>Part of the mean diagonal that is added to it, as in OPTQ: inputs that hardly vary keep their weights.</summary>
    private const double Damping = 0.01;

    /// <summary>Each sweep lowers the objective, so descent ends by itself; floats that differ in their last bits must not keep it going.</summary>
    private const int MaxSweeps = 100;

    /// <summary>Steps between the smallest and the largest scale that <see cref="SolveScale"/> tries, and those scales over the first one.</summary>
    private const int ScaleSteps = 50;
    private const float SmallestFactor = 0.6f, LargestFactor = 1.1f;

    private readonly int length;
    private readonly float[] moments;
    private readonly int[] order;
    private readonly float[]? factor; // lower triangular, rows and columns in that order; null where H is 0 or no good

    /// <summary>Factors H once for all channels.</summary>
    /// <param name="moments">H, [length, length].</param>
    /// <param name="length">Weights of a channel.</param>
    public IntegerLeastSquares(float[] moments, int length)
    {
        (this.moments, this.length) = (moments, length);
        order = [.. Enumerable.Range(0, length).OrderBy(i => moments[i * length + i])];
        factor = Factor();
    }

    /// <summary>The integers of one channel; safe to call for several channels at once.</summary>
    /// <param name="weights">The channel's weights.</param>
    /// <param name="scale">Their scale.</param>
    /// <param name="limit">Largest integer.</param>
    /// <param name="integers">The nearest integers; receives better ones.</param>
    /// <returns>The objective of the nearest integers and of the result, which is never larger.</returns>
    public (double Nearest, double Learned) Solve(ReadOnlySpan<float> weights, float scale, int limit, Span<sbyte> integers)
    {
        var error = new float[length];
        var gradient = new float[length];
        double nearest = Evaluate(weights, scale, integers, error, gradient);
        if (factor is null)
        {
            return (nearest, nearest);
        }

        sbyte[] substituted = Substitute(weights, scale, limit);
        double start = Evaluate(weights, scale, substituted, error, gradient);
        if (start < nearest)
        {
            substituted.CopyTo(integers);
        }
        else
        {
            Evaluate(weights, scale, integers, error, gradient);
        }

        sbyte[] before = integers.ToArray();
        Descend(scale, limit, integers, gradient);
        double learned = Evaluate(weights, scale, integers, error, gradient);
        if (learned > Math.Min(start, nearest))
        {
            before.CopyTo(integers);
            learned = Math.Min(start, nearest);
        }

        return (nearest, learned);
    }

    /// <summary>As <see cref="Solve"/>, with the scale from 0.6 to 1.1 of the one given whose integers are best.</summary>
    /// <remarks>A short row has few roundings to choose from: in 9 weights a common step that fits them is worth more than any choice of integers.</remarks>
    /// <param name="weights">The channel's weights.</param>
    /// <param name="scale">Their scale; receives a better one.</param>
    /// <param name="smallest">What it must not be below.</param>
    /// <param name="limit">Largest integer.</param>
    /// <param name="integers">The nearest integers with the scale given; receives better ones.</param>
    /// <returns>The objective of the nearest integers and of the result, which is never larger.</returns>
    public (double Nearest, double Learned) SolveScale(ReadOnlySpan<float> weights, ref float scale, float smallest, int limit, Span<sbyte> integers)
    {
        float first = scale;
        (double nearest, double least) = Solve(weights, first, limit, integers);
        var tried = new sbyte[length];
        for (int step = 0; step <= ScaleSteps; step++)
        {
            float other = first * (LargestFactor - (LargestFactor - SmallestFactor) * step / ScaleSteps);
            if (other < smallest)
            {
                break;
            }

            for (int i = 0; i < length; i++)
            {
                tried[i] = (sbyte)Math.Clamp(MathF.Round(weights[i] / other), -limit, limit);
            }

            double learned = Solve(weights, other, limit, tried).Learned;
            if (learned < least)
            {
                (scale, least) = (other, learned);
                tried.CopyTo(integers);
            }
        }

        return (nearest, least);
    }

    private double Evaluate(ReadOnlySpan<float> weights, float scale, ReadOnlySpan<sbyte> integers, float[] error, float[] gradient)
    {
        Array.Clear(gradient);
        for (int i = 0; i < length; i++)
        {
            error[i] = integers[i] * scale - weights[i];
            AddScaled(gradient, moments.AsSpan(i * length, length), error[i]);
        }

        double objective = 0;
        for (int i = 0; i < length; i++)
        {
            objective += (double)error[i] * gradient[i];
        }

        return objective;
    }

    private sbyte[] Substitute(ReadOnlySpan<float> weights, float scale, int limit)
    {
        var integers = new sbyte[length];
        var carried = new float[length];
        for (int j = length - 1; j >= 0; j--)
        {
            int i = order[j];
            ReadOnlySpan<float> row = factor.AsSpan(j * length, j + 1);
            float wanted = weights[i] - carried[j] / row[j];
            integers[i] = (sbyte)Math.Clamp(MathF.Round(wanted / scale), -limit, limit);
            AddScaled(carried, row[..j], integers[i] * scale - weights[i]);
        }

        return integers;
    }

    private void Descend(float scale, int limit, Span<sbyte> integers, float[] gradient)
    {
        bool changed = true;
        for (int sweep = 0; changed && sweep < MaxSweeps; sweep++)
        {
            changed = false;
            for (int i = 0; i < length; i++)
            {
                float curvature = moments[i * length + i];
                if (curvature <= 0)
                {
                    continue;
                }

                float best = Math.Clamp(integers[i] - MathF.Round(gradient[i] / (curvature * scale)), -limit, limit);
                float step = (best - integers[i]) * scale;
                if (step != 0 && 2 * step * gradient[i] + step * step * curvature < 0)
                {
                    integers[i] = (sbyte)best;
                    AddScaled(gradient, moments.AsSpan(i * length, length), step);
                    changed = true;
                }
            }
        }
    }

    /// <summary>Cholesky's L of H + damping in the given order; null where a pivot is not positive.</summary>
    private float[]? Factor()
    {
        double mean = 0;
        for (int i = 0; i < length; i++)
        {
            mean += moments[i * length + i] / (double)length;
        }

        var lower = new float[length * length];
        for (int i = 0; i < length; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                lower[i * length + j] = moments[order[i] * length + order[j]] + (i == j ? (float)(Damping * mean) : 0);
            }
        }

        for (int k = 0; k < length; k++)
        {
            float pivot = lower[k * length + k];
            if (!(pivot > 0))
            {
                return null;
            }

            pivot = MathF.Sqrt(pivot);
            lower[k * length + k] = pivot;
            Eliminate(lower, k, pivot);
        }

        return lower;
    }

    /// <summary>Divides column k by its pivot and takes its products off the columns behind it.</summary>
    private void Eliminate(float[] lower, int k, float pivot)
    {
        int behind = length - k - 1;
        var column = new float[behind];
        for (int i = 0; i < behind; i++)
        {
            column[i] = lower[(k + 1 + i) * length + k] /= pivot;
        }

        if (behind < 256)
        {
            for (int i = 0; i < behind; i++)
            {
                Take(i);
            }
        }
        else
        {
            Parallel.For(0, behind, Take);
        }

        void Take(int i) => AddScaled(lower.AsSpan((k + 1 + i) * length + k + 1, i + 1), column.AsSpan(0, i + 1), -column[i]);
    }

    /// <summary>target += source · factor.</summary>
    private static void AddScaled(Span<float> target, ReadOnlySpan<float> source, float factor)
    {
        if (factor == 0)
        {
            return;
        }

        int i = 0;
        for (; i <= source.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            (new Vector<float>(target[i..]) + new Vector<float>(source[i..]) * factor).CopyTo(target[i..]);
        }

        for (; i < source.Length; i++)
        {
            target[i] += source[i] * factor;
        }
    }
}
