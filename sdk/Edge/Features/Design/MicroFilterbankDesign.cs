namespace Edge.Features.Design;

/// <summary>The triangles of the micro front end's filterbank: neighbouring triangles overlap by half, equally spaced in mel.</summary>
/// <remarks>
/// Formulas: tflite-micro, microfrontend/lib/filterbank_util.c. Every intermediate is rounded to 32 bits as there, because the
/// twelve bits of a weight show it.
/// </remarks>
internal static class MicroFilterbankDesign
{
    /// <summary>Lays out the triangles.</summary>
    /// <param name="options">Channels, limits and rate.</param>
    /// <param name="fftSize">Length of the real FFT.</param>
    /// <param name="firstBin">First spectrum bin that a triangle covers; never 0, the constant part.</param>
    /// <param name="widths">Bins between one triangle's centre and the next one's, [channels + 1].</param>
    /// <param name="weightsQ12">Weight of each bin in the triangle that rises before it and in the one after, [bins, 2].</param>
    public static void Create(MicroOptions options, int fftSize, out int firstBin, out int[] widths, out short[] weightsQ12)
    {
        float hzPerBin = 0.5f * options.SampleRateHz / (fftSize / 2);
        float lowMel = HzToMel(options.LowHz);
        float spacing = (HzToMel(options.HighHz) - lowMel) / (options.Channels + 1);
        firstBin = (int)(1.5f + options.LowHz / hzPerBin);
        widths = new int[options.Channels + 1];
        var weights = new List<short>();
        int bin = firstBin;
        float previousCentre = lowMel;
        for (int channel = 0; channel <= options.Channels; channel++)
        {
            float centre = lowMel + spacing * (channel + 1);
            for (float mel; (mel = HzToMel(bin * hzPerBin)) <= centre; bin++)
            {
                float weight = (centre - mel) / (centre - previousCentre);
                weights.Add((short)MathF.Floor(weight * 4096 + 0.5f));
                weights.Add((short)MathF.Floor((1f - weight) * 4096 + 0.5f));
                widths[channel]++;
            }

            previousCentre = centre;
        }

        weightsQ12 = [.. weights];
    }

    private static float HzToMel(float hz) => 1127f * Log1P(hz / 700f);

    // ln(1 + x) for x >= 0 as FDLIBM's log1pf computes it, which is within one unit of the last place but not always nearest.
    // Newlib and glibc up to 2.40 carry that function, so the tables of the boards and of the published models come from it.
    private static float Log1P(float x)
    {
        const float Ln2High = 6.9313812256e-01f;
        const float Ln2Low = 9.0580006145e-06f;
        int exponent = 0;
        float lost = 0;
        float f = x;
        if (x >= 0.41421356f)
        {
            float u = 1f + x;
            exponent = BitConverter.SingleToInt32Bits(u) / (1 << 23) - 127;
            lost = (exponent > 0 ? 1f - (u - x) : x - (u - 1f)) / u;
            u = MathF.ScaleB(u, -exponent);
            if (BitConverter.SingleToInt32Bits(u) >= 0x3FB504F7)
            {
                exponent++;
                u /= 2;
            }

            f = u - 1f;
        }

        float halfSquare = 0.5f * f * f;
        float s = f / (2f + f);
        float z = s * s;
        float series = z * (6.6666668653e-01f + z * (4.0000000596e-01f + z * (2.8571429849e-01f + z * (2.2222198546e-01f
            + z * (1.8183572590e-01f + z * (1.5313838422e-01f + z * 1.4798198640e-01f))))));
        return exponent == 0
            ? f - (halfSquare - s * (halfSquare + series))
            : exponent * Ln2High - ((halfSquare - (s * (halfSquare + series) + (exponent * Ln2Low + lost))) - f);
    }
}
