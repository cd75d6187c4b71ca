using System.Numerics;

namespace Edge.Tests.Features;

/// <summary>What public models' own scripts compute before the network, in double precision and from their formulas alone.</summary>
internal static class PublicFrontEnds
{
    /// <summary>YAMNet's ln(mel + <paramref name="offset"/>) of a waveform, [frames][64].</summary>
    public static double[][] Yamnet(double[] wave, double offset = 0.001) =>
        [.. TensorFlowMel(wave, 400, 160, 64, 125, 7_500).Select(frame => frame.Select(mel => Math.Log(mel + offset)).ToArray())];

    /// <summary>The MFCC of MLPerf Tiny's keyword spotting of a waveform that is scaled already, [frames][10].</summary>
    public static double[][] KeywordMfcc(double[] wave) =>
    [
        .. TensorFlowMel(wave, 480, 320, 40, 20, 4_000).Select(frame =>
        {
            double[] log = [.. frame.Select(mel => Math.Log(mel + 1e-6))];
            return Enumerable.Range(0, 10).Select(k =>
                log.Select((x, n) => 2 * x * Math.Cos(Math.PI * k * (2 * n + 1) / (2.0 * log.Length))).Sum() / Math.Sqrt(2 * log.Length)).ToArray();
        }),
    ];

    /// <summary>The decibels of MLPerf Tiny's anomaly detection, librosa's centred frames, [frames][128].</summary>
    public static double[][] AnomalyDecibels(double[] wave)
    {
        double[] padded = [.. new double[512], .. wave, .. new double[512]];
        double[] bin = [.. Enumerable.Range(0, 513).Select(k => k * 16_000.0 / 1_024)];
        double[] mel = [.. Enumerable.Range(0, 130).Select(i => SlaneyHz(i * SlaneyMel(8_000) / 129))];
        var filters = Enumerable.Range(0, 128).Select(band => bin.Select(f =>
            Math.Max(0, Math.Min((f - mel[band]) / (mel[band + 1] - mel[band]), (mel[band + 2] - f) / (mel[band + 2] - mel[band + 1])))
            * 2 / (mel[band + 2] - mel[band])).ToArray()).ToArray();
        return
        [
            .. Frames(padded, 1_024, 512).Select(frame =>
            {
                double[] power = [.. Spectrum(frame, 1_024).Select(x => x * x)];
                return filters.Select(filter => 10 * Math.Log10(filter.Zip(power, (w, p) => w * p).Sum() + 2.220446049250313e-16)).ToArray();
            }),
        ];
    }

    /// <summary>tf.abs(tf.signal.stft) times tf.signal.linear_to_mel_weight_matrix, FFT of 512.</summary>
    private static IEnumerable<double[]> TensorFlowMel(double[] wave, int window, int hop, int bands, double low, double high)
    {
        static double Mel(double hz) => 1127 * Math.Log(1 + hz / 700);
        double[] edges = [.. Enumerable.Range(0, bands + 2).Select(i => Mel(low) + i * (Mel(high) - Mel(low)) / (bands + 1))];
        foreach (double[] frame in Frames(wave, window, hop))
        {
            double[] magnitude = Spectrum(frame, 512);
            var mel = new double[bands];
            for (int k = 1; k < magnitude.Length; k++)
            {
                double place = Mel(k * 16_000.0 / 512);
                for (int band = 0; band < bands; band++)
                {
                    double rising = (place - edges[band]) / (edges[band + 1] - edges[band]);
                    double falling = (edges[band + 2] - place) / (edges[band + 2] - edges[band + 1]);
                    mel[band] += magnitude[k] * Math.Max(0, Math.Min(rising, falling));
                }
            }

            yield return mel;
        }
    }

    private static IEnumerable<double[]> Frames(double[] wave, int window, int hop)
    {
        for (int start = 0; start + window <= wave.Length; start += hop)
        {
            yield return [.. Enumerable.Range(0, window).Select(i => wave[start + i] * (0.5 - 0.5 * Math.Cos(2 * Math.PI * i / window)))];
        }
    }

    private static double[] Spectrum(double[] frame, int size)
    {
        Complex[] bins = Transform([.. frame.Select(x => new Complex(x, 0)), .. new Complex[size - frame.Length]]);
        return [.. bins.Take(size / 2 + 1).Select(Complex.Abs)];
    }

    private static Complex[] Transform(Complex[] x)
    {
        if (x.Length == 1)
        {
            return x;
        }

        Complex[] even = Transform([.. x.Where((_, i) => i % 2 == 0)]);
        Complex[] odd = Transform([.. x.Where((_, i) => i % 2 == 1)]);
        Complex[] turned = [.. odd.Select((value, k) => value * Complex.FromPolarCoordinates(1, -2 * Math.PI * k / x.Length))];
        return [.. even.Zip(turned, (a, b) => a + b), .. even.Zip(turned, (a, b) => a - b)];
    }

    private static double SlaneyMel(double hz) => hz < 1_000 ? hz * 3 / 200 : 15 + 27 * Math.Log(hz / 1_000) / Math.Log(6.4);

    private static double SlaneyHz(double mel) => mel < 15 ? mel * 200 / 3 : 1_000 * Math.Pow(6.4, (mel - 15) / 27);
}
