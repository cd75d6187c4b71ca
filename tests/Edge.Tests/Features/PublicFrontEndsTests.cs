using System.Runtime.InteropServices;
using Edge.Features;

namespace Edge.Tests.Features;

/// <summary>The catalogue's front ends against what the models' own programs compute, and against files that such programs wrote.</summary>
public class PublicFrontEndsTests(ITestOutputHelper output)
{
    private const double DecibelsPerNat = 4.3429448190325175;

    public static TheoryData<string> Sounds => ["speech", "noise", "faint noise", "sweep"];

    [Theory]
    [MemberData(nameof(Sounds))]
    public void Yamnet_gives_its_own_patches(string name)
    {
        short[] sound = Sound(name);
        Compare(name, Read("yamnet", sound), PublicFrontEnds.Yamnet(Real(sound)), 1 / 65536.0);
    }

    [Theory]
    [MemberData(nameof(Sounds))]
    public void Keyword_spotting_gives_the_coefficients_of_its_training_script(string name)
    {
        short[] sound = Sound(name);
        Compare(name, Read("mlperf-kws", sound), PublicFrontEnds.KeywordMfcc(Real(sound)), 1 / 65536.0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(37)]
    [InlineData(4_096)]
    [InlineData(32_768)]
    public void Samples_count_as_fractions_of_another_full_scale(int fullScale)
    {
        short[] sound = Sound("speech");
        double[] wave = [.. sound.Select(sample => sample / (double)fullScale)];
        NamedFrontEnd keywords = FrontEndCatalogue.Find("mlperf-kws")!;
        foreach (SpectrumKind spectrum in Enum.GetValues<SpectrumKind>())
        {
            LogMelOptions options = (LogMelOptions)keywords.Options with { Spectrum = spectrum };
            FrontEnd frontEnd = FrontEnd.Create(options);
            frontEnd.SetFullScale(fullScale);
            List<int[]> frames = Frames.Read(frontEnd, sound);
            double[][] expected = spectrum == SpectrumKind.Magnitude
                ? PublicFrontEnds.KeywordMfcc(wave)
                : [.. PowerMfcc(options, sound, fullScale, frames.Count)];
            Compare($"{spectrum}, full scale {fullScale}", frames, expected, 1 / 65536.0);
            frontEnd.SetFullScale(32_768);
            frontEnd.Reset();
            Assert.Equal(Frames.Read(FrontEnd.Create(options), sound), Frames.Read(frontEnd, sound));
        }
    }

    [Theory]
    [InlineData("speech")]
    [InlineData("noise")]
    public void Anomaly_detection_gives_the_decibels_of_librosa_without_zeros_around_the_sound(string name)
    {
        // librosa's frame t is centred on sample 512·t, half a window of 1,024 behind its beginning: it is the frame that begins at 512·(t - 1).
        short[] sound = Sound(name);
        List<int[]> frames = Read("mlperf-ad", sound);
        double[][] centred = PublicFrontEnds.AnomalyDecibels(Real(sound));
        Compare(name, frames, centred[1..(1 + frames.Count)], DecibelsPerNat / 65536, DecibelsPerNat);
    }

    [Fact]
    public void Yamnet_gives_the_patch_beside_the_published_model()
    {
        // That patch is of the wave divided by its largest sample, and its offset is VGGish's 0.01:
        // ln(g·x + 0.01) = ln(x + 0.01/g) + ln g with g = 32,768 / 8,078.
        short[] sound = ReadArray<short>("yamnet_test_audio.i16");
        float[] published = ReadArray<float>("yamnet_test_spectra.f32");
        double gain = 32_768.0 / sound.Max();
        var options = (LogMelOptions)FrontEndCatalogue.Find("yamnet")!.Options with { FloorDigits = (int)Math.Round(0.01 / gain * 1e10), FloorExponent = -10 };
        List<int[]> frames = Frames.Read(FrontEnd.Create(options), sound);
        double[][] expected = [.. published.Chunk(64).Select(frame => frame.Select(x => x - Math.Log(gain)).ToArray())];
        Compare("published patch", frames, expected, 1 / 65536.0);
    }

    [Theory]
    [InlineData(0, "chainsaw", "1-116765-A")]
    [InlineData(4, "dog", "1-100032-A")]
    [InlineData(7, "rooster", "1-26806-A")]
    [InlineData(9, "sneezing", "1-26143-A")]
    public void Yamnet_gives_the_patches_that_another_program_made_of_recordings(int place, string label, string clip)
    {
        short[] sound = ReadFlac(Repository.Shared("data", "esc10", "fold1", label, clip + ".flac"));
        float[] patches = ReadArray<float>("yamnet-spectra-in.input.f32")[(place * 2 * 96 * 64)..((place + 1) * 2 * 96 * 64)];
        List<int[]> frames = Read("yamnet", sound)[..192];
        Compare(clip, frames, [.. patches.Chunk(64).Select(frame => frame.Select(x => (double)x).ToArray())], 1 / 65536.0);
    }

    private void Compare(string name, List<int[]> frames, double[][] expected, double step, double nat = 1)
    {
        Assert.Equal(expected.Length, frames.Count);
        double[] errors =
        [
            .. frames.Zip(expected).SelectMany(pair => pair.First.Zip(pair.Second, (found, real) => Math.Abs(found * step - real) / nat)),
        ];
        output.WriteLine($"{name}: {errors.Length} values, mean {errors.Average():E1}, max {errors.Max():E1} nat");
        Assert.True(errors.Length > 400, "hardly anything was compared");
        Assert.True(errors.Average() <= 1e-4, $"mean error {errors.Average()} nat");
        Assert.True(errors.Max() <= 1e-3, $"max error {errors.Max()} nat");
    }

    private static IEnumerable<double[]> PowerMfcc(LogMelOptions options, short[] sound, int fullScale, int frames)
    {
        var oracle = new LogMelOracle(options);
        double gain = Math.Pow(32_768.0 / fullScale, 2);
        for (int frame = 0; frame < frames; frame++)
        {
            double[] log = [.. oracle.Bands(sound, frame * options.HopSamples).Select(band => oracle.Log(band * gain))];
            yield return [.. Enumerable.Range(0, 10).Select(k =>
                log.Select((x, n) => x * Math.Cos(Math.PI * k * (n + 0.5) / log.Length)).Sum() * Math.Sqrt(2.0 / log.Length))];
        }
    }

    private static List<int[]> Read(string name, short[] sound) => Frames.Read(FrontEnd.Create(FrontEndCatalogue.Find(name)!.Options), sound);

    private static double[] Real(short[] sound) => [.. sound.Select(sample => sample / 32768.0)];

    private static short[] Sound(string name) => name switch
    {
        "speech" => Signals.ReadWav(Recordings.Bundled)[56_000..88_000],
        "noise" => Signals.Noise(16_000, 20_000),
        "faint noise" => Signals.Noise(16_000, 30),
        _ => [.. Signals.Sweep(16_000, 12_000).Zip(Signals.Noise(16_000, 20), (a, b) => (short)(a + b))],
    };

    private static T[] ReadArray<T>(string file)
        where T : struct => MemoryMarshal.Cast<byte, T>(File.ReadAllBytes(Repository.Shared("oracle", "tflite", file))).ToArray();

    private static short[] ReadFlac(string path)
    {
        try
        {
            return Recordings.ReadAll(path);
        }
        catch (Edge.Audio.AudioFormatException e) when (e.Message.Contains("libsndfile", StringComparison.Ordinal))
        {
            Assert.Skip(e.Message);
            return [];
        }
    }
}
