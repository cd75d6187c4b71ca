namespace Edge.Tests.Audio;

/// <summary>The resampler as an instrument sees it: sines in, level, time and everything that is not the sine out.</summary>
public class ResamplerQualityTests
{
    private const double AmplitudeFs = 0.9;

    [Theory]
    [MemberData(nameof(ResamplerTests.Rates), MemberType = typeof(ResamplerTests))]
    public void Sines_in_the_pass_band_keep_level_and_time_and_stay_clean(int inputHz, int outputHz)
    {
        double nyquistHz = Math.Min(inputHz, outputHz) / 2.0;
        double ripple = 0, timing = 0, residue = double.NegativeInfinity;
        foreach (double part in new[] { 0.013, 0.1, 0.251, 0.4, 0.503, 0.6, 0.7, 0.777, 0.85, 0.88, 0.9 })
        {
            double hz = part * nyquistHz;
            (double gainDb, double delaySeconds, double residueDb) = Fit(ResamplerTests.Resample(inputHz, outputHz, Sine(inputHz, hz)), outputHz, hz);
            ripple = Math.Max(ripple, Math.Abs(gainDb));
            timing = Math.Max(timing, Math.Abs(delaySeconds) * outputHz);
            residue = Math.Max(residue, residueDb);
        }

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{inputHz} -> {outputHz}: ripple {ripple:F5} dB, delay {timing:F6} samples, images and noise {residue:F1} dB");
        Assert.InRange(ripple, 0, 0.1);
        Assert.InRange(timing, 0, 1e-4);
        Assert.True(residue <= -80, $"{residue:F1} dB");
    }

    [Theory]
    [MemberData(nameof(ResamplerTests.FallingRates), MemberType = typeof(ResamplerTests))]
    public void Sines_that_the_output_cannot_hold_vanish(int inputHz, int outputHz)
    {
        double lowestHz = outputHz / 2.0;
        double highestHz = inputHz / 2.0;
        double worst = double.NegativeInfinity;
        foreach (double part in new[] { 0, 0.001, 0.02, 0.1, 0.201, 0.35, 0.5, 0.667, 0.8, 0.9, 0.98 })
        {
            double hz = lowestHz + (part * (highestHz - lowestHz));
            short[] middle = Middle(ResamplerTests.Resample(inputHz, outputHz, Sine(inputHz, hz)), outputHz);
            double powerFs = middle.Average(y => y / 32768.0 * (y / 32768.0));
            worst = Math.Max(worst, 10 * Math.Log10((powerFs / (AmplitudeFs * AmplitudeFs / 2)) + 1e-20));
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{inputHz} -> {outputHz}: aliases {worst:F1} dB");
        Assert.True(worst <= -80, $"{worst:F1} dB");
    }

    [Theory]
    [MemberData(nameof(ResamplerTests.Rates), MemberType = typeof(ResamplerTests))]
    public void Many_tones_at_once_come_out_as_their_own_samples_at_the_new_rate(int inputHz, int outputHz)
    {
        Random random = new(3);
        double nyquistHz = Math.Min(inputHz, outputHz) / 2.0;
        (double Hz, double Phase)[] tones = [.. Enumerable.Range(0, 20).Select(_ => (random.NextDouble() * 0.9 * nyquistHz, random.NextDouble() * 6))];
        double Sound(double seconds) => tones.Sum(t => Math.Sin((2 * Math.PI * t.Hz * seconds) + t.Phase)) / 20 * 32000;

        short[] input = [.. Enumerable.Range(0, inputHz / 4).Select(i => (short)Math.Round(Sound(i / (double)inputHz)))];
        short[] output = ResamplerTests.Resample(inputHz, outputHz, input);
        double signal = 0, noise = 0;
        for (int n = outputHz / 16; n < output.Length - (outputHz / 16); n++)
        {
            double ideal = Sound(n / (double)outputHz);
            signal += ideal * ideal;
            noise += (output[n] - ideal) * (output[n] - ideal);
        }

        double snrDb = 10 * Math.Log10(signal / noise);
        TestContext.Current.TestOutputHelper?.WriteLine($"{inputHz} -> {outputHz}: SNR {snrDb:F1} dB");
        Assert.True(snrDb >= 80, $"{snrDb:F1} dB"); // int16 at this level, rounded twice, has 82 to 86
    }

    private static short[] Sine(int rateHz, double hz) =>
        [.. Enumerable.Range(0, rateHz / 4).Select(i => (short)Math.Round(AmplitudeFs * 32768 * Math.Sin(2 * Math.PI * hz * i / rateHz)))];

    /// <summary>Without the ends, where the silence around the sound is heard.</summary>
    private static short[] Middle(short[] output, int outputHz) => output[(outputHz / 16)..^(outputHz / 16)];

    /// <summary>Fits a sine of known frequency by least squares.</summary>
    private static (double GainDb, double DelaySeconds, double ResidueDb) Fit(short[] output, int outputHz, double hz)
    {
        int first = outputHz / 16;
        short[] middle = Middle(output, outputHz);
        double cc = 0, ss = 0, cs = 0, yc = 0, ys = 0, yy = 0;
        for (int i = 0; i < middle.Length; i++)
        {
            (double s, double c) = Math.SinCos(2 * Math.PI * hz * (first + i) / outputHz);
            double y = middle[i] / 32768.0;
            (cc, ss, cs, yc, ys, yy) = (cc + (c * c), ss + (s * s), cs + (c * s), yc + (y * c), ys + (y * s), yy + (y * y));
        }

        double determinant = (cc * ss) - (cs * cs);
        double a = ((ys * cc) - (yc * cs)) / determinant; // of the sine
        double b = ((yc * ss) - (ys * cs)) / determinant; // of the cosine
        double fitted = (a * ys) + (b * yc);
        double amplitude = Math.Sqrt((a * a) + (b * b));
        return (20 * Math.Log10(amplitude / AmplitudeFs), -Math.Atan2(b, a) / (2 * Math.PI * hz), 10 * Math.Log10((yy - fitted) / fitted));
    }
}
