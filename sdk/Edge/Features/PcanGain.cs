using Edge.Features.Design;
using Edge.Numerics;

namespace Edge.Features;

/// <summary>Per-channel amplitude normalization: a gain that falls with the noise estimate, and a soft bend of small values.</summary>
internal sealed class PcanGain
{
    private const int SnrBits = 12;    // fractional bits of signal·gain
    private const int OutputBits = 6;  // fractional bits of the result

    private readonly short[] gains; // pieces over octaves of the estimate, see MicroDesign.PcanGains
    private readonly int snrShift;

    /// <summary>Prepares the gain curve.</summary>
    public PcanGain(MicroOptions options)
    {
        gains = MicroDesign.PcanGains(options, options.SmoothingBits - options.CorrectionBits);
        snrShift = options.PcanGainBits - options.CorrectionBits - SnrBits;
    }

    /// <summary>Normalizes <paramref name="signal"/> [channels] in place by the noise <paramref name="estimates"/> [channels].</summary>
    public void Apply(ReadOnlySpan<uint> estimates, Span<uint> signal)
    {
        for (int channel = 0; channel < signal.Length; channel++)
        {
            // A negative gain, which no sensible curve gives, wraps as in the original.
            uint gain = unchecked((uint)Gain(estimates[channel]));
            signal[channel] = Shrink((uint)(((ulong)signal[channel] * gain) >> snrShift));
        }
    }

    // y0 + (a1 + a2·t)·t, where t in Q10 is the place of x in its octave.
    private short Gain(uint x)
    {
        if (x < 2)
        {
            return gains[(int)x];
        }

        int octave = FixedPoint.BitLength(x);
        ReadOnlySpan<short> piece = gains.AsSpan(3 * octave - 4, 3);
        int tQ10 = (int)(octave < 11 ? x << (11 - octave) : x >> (octave - 11)) & 0x3FF;
        int slopeQ5 = ((piece[2] * tQ10) >> 5) + (piece[1] << 5);
        return (short)(((slopeQ5 * tQ10 + (1 << 14)) >> 15) + piece[0]);
    }

    // x²/4 below 2, x - 1 above: Q12 to Q6.
    private static uint Shrink(uint snr) => snr < 2 << SnrBits
        ? (snr * snr) >> (2 + 2 * SnrBits - OutputBits)
        : (snr >> (SnrBits - OutputBits)) - (1 << OutputBits);
}
