using Edge.Features;

namespace Edge.Tests.Features;

/// <summary>Log-mel in double precision, straight from the conventions' formulas; shares nothing with the product's design code.</summary>
internal sealed class LogMelOracle
{
    private readonly LogMelOptions options;
    private readonly double[] window;
    private readonly double[][] filters; // [bands][fft size/2 + 1]
    private readonly double[] cos;
    private readonly double[] sin;

    public LogMelOracle(LogMelOptions options)
    {
        this.options = options;
        int n = options.WindowSamples;
        window = [.. Enumerable.Range(0, n).Select(i => WindowAt(options.Window, i, n))];
        filters = Filters();
        int size = options.FftSize;
        cos = [.. Enumerable.Range(0, size).Select(i => Math.Cos(2 * Math.PI * i / size))];
        sin = [.. Enumerable.Range(0, size).Select(i => Math.Sin(2 * Math.PI * i / size))];
    }

    /// <summary>
    /// 0 dBFS: what a full-scale sine on a bin's centre gives in a filter of height 1, (Σwindow/2)² for powers, Σwindow/2 for magnitudes.
    /// </summary>
    public double FullScale
    {
        get
        {
            double amplitude = window.Sum() / 2 * (options.IntegerSamples ? 32768 : 1);
            return options.Spectrum == SpectrumKind.Power ? amplitude * amplitude : amplitude;
        }
    }

    /// <summary>The factor in front of a band, which dBFS leave out: 1, or librosa's area norm.</summary>
    public double BandFactor(int band) => options.AreaNormalized ? 2 / (Edge(band + 2) - Edge(band)) : 1;

    /// <summary>Energies of the bands of the frame that begins at sample <paramref name="start"/>, before floor and logarithm.</summary>
    public double[] Bands(short[] sound, int start)
    {
        double[] frame = [.. Enumerable.Range(start, options.WindowSamples)
            .Select(i => i < 0 || i >= sound.Length ? 0 : sound[i] / (options.IntegerSamples ? 1.0 : 32768.0))];
        double mean = options.RemoveMean ? frame.Average() : 0;
        double c = options.PreEmphasisMillionths / 1e6;
        var weighted = new double[options.FftSize];
        for (int i = 0; i < frame.Length; i++)
        {
            weighted[i] = (frame[i] - mean - c * (frame[Math.Max(i - 1, 0)] - mean)) * window[i];
        }

        double[] spectrum = [.. Enumerable.Range(0, options.FftSize / 2 + 1).Select(bin => Strength(weighted, bin))];
        return [.. filters.Select((filter, band) => BandFactor(band) * filter.Zip(spectrum, (w, s) => w * s).Sum())];
    }

    /// <summary>The logarithm with its floor.</summary>
    public double Log(double energy)
    {
        double floor = options.FloorDigits * Math.Pow(10, options.FloorExponent);
        return Math.Log(options.Floor == LogFloor.Add ? energy + floor : Math.Max(energy, floor));
    }

    private double Strength(double[] frame, int bin)
    {
        double re = 0;
        double im = 0;
        for (int i = 0; i < options.WindowSamples; i++)
        {
            int angle = (int)((long)i * bin % options.FftSize);
            re += frame[i] * cos[angle];
            im -= frame[i] * sin[angle];
        }

        double power = re * re + im * im;
        return options.Spectrum == SpectrumKind.Power ? power : Math.Sqrt(power);
    }

    private double[][] Filters()
    {
        var result = new double[options.Bands][];
        for (int band = 0; band < options.Bands; band++)
        {
            (double low, double centre, double high) = (Edge(band), Edge(band + 1), Edge(band + 2));
            result[band] = new double[options.FftSize / 2 + 1];
            for (int bin = 0; bin <= options.FftSize / 2; bin++)
            {
                double f = (double)bin * options.SampleRateHz / options.FftSize;
                bool outer = bin == 0 || bin == options.FftSize / 2;
                (double x, double a, double b, double c) = options.TriangleAxis == TriangleAxis.Hz
                    ? (f, low, centre, high)
                    : (Mel(f), Mel(low), Mel(centre), Mel(high));
                result[band][bin] = outer && options.InnerBinsOnly ? 0 : Math.Max(0, Math.Min((x - a) / (b - a), (c - x) / (c - b)));
            }
        }

        return result;
    }

    private double Edge(int i)
    {
        double low = Mel(options.LowHz);
        return Hz(low + i * (Mel(options.HighHz) - low) / (options.Bands + 1));
    }

    private double Mel(double f) => options.MelScale == MelScale.Htk ? 2595 * Math.Log10(1 + f / 700)
        : f < 1000 ? f / (200.0 / 3) : 15 + Math.Log(f / 1000) / (Math.Log(6.4) / 27);

    private double Hz(double m) => options.MelScale == MelScale.Htk ? 700 * (Math.Pow(10, m / 2595) - 1)
        : m < 15 ? m * (200.0 / 3) : 1000 * Math.Exp((m - 15) * (Math.Log(6.4) / 27));

    private static double WindowAt(WindowKind kind, int i, int n) => kind switch
    {
        WindowKind.HannPeriodic => 0.5 - 0.5 * Math.Cos(2 * Math.PI * i / n),
        WindowKind.HannSymmetric => 0.5 - 0.5 * Math.Cos(2 * Math.PI * i / (n - 1)),
        WindowKind.Povey => Math.Pow(0.5 - 0.5 * Math.Cos(2 * Math.PI * i / (n - 1)), 0.85),
        WindowKind.Hamming => 0.54 - 0.46 * Math.Cos(2 * Math.PI * i / (n - 1)),
        _ => 1,
    };
}
