using System.Diagnostics;

namespace Edge.Audio;

/// <summary>The coefficients of a resampler and their integer application; made by <see cref="ResamplerDesign"/>.</summary>
/// <remarks>
/// Row p, [taps], is the low-pass filter seen from an output that lies p/phases of a sample after an input sample. Where there
/// is no row for every position, the two nearest are applied and their results interpolated; then a last row repeats the
/// first, one sample later.
/// </remarks>
internal sealed class PolyphaseFilter
{
    /// <summary>Fractional bits of a coefficient.</summary>
    public const int CoefficientBits = 22;

    private const int WeightBits = 15; // of an interpolation: 39-bit sums leave room in 64

    private readonly int[] coefficientsQ22;

    /// <param name="coefficientsQ22">[rows, taps]; rows are one more than phases where interpolated.</param>
    /// <param name="taps">A multiple of <see cref="PolyphaseKernel.Step"/>, at most <see cref="PolyphaseKernel.MaxTaps"/>.</param>
    /// <param name="phases">Positions between two input samples that have a row.</param>
    /// <param name="interpolated">True where positions have no row of their own.</param>
    public PolyphaseFilter(int[] coefficientsQ22, int taps, int phases, bool interpolated)
    {
        Debug.Assert(taps % PolyphaseKernel.Step == 0 && taps <= PolyphaseKernel.MaxTaps);
        Debug.Assert(coefficientsQ22.Length == taps * (interpolated ? phases + 1 : phases));
        this.coefficientsQ22 = coefficientsQ22;
        Taps = taps;
        Phases = phases;
        Interpolated = interpolated;
    }

    public int Taps { get; }

    public int Phases { get; }

    public bool Interpolated { get; }

    public ReadOnlySpan<int> Row(int phase) => coefficientsQ22.AsSpan(phase * Taps, Taps);

    /// <summary>One output, rounded to nearest, ties up, and saturated.</summary>
    /// <param name="window">The input under the filter, [taps].</param>
    /// <param name="position">Numerator of the output's position between two input samples.</param>
    /// <param name="positions">Its denominator; equal to <see cref="Phases"/> where nothing is interpolated.</param>
    public short Apply(ReadOnlySpan<short> window, int position, int positions)
    {
        long sumQ22;
        if (!Interpolated)
        {
            sumQ22 = PolyphaseKernel.Dot(window, Row(position));
        }
        else
        {
            (long phase, long rest) = Math.DivRem((long)position * Phases, positions);
            long weight = (rest << WeightBits) / positions;
            long first = PolyphaseKernel.Dot(window, Row((int)phase));
            long second = PolyphaseKernel.Dot(window, Row((int)phase + 1));
            sumQ22 = first + (((second - first) * weight) >> WeightBits);
        }

        long rounded = (sumQ22 + (1L << (CoefficientBits - 1))) >> CoefficientBits;
        return (short)Math.Clamp(rounded, short.MinValue, short.MaxValue);
    }
}
