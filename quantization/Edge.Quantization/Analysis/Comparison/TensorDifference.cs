namespace Edge.Quantization.Analysis.Comparison;

/// <summary>How far one tensor is from another of the same shape, summed over any number of samples in constant memory.</summary>
/// <remarks>The first of the two is the reference: the signal of the signal-to-quantization-noise ratio.</remarks>
public sealed class TensorDifference
{
    /// <summary>What a float may be off a whole number of steps.</summary>
    private const double Slack = 1e-3;

    private double sumReference;
    private double sumOther;
    private double sumProduct;
    private double sumNoise;
    private double sumError;
    private long near;

    /// <summary>Elements compared.</summary>
    public long Count { get; private set; }

    /// <summary>Real value of one step of the coarser tensor that is quantized; 0 where neither is.</summary>
    public double Step { get; private set; }

    /// <summary>Largest absolute difference, in real units.</summary>
    public double MaxAbsolute { get; private set; }

    /// <summary>Largest absolute difference in steps; null where neither tensor is quantized.</summary>
    public double? MaxSteps => Step > 0 ? MaxAbsolute / Step : null;

    /// <summary>Share of elements that differ by one step at most; of equal elements where neither tensor is quantized.</summary>
    public double ShareWithinOneStep => Count == 0 ? 1 : (double)near / Count;

    /// <summary>Mean of other − reference.</summary>
    public double MeanError => Count == 0 ? 0 : sumError / Count;

    /// <summary>Σ (other − reference)².</summary>
    public double Noise => sumNoise;

    /// <summary>10 log₁₀(Σ reference² / Σ difference²) in decibels; infinite where nothing differs.</summary>
    public double SqnrDb => Decibels(sumReference, sumNoise);

    /// <summary>Cosine of the angle between the two; 1 where both are zero.</summary>
    public double Cosine => sumReference == 0 && sumOther == 0 ? 1 : sumReference == 0 || sumOther == 0 ? 0 : sumProduct / Math.Sqrt(sumReference * sumOther);

    /// <summary>10 log₁₀(signal / noise); infinite without noise, minus infinite without signal.</summary>
    public static double Decibels(double signal, double noise) =>
        noise == 0 ? double.PositiveInfinity : signal == 0 ? double.NegativeInfinity : 10 * Math.Log10(signal / noise);

    /// <summary>Adds elements.</summary>
    /// <param name="reference">Real values.</param>
    /// <param name="other">As many real values, element for element.</param>
    /// <param name="step">Real value of one step; 0 for float tensors.</param>
    public void Add(ReadOnlySpan<float> reference, ReadOnlySpan<float> other, double step)
    {
        if (reference.Length != other.Length)
        {
            throw new ArgumentException($"{other.Length} elements cannot be compared with {reference.Length}.", nameof(other));
        }

        Step = Math.Max(Step, step);
        double limit = step * (1 + Slack);
        double largest = MaxAbsolute;
        for (int i = 0; i < reference.Length; i++)
        {
            double a = reference[i];
            double b = other[i];
            double error = b.Equals(a) ? 0 : b - a; // also where both are the same infinity
            double distance = Math.Abs(error);
            near += distance <= limit ? 1 : 0;
            largest = double.IsNaN(distance) ? double.PositiveInfinity : Math.Max(largest, distance);
            if (double.IsFinite(a) && double.IsFinite(b))
            {
                sumReference += a * a;
                sumOther += b * b;
                sumProduct += a * b;
                sumNoise += error * error;
                sumError += error;
            }
        }

        MaxAbsolute = largest;
        Count += reference.Length;
    }
}
