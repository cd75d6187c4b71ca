namespace Edge.Quantization.Analysis.Statistics;

/// <summary>The gamma distribution of scale 1. A chi-square of k degrees of freedom is twice one of shape k/2.</summary>
public static class GammaDistribution
{
    private const int MaxTerms = 100_000; // shapes of up to 10⁸ need some 10·√shape
    private const double Precision = 1e-16;

    // Lanczos' approximation with g = 7 and 9 terms (Godfrey 2001), 15 digits.
    private const double LanczosG = 7;

    private static ReadOnlySpan<double> Lanczos =>
    [
        0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
        12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
    ];

    /// <summary>The probability of at most <paramref name="x"/>: the regularized lower incomplete gamma function P(shape, x).</summary>
    /// <remarks>Series below shape + 1, Lentz's continued fraction above (Press et al., Numerical Recipes, 6.2).</remarks>
    /// <exception cref="ArgumentOutOfRangeException">The shape is not above 0, or x is negative or NaN.</exception>
    public static double Cumulative(double shape, double x)
    {
        Check(shape);
        if (!(x >= 0))
        {
            throw new ArgumentOutOfRangeException(nameof(x), x, "Expected a number from 0.");
        }

        return x == 0 ? 0 : double.IsPositiveInfinity(x) ? 1 : x < shape + 1 ? Series(shape, x) : 1 - Fraction(shape, x);
    }

    /// <summary>The value below which a share <paramref name="probability"/> lies.</summary>
    /// <remarks>Wilson and Hilferty's cube root as the start, Newton's method, and bisection where a step leaves what is known to hold the root.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">The shape is not above 0, or the probability not from 0 to below 1.</exception>
    public static double Quantile(double shape, double probability)
    {
        Check(shape);
        if (!(probability is >= 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(probability), probability, "Expected a number from 0 to below 1.");
        }

        if (probability == 0)
        {
            return 0;
        }

        double low = 0, high = double.PositiveInfinity;
        double x = Start(shape, probability);
        for (int i = 0; i < 200; i++)
        {
            double error = Cumulative(shape, x) - probability;
            (low, high) = error < 0 ? (x, high) : (low, x);
            double next = x - (error / Math.Exp(LogDensity(shape, x)));
            if (!(next > low && next < high))
            {
                next = double.IsPositiveInfinity(high) ? 2 * x : (low + high) / 2;
            }

            if (Math.Abs(next - x) <= 1e-14 * x)
            {
                return next;
            }

            x = next;
        }

        return x;
    }

    /// <summary>The natural logarithm of the gamma function, for numbers above 0.</summary>
    public static double LogGamma(double x)
    {
        Check(x);
        if (x < 0.5)
        {
            return Math.Log(Math.PI / Math.Sin(Math.PI * x)) - LogGamma(1 - x); // Euler's reflection
        }

        double sum = Lanczos[0];
        for (int i = 1; i < Lanczos.Length; i++)
        {
            sum += Lanczos[i] / (x - 1 + i);
        }

        double t = x - 1 + LanczosG + 0.5;
        return (0.5 * Math.Log(2 * Math.PI)) + ((x - 0.5) * Math.Log(t)) - t + Math.Log(sum);
    }

    private static double Start(double shape, double probability)
    {
        double z = NormalDistribution.Quantile(probability);
        double root = 1 - (1 / (9 * shape)) + (z / (3 * Math.Sqrt(shape)));
        double start = shape * root * root * root;
        // Far in the lower tail P(a, x) is about x^a / Γ(a + 1).
        return start > 0.01 * shape ? start : Math.Exp((Math.Log(probability) + LogGamma(shape + 1)) / shape);
    }

    private static double LogDensity(double shape, double x) => ((shape - 1) * Math.Log(x)) - x - LogGamma(shape);

    private static double Series(double shape, double x)
    {
        double term = 1 / shape, sum = term;
        for (int n = 1; n < MaxTerms && term > sum * Precision; n++)
        {
            term *= x / (shape + n);
            sum += term;
        }

        return Math.Min(1, sum * Math.Exp((shape * Math.Log(x)) - x - LogGamma(shape)));
    }

    /// <summary>The upper tail Q(shape, x).</summary>
    private static double Fraction(double shape, double x)
    {
        const double Tiny = 1e-300;
        double b = x + 1 - shape, c = 1 / Tiny, d = 1 / b, value = d;
        for (int i = 1; i < MaxTerms; i++)
        {
            double a = -i * (i - shape);
            b += 2;
            d = 1 / NotZero((a * d) + b);
            c = NotZero(b + (a / c));
            value *= d * c;
            if (Math.Abs((d * c) - 1) < 1e-15)
            {
                break;
            }
        }

        return Math.Min(1, value * Math.Exp((shape * Math.Log(x)) - x - LogGamma(shape)));

        static double NotZero(double divisor) => Math.Abs(divisor) < Tiny ? Tiny : divisor;
    }

    private static void Check(double shape)
    {
        if (!(shape > 0) || double.IsInfinity(shape))
        {
            throw new ArgumentOutOfRangeException(nameof(shape), shape, "Expected a finite number above 0.");
        }
    }
}
