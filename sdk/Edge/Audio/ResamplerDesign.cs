namespace Edge.Audio;

/// <summary>Designs a resampler's low-pass filter: a sinc under a Kaiser window. The only floating point of the resampler.</summary>
/// <remarks>
/// Formulas: J. F. Kaiser's window and its length, as in Oppenheim and Schafer, "Discrete-Time Signal Processing", section 7.5;
/// I0 by Abramowitz and Stegun 9.8.1 and 9.8.2, whose relative error of 2e-7 is far below a Q22 coefficient's rounding.
/// </remarks>
internal static class ResamplerDesign
{
    /// <summary>The pass band ends, and the transition begins, at this part of the slower rate's Nyquist frequency.</summary>
    public const double PassbandEdge = 0.9;

    private const double StopbandDb = 90;

    // 512 KiB. Larger tables, those of rates with a small common divisor, are replaced by interpolation between rows.
    private const int MaxCoefficients = 128 * 1024;

    // Linear interpolation between rows 1/P of a sample apart errs by at most (w/P)²/8 at w radians a sample; for w = pi and
    // P = 256 that is -94 dB. A filter that passes less than the input's Nyquist frequency needs fewer rows in proportion.
    private const int InterpolatedPhases = 256;

    /// <summary>The filter for a pair of rates.</summary>
    public static PolyphaseFilter Create(int inputRateHz, int outputRateHz)
    {
        double bandwidth = Math.Min(1.0, outputRateHz / (double)inputRateHz); // slower Nyquist in units of the input's
        double transition = (1 - PassbandEdge) * bandwidth * Math.PI; // radians a sample
        int half = (int)Math.Ceiling((StopbandDb - 7.95) / (2.285 * transition) / PolyphaseKernel.Step) * PolyphaseKernel.Step / 2;
        int exactPhases = outputRateHz / Resampler.GreatestCommonDivisor(inputRateHz, outputRateHz);
        bool interpolated = (long)exactPhases * 2 * half > MaxCoefficients;
        int phases = interpolated ? (int)Math.Ceiling(InterpolatedPhases * bandwidth) : exactPhases;
        return new PolyphaseFilter(DesignRows(bandwidth, half, phases, interpolated), 2 * half, phases, interpolated);
    }

    private static int[] DesignRows(double bandwidth, int half, int phases, bool interpolated)
    {
        int taps = 2 * half;
        int rows = interpolated ? phases + 1 : phases;
        int[] coefficientsQ22 = new int[rows * taps];
        double[] row = new double[taps];
        for (int phase = 0; phase <= phases / 2; phase++)
        {
            // Tap k lies k - half + 1 samples after the input sample that the output follows by phase/phases.
            DesignRow(row, (1 - half) - (phase / (double)phases), half, bandwidth * (1 + PassbandEdge) / 2);
            Span<int> quantized = coefficientsQ22.AsSpan(phase * taps, taps);
            Quantize(row, quantized);
            int mirrored = phases - phase; // the filter is symmetric in time
            if (mirrored < rows && mirrored != phase)
            {
                Span<int> mirror = coefficientsQ22.AsSpan(mirrored * taps, taps);
                quantized.CopyTo(mirror);
                mirror.Reverse();
            }
        }

        return coefficientsQ22;
    }

    /// <summary>Samples the windowed sinc at <paramref name="start"/>, start + 1 …; <paramref name="cutoff"/> in units of the Nyquist frequency.</summary>
    private static void DesignRow(Span<double> row, double start, int half, double cutoff)
    {
        const double beta = 0.1102 * (StopbandDb - 8.7);
        double gain = cutoff / BesselI0(beta);
        for (int k = 0; k < row.Length; k++)
        {
            double t = start + k;
            double angle = Math.PI * cutoff * t;
            double edge = Math.Max(0, 1 - (t * t / ((double)half * half)));
            row[k] = gain * BesselI0(beta * Math.Sqrt(edge)) * (angle == 0 ? 1 : Math.Sin(angle) / angle);
        }
    }

    /// <summary>Rounds to Q22 such that the row's sum is exactly 1: a constant input stays what it is, at every phase.</summary>
    private static void Quantize(ReadOnlySpan<double> row, Span<int> quantized)
    {
        const int one = 1 << PolyphaseFilter.CoefficientBits;
        double sum = 0;
        foreach (double value in row)
        {
            sum += value;
        }

        int rest = one;
        int largest = 0;
        for (int k = 0; k < row.Length; k++)
        {
            quantized[k] = (int)Math.Round(row[k] / sum * one);
            rest -= quantized[k];
            largest = quantized[k] > quantized[largest] ? k : largest;
        }

        quantized[largest] += rest;
    }

    private static double BesselI0(double x)
    {
        if (x < 3.75)
        {
            double y = x / 3.75 * (x / 3.75);
            return 1 + (y * (3.5156229 + (y * (3.0899424 + (y * (1.2067492 + (y * (0.2659732 + (y * (0.0360768 + (y * 0.0045813)))))))))));
        }

        double z = 3.75 / x;
        double series = 0.39894228 + (z * (0.01328592 + (z * (0.00225319 + (z * (-0.00157565 + (z * (0.00916281 + (z * (-0.02057706
            + (z * (0.02635537 + (z * (-0.01647633 + (z * 0.00392377)))))))))))))));
        return Math.Exp(x) / Math.Sqrt(x) * series;
    }
}
