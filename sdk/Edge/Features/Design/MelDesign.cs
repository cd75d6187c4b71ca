namespace Edge.Features.Design;

/// <summary>Mel filterbanks of librosa's, Kaldi's and TensorFlow's shapes.</summary>
internal static class MelDesign
{
    /// <summary>Triangles with a peak of 1 between equally spaced mels.</summary>
    /// <param name="options">Bands, limits, scale and axis.</param>
    /// <param name="firstBins">First spectrum bin of each band, [bands].</param>
    /// <param name="weightsQ32">Weights of each band's bins from there on, [bands][bins].</param>
    public static void Create(LogMelOptions options, out int[] firstBins, out uint[][] weightsQ32)
    {
        double[] edges = EdgesMel(options);
        firstBins = new int[options.Bands];
        weightsQ32 = new uint[options.Bands][];
        int from = options.InnerBinsOnly ? 1 : 0;
        int to = options.FftSize / 2 - from;
        for (int band = 0; band < options.Bands; band++)
        {
            double low = OnAxis(options, edges[band]);
            double centre = OnAxis(options, edges[band + 1]);
            double high = OnAxis(options, edges[band + 2]);
            var weights = new List<uint>();
            for (int bin = from; bin <= to; bin++)
            {
                double hz = (double)bin * options.SampleRateHz / options.FftSize;
                double place = options.TriangleAxis == TriangleAxis.Hz ? hz : ToMel(options.MelScale, hz);
                double weight = Math.Min((place - low) / (centre - low), (high - place) / (high - centre));
                if (weight > 0)
                {
                    firstBins[band] = weights.Count == 0 ? bin : firstBins[band];
                    weights.Add((uint)Math.Min(Math.Floor(weight * 4294967296.0 + 0.5), uint.MaxValue));
                }
            }

            weightsQ32[band] = [.. weights];
        }
    }

    /// <summary>Factor that stands before each band: 1, or 2/(width in Hz) where bands are normalized by area.</summary>
    public static double[] BandFactors(LogMelOptions options)
    {
        double[] edges = EdgesMel(options);
        var factors = new double[options.Bands];
        for (int band = 0; band < options.Bands; band++)
        {
            double width = ToHz(options.MelScale, edges[band + 2]) - ToHz(options.MelScale, edges[band]);
            factors[band] = options.AreaNormalized ? 2 / width : 1;
        }

        return factors;
    }

    private static double[] EdgesMel(LogMelOptions options)
    {
        double low = ToMel(options.MelScale, options.LowHz);
        double step = (ToMel(options.MelScale, options.HighHz) - low) / (options.Bands + 1);
        var edges = new double[options.Bands + 2];
        for (int i = 0; i < edges.Length; i++)
        {
            edges[i] = low + i * step;
        }

        return edges;
    }

    private static double OnAxis(LogMelOptions options, double mel) =>
        options.TriangleAxis == TriangleAxis.Mel ? mel : ToHz(options.MelScale, mel);

    // Slaney: 200/3 Hz a mel up to 1 kHz, then 27 mels for each factor of 6.4.
    private static double SlaneyStep => PortableMath.Log(6.4) / 27;

    private static double ToMel(MelScale scale, double hz) => scale == MelScale.Htk ? 1127 * PortableMath.Log(1 + hz / 700)
        : hz < 1000 ? 3 * hz / 200
        : 15 + PortableMath.Log(hz / 1000) / SlaneyStep;

    private static double ToHz(MelScale scale, double mel) => scale == MelScale.Htk ? 700 * (PortableMath.Exp(mel / 1127) - 1)
        : mel < 15 ? 200 * mel / 3
        : 1000 * PortableMath.Exp((mel - 15) * SlaneyStep);
}
