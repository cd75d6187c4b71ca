using Edge.Features.Design;
using Edge.Numerics;

namespace Edge.Features;

/// <summary>Spectrum to mel bands: squares or magnitudes, weighed by triangles and summed in 64 bits.</summary>
internal sealed class MelFilterbank
{
    /// <summary>Fractional bits of a band where magnitudes are summed.</summary>
    public const int MagnitudeFractionBits = 28;

    private readonly int[] firstBins;      // [bands]
    private readonly uint[][] weightsQ32;  // [bands][bins]
    private readonly ulong[] strengths;    // [fft size/2 + 1]
    private readonly bool magnitude;

    /// <summary>Lays out the triangles.</summary>
    public MelFilterbank(LogMelOptions options)
    {
        MelDesign.Create(options, out firstBins, out weightsQ32);
        strengths = new ulong[options.FftSize / 2 + 1];
        magnitude = options.Spectrum == SpectrumKind.Magnitude;
    }

    /// <summary>Sums each band: powers as they are, magnitudes with <see cref="MagnitudeFractionBits"/>.</summary>
    /// <param name="spectrum">Complex bins of a frame below 2^30, divided by the FFT's length, [fft size/2 + 1].</param>
    /// <param name="bands">Receives the sums, [bands]; below 2^63, since by Parseval's theorem the powers add up to less than 2^61.</param>
    public void Apply(ReadOnlySpan<int> spectrum, Span<ulong> bands)
    {
        for (int bin = 0; bin < strengths.Length; bin++)
        {
            long re = spectrum[2 * bin];
            long im = spectrum[2 * bin + 1];
            ulong power = (ulong)(re * re + im * im);
            strengths[bin] = magnitude ? (ulong)IntegerRoot.Nearest(power) << MagnitudeFractionBits : power;
        }

        for (int band = 0; band < bands.Length; band++)
        {
            uint[] weights = weightsQ32[band];
            ReadOnlySpan<ulong> bins = strengths.AsSpan(firstBins[band], weights.Length);
            ulong sum = 0;
            for (int i = 0; i < weights.Length; i++)
            {
                // The upper 64 of 96 bits.
                sum += (bins[i] >> 32) * weights[i] + (((uint)bins[i] * (ulong)weights[i]) >> 32);
            }

            bands[band] = sum;
        }
    }
}
