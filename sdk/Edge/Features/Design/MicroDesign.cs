namespace Edge.Features.Design;

/// <summary>The tables of the micro front end's window, gain curve and logarithm.</summary>
/// <remarks>
/// Formulas: tflite-micro, tensorflow/lite/experimental/microfrontend. That library computes in 32-bit floating point; so do
/// these, where the rounding to an integer could show it.
/// </remarks>
internal static class MicroDesign
{
    /// <summary>Hann window in Q12 sampled at half-sample offsets, [samples].</summary>
    public static short[] WindowQ12(int samples)
    {
        var window = new short[samples];
        float step = MathF.PI * 2f / samples;
        for (int i = 0; i < samples; i++)
        {
            float hann = 0.5f - 0.5f * (float)PortableMath.Cos(step * (i + 0.5f));
            window[i] = (short)MathF.Floor(hann * 4096 + 0.5f);
        }

        return window;
    }

    /// <summary>Pieces of the gain curve 2^gainBits · (noise + offset)^-strength over octaves of the noise estimate.</summary>
    /// <param name="options">Strength, offset and gain bits.</param>
    /// <param name="inputBits">Fractional bits of the noise estimate.</param>
    /// <returns>
    /// [2 + 31·3]: the gains of 0 and 1, then for octave n = 2..32, the numbers x with n significant bits, the coefficients
    /// (y0, a1, a2) of y0 + a1·t + a2·t² with t = 0..1 across the octave.
    /// </returns>
    public static short[] PcanGains(MicroOptions options, int inputBits)
    {
        var table = new short[2 + 31 * 3];
        table[0] = PcanGain(options, inputBits, 0);
        table[1] = PcanGain(options, inputBits, 1);
        for (int octave = 2; octave <= 32; octave++)
        {
            uint low = 1u << (octave - 1);
            uint high = octave == 32 ? low + (low - 1) : 2 * low;
            int y0 = PcanGain(options, inputBits, low);
            int rise1 = PcanGain(options, inputBits, low + low / 2) - y0;
            int rise2 = PcanGain(options, inputBits, high) - y0;
            int a1 = 4 * rise1 - rise2;
            table[3 * octave - 4] = (short)y0;
            table[3 * octave - 3] = (short)a1;
            table[3 * octave - 2] = (short)(rise2 - a1);
        }

        return table;
    }

    /// <summary>log2(1 + i/128) - i/128 in Q16, [129] and one 0 behind.</summary>
    public static ushort[] LogCorrectionsQ16()
    {
        var table = new ushort[130];
        for (int i = 0; i < 128; i++)
        {
            double correction = PortableMath.Log(1 + i / 128.0) / PortableMath.Log(2) - i / 128.0;
            table[i] = (ushort)Math.Floor(correction * 65536 + 0.5);
        }

        return table;
    }

    private static short PcanGain(MicroOptions options, int inputBits, uint estimate)
    {
        float noise = (float)estimate / (1u << inputBits);
        float gain = (1u << options.PcanGainBits)
            * (float)PortableMath.Pow(noise + (float)options.PcanOffset, -(options.PcanStrengthHundredths / 100f));
        return gain > short.MaxValue ? short.MaxValue : (short)(gain + 0.5f);
    }
}
