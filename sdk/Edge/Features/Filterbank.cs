using Edge.Features.Design;
using Edge.Numerics;

namespace Edge.Features;

/// <summary>Energies of spectrum bins to magnitudes of channels: overlapping triangles, then the square root.</summary>
internal sealed partial class Filterbank
{
    private readonly int firstBin;
    private readonly int[] widths;        // [channels + 1]
    private readonly short[] weightsQ12;  // [bins, 2]: weight in the channel that falls here and in the one that rises
    private readonly uint[] energies;     // [bins]
    private readonly KernelSet kernels;

    /// <summary>Lays out the triangles for an FFT of <paramref name="fftSize"/> samples.</summary>
    public Filterbank(MicroOptions options, int fftSize, KernelSet kernels)
    {
        this.kernels = kernels;
        MicroFilterbankDesign.Create(options, fftSize, out firstBin, out widths, out weightsQ12);
        energies = new uint[weightsQ12.Length / 2];
    }

    /// <summary>Sums each channel's bins and takes the root.</summary>
    /// <param name="spectrum">Complex bins, [fftSize/2 + 1].</param>
    /// <param name="inputShift">Bits that the samples were scaled up by; the magnitudes are scaled down by as many.</param>
    /// <param name="magnitudes">Receives the channels in Q6 of |spectrum|, [channels].</param>
    public void Apply(ReadOnlySpan<short> spectrum, int inputShift, Span<uint> magnitudes)
    {
        spectrum = spectrum.Slice(2 * firstBin, 2 * energies.Length);
        if (kernels == KernelSet.Reference)
        {
            MeasureReference(spectrum, energies);
        }
        else
        {
            MeasureVector128(spectrum, energies);
        }

        int bin = 0;
        ulong rising = 0;
        for (int channel = 0; channel < widths.Length; channel++)
        {
            ReadOnlySpan<uint> bins = energies.AsSpan(bin, widths[channel]);
            ReadOnlySpan<short> weights = weightsQ12.AsSpan(2 * bin, 2 * bins.Length);
            bin += bins.Length;
            ulong falling = rising;
            rising = 0;
            for (int i = 0; i < bins.Length; i++)
            {
                falling += bins[i] * (ulong)weights[2 * i];
                rising += bins[i] * (ulong)weights[2 * i + 1];
            }

            // What falls towards the lower edge before the first centre belongs to no channel.
            if (channel > 0)
            {
                magnitudes[channel - 1] = Magnitude(falling) >> inputShift;
            }
        }
    }

    // The original rounds the roots of 32-bit numbers within 16 bits.
    private static uint Magnitude(ulong energy)
    {
        uint root = IntegerRoot.Nearest(energy);
        return root == 0x10000 && energy <= uint.MaxValue ? 0xFFFF : root;
    }

    private static void MeasureReference(ReadOnlySpan<short> spectrum, Span<uint> energies)
    {
        for (int i = 0; i < energies.Length; i++)
        {
            int re = spectrum[2 * i];
            int im = spectrum[2 * i + 1];
            energies[i] = (uint)(re * re) + (uint)(im * im);
        }
    }
}
