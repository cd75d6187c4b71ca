using Edge.Features.Design;

namespace Edge.Features;

/// <summary>Energies of spectrum bins to magnitudes of channels: overlapping triangles, then the square root.</summary>
internal sealed class Filterbank
{
    private readonly int firstBin;
    private readonly int[] widths;        // [channels + 1]
    private readonly short[] weightsQ12;  // [bins, 2]: weight in the channel that falls here and in the one that rises

    /// <summary>Lays out the triangles for an FFT of <paramref name="fftSize"/> samples.</summary>
    public Filterbank(MicroOptions options, int fftSize) =>
        MicroFilterbankDesign.Create(options, fftSize, out firstBin, out widths, out weightsQ12);

    /// <summary>Sums each channel's bins and takes the root.</summary>
    /// <param name="spectrum">Complex bins, [fftSize/2 + 1].</param>
    /// <param name="inputShift">Bits that the samples were scaled up by; the magnitudes are scaled down by as many.</param>
    /// <param name="magnitudes">Receives the channels in Q6 of |spectrum|, [channels].</param>
    public void Apply(ReadOnlySpan<short> spectrum, int inputShift, Span<uint> magnitudes)
    {
        int bin = firstBin;
        int weight = 0;
        ulong rising = 0;
        for (int channel = 0; channel < widths.Length; channel++)
        {
            ulong falling = rising;
            rising = 0;
            for (int end = bin + widths[channel]; bin < end; bin++)
            {
                int re = spectrum[2 * bin];
                int im = spectrum[2 * bin + 1];
                ulong energy = (uint)(re * re) + (uint)(im * im);
                falling += energy * (ulong)weightsQ12[weight];
                rising += energy * (ulong)weightsQ12[weight + 1];
                weight += 2;
            }

            // What falls towards the lower edge before the first centre belongs to no channel.
            if (channel > 0)
            {
                magnitudes[channel - 1] = RootToNearest(falling) >> inputShift;
            }
        }
    }

    /// <summary>Square root rounded to nearest, at most 2^32 - 1.</summary>
    internal static uint RootToNearest(ulong value)
    {
        ulong root = 0;
        ulong rest = value;
        for (ulong bit = value == 0 ? 0 : 1UL << (int.CreateTruncating(ulong.Log2(value)) & ~1); bit != 0; bit >>= 2)
        {
            if (rest >= root + bit)
            {
                rest -= root + bit;
                root = (root >> 1) + bit;
            }
            else
            {
                root >>= 1;
            }
        }

        // (root + 1/2)² = root² + root + 1/4. The original rounds 32-bit numbers within 16 bits.
        ulong largest = value <= uint.MaxValue ? ushort.MaxValue : uint.MaxValue;
        return (uint)(rest > root && root != largest ? root + 1 : root);
    }
}
