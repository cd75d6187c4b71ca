using Edge.Features;

namespace Edge.Tests.Features;

public class LogMelFrontEndTests(ITestOutputHelper output)
{
    public static TheoryData<string> Names() => [.. Cases.Keys];

    // Every convention at several rates and lengths, and every option somewhere away from its default.
    private static readonly Dictionary<string, LogMelOptions> Cases = new()
    {
        ["librosa 16 kHz"] = LogMelOptions.Librosa(16_000),
        ["librosa 22.05 kHz, 2048, 128 bands"] =
            LogMelOptions.Librosa(22_050) with { FftSize = 2048, WindowSamples = 2048, HopSamples = 512, Bands = 128 },
        ["librosa 32 kHz, 1024, 64 bands"] = LogMelOptions.Librosa(32_000) with { Bands = 64, LowHz = 50, HighHz = 14_000 },
        ["librosa 16 kHz, 64, 26 bands"] =
            LogMelOptions.Librosa(16_000) with { FftSize = 64, WindowSamples = 64, HopSamples = 32, Bands = 26 },
        ["librosa 16 kHz, odd window"] = LogMelOptions.Librosa(16_000) with { WindowSamples = 401 },
        ["librosa 16 kHz, magnitude"] = LogMelOptions.Librosa(16_000) with { Spectrum = SpectrumKind.Magnitude },
        ["Kaldi 16 kHz, 80 bands"] = LogMelOptions.Kaldi(16_000) with { Bands = 80 },
        ["Kaldi 8 kHz"] = LogMelOptions.Kaldi(8_000) with { Bands = 23 },
        ["Kaldi 48 kHz, integer samples"] = LogMelOptions.Kaldi(48_000) with { Bands = 128, IntegerSamples = true },
        ["Kaldi 16 kHz, symmetric Hann"] = LogMelOptions.Kaldi(16_000) with { Window = WindowKind.HannSymmetric },
        ["Kaldi 16 kHz, Hamming, no pre-emphasis"] =
            LogMelOptions.Kaldi(16_000) with { Window = WindowKind.Hamming, PreEmphasisMillionths = 0 },
        ["TensorFlow 16 kHz"] = LogMelOptions.TensorFlow(16_000),
        ["TensorFlow 16 kHz, MLPerf keyword spotting"] = LogMelOptions.TensorFlow(16_000) with { HopSamples = 320, LowHz = 20, HighHz = 4_000 },
        ["TensorFlow 44.1 kHz, power"] =
            LogMelOptions.TensorFlow(44_100) with { Spectrum = SpectrumKind.Power, FloorExponent = -10, HighHz = 20_000 },
        ["TensorFlow 8 kHz, 128 samples, rectangular"] =
            LogMelOptions.TensorFlow(8_000) with { WindowSamples = 100, FftSize = 128, Window = WindowKind.Rectangular, Bands = 12 },
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void Logarithms_are_within_a_tenth_of_a_nat_of_double_precision_above_minus_80_dBFS(string name)
    {
        LogMelOptions options = Cases[name];
        var oracle = new LogMelOracle(options);
        var errors = new List<double>();
        foreach ((string kind, short[] sound) in Sounds(options.SampleRateHz))
        {
            List<int[]> frames = Frames.Read(FrontEnd.Create(options), sound);
            int first = options.Centered ? -((options.WindowSamples + 1) / 2) : 0;
            for (int frame = 0; frame < frames.Count; frame += 5)
            {
                double[] expected = oracle.Bands(sound, first + frame * options.HopSamples);
                for (int band = 0; band < expected.Length; band++)
                {
                    double error = Math.Abs(frames[frame][band] / 65536.0 - oracle.Log(expected[band]));
                    double threshold = oracle.FullScale * (options.Spectrum == SpectrumKind.Power ? 1e-8 : 1e-4);
                    if (expected[band] / oracle.BandFactor(band) > threshold)
                    {
                        errors.Add(error);
                        Assert.True(error <= 0.1, $"{kind}, frame {frame}, band {band}: {error} nat");
                    }
                }
            }
        }

        output.WriteLine($"{name}: {errors.Count} values, mean {errors.Average():E1}, max {errors.Max():E1} nat");
        Assert.True(errors.Count > 200, "hardly anything was compared");
        Assert.True(errors.Average() <= 0.02, $"mean error {errors.Average()} nat");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Silence_gives_the_floor(string name)
    {
        LogMelOptions options = Cases[name] with { Floor = LogFloor.Max };
        double floor = Math.Log(options.FloorDigits) + options.FloorExponent * Math.Log(10);
        foreach (LogFloor kind in Enum.GetValues<LogFloor>())
        {
            int[] frame = Frames.Read(FrontEnd.Create(options with { Floor = kind }), new short[options.WindowSamples])[0];
            Assert.All(frame, feature => Assert.Equal(floor, feature / 65536.0, 1e-4));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Frames_do_not_depend_on_how_the_sound_is_cut(string name)
    {
        LogMelOptions options = Cases[name];
        short[] sound = Signals.Noise(6 * options.WindowSamples + 17, 9000);
        FrontEnd frontEnd = FrontEnd.Create(options);
        List<int[]> whole = Frames.Read(frontEnd, sound);
        frontEnd.Reset();
        Assert.Equal(whole, Frames.ReadInPieces(frontEnd, sound, 50, seed: 3));
    }

    [Fact]
    public void Centred_frames_are_as_many_as_librosa_gives()
    {
        FrontEnd frontEnd = FrontEnd.Create(LogMelOptions.Librosa(16_000) with { WindowSamples = 401 });
        short[] sound = Signals.Noise(16_000, 100);
        int frames = Frames.Read(frontEnd, [.. sound, .. new short[frontEnd.TrailingZeros]]).Count;
        Assert.Equal(1 + 16_000 / 160, frames);
    }

    [Fact]
    public void Extreme_samples_do_not_overflow()
    {
        short[] sound = [.. Enumerable.Range(0, 4096).Select(i => (i / 3 & 1) == 0 ? short.MinValue : short.MaxValue)];
        foreach (LogMelOptions options in Cases.Values)
        {
            var oracle = new LogMelOracle(options);
            int[] frame = Frames.Read(FrontEnd.Create(options with { Centered = false }), sound)[0];
            double[] expected = oracle.Bands(sound, 0);
            int loudest = expected.Index().MaxBy(pair => pair.Item).Index;
            Assert.Equal(oracle.Log(expected[loudest]), frame[loudest] / 65536.0, 1e-3);
        }
    }

    private static IEnumerable<(string Kind, short[] Sound)> Sounds(int rateHz)
    {
        int length = rateHz / 4;
        yield return ("loud noise", Signals.Noise(length, 32_767));
        yield return ("quiet noise", Signals.Noise(length, 300));
        yield return ("faint noise", Signals.Noise(length, 8));
        yield return ("last bit", Signals.Noise(length, 1));
        yield return ("sweep", Signals.Sweep(length, 32_000));
        yield return ("faint sweep", Signals.Sweep(length, 20));
        yield return ("sweep on an offset", [.. Signals.Sweep(length, 8_000).Select(x => (short)(x + 20_000))]);
        string speech = Path.Combine(Path.GetDirectoryName(Repository.Root)!, "shared", "oracle", "micro-frontend", "speech.wav");
        if (File.Exists(speech))
        {
            yield return ("speech", Signals.ReadWav(speech)[8_000..(8_000 + length)]);
        }
    }
}
