using Edge.Features;

namespace Edge.Quantization.Checkpoints.Wav2Small;

/// <summary>
/// What stands before Wav2Small's convolutions: a short-time Fourier transform of 64 samples every 32, 26 mel bands of librosa, decibels. Its tables are
/// constants of the published module, and the device computes them itself.
/// </summary>
internal static class PublishedFrontEnd
{
    public const int Window = 64, Hop = 32, Bands = 26, Bins = Window / 2 + 1, SampleRateHz = 16_000;

    /// <summary>Smallest energy that the network takes the logarithm of, 10^<see cref="FloorExponent"/>.</summary>
    public const int FloorExponent = -10;

    private const int HighHz = SampleRateHz / 2;

    /// <summary>The front end as the device has it: natural logarithms of energies of samples of ±1, with a floor below the network's own.</summary>
    /// <param name="powerOfSound">Mean square of the sound that the network hears divided by its root.</param>
    public static LogMelOptions Options(double powerOfSound) => new()
    {
        SampleRateHz = SampleRateHz, WindowSamples = Window, HopSamples = Hop, FftSize = Window, Bands = Bands, HighHz = HighHz, AreaNormalized = true,
        FloorExponent = (int)Math.Floor(Math.Log10(powerOfSound)) + FloorExponent,
    };

    /// <summary>cos(2πkn/64) of the bin k times a periodic Hann window, [33, 1, 64].</summary>
    public static double[] Cosines() => Table(Math.Cos);

    /// <summary>The same of −sin.</summary>
    public static double[] Sines() => Table(angle => -Math.Sin(angle));

    /// <summary>Triangles between mels of Slaney's scale, straight over Hz, each of area 1 over Hz: librosa.filters.mel, transposed to [33, 26].</summary>
    public static double[] MelWeights()
    {
        double[] edges = [.. Enumerable.Range(0, Bands + 2).Select(i => ToHz(i * ToMel(HighHz) / (Bands + 1)))];
        var weights = new double[Bins * Bands];
        for (int bin = 0; bin < Bins; bin++)
        {
            double hz = (double)bin * SampleRateHz / Window;
            for (int band = 0; band < Bands; band++)
            {
                (double low, double centre, double high) = (edges[band], edges[band + 1], edges[band + 2]);
                double height = Math.Max(0, Math.Min((hz - low) / (centre - low), (high - hz) / (high - centre)));
                weights[bin * Bands + band] = height * 2 / (high - low);
            }
        }

        return weights;
    }

    private static double[] Table(Func<double, double> function) =>
    [
        .. Enumerable.Range(0, Bins).SelectMany(bin => Enumerable.Range(0, Window).Select(sample =>
            function(2 * Math.PI * (bin * sample % Window) / Window) * (0.5 - 0.5 * Math.Cos(2 * Math.PI * sample / Window)))),
    ];

    /// <summary>Slaney's mel scale (Auditory Toolbox): linear up to 1 kHz, which is 15 mel, then 27 mel for each factor of 6.4.</summary>
    private static double ToMel(double hz) => hz < 1000 ? hz * 3 / 200 : 15 + 27 * Math.Log(hz / 1000) / Math.Log(6.4);

    private static double ToHz(double mel) => mel < 15 ? mel * 200 / 3 : 1000 * Math.Exp((mel - 15) / 27 * Math.Log(6.4));
}
