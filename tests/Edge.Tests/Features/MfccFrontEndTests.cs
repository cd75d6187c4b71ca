using Edge.Features;

namespace Edge.Tests.Features;

public class MfccFrontEndTests
{
    public static TheoryData<string> Names() => [.. Cases.Keys];

    private static readonly Dictionary<string, MfccOptions> Cases = new()
    {
        ["TensorFlow"] = new MfccOptions(LogMelOptions.TensorFlow(16_000)) { Coefficients = 10 },
        ["MLPerf keyword spotting"] = new MfccOptions(
            LogMelOptions.TensorFlow(16_000) with { HopSamples = 320, LowHz = 20, HighHz = 4_000 }) { Coefficients = 10 },
        ["librosa"] = new MfccOptions(LogMelOptions.Librosa(16_000) with { Bands = 128 }) { Coefficients = 20, Scaling = DctScaling.Orthonormal },
        ["Kaldi"] = new MfccOptions(LogMelOptions.Kaldi(16_000) with { Bands = 23 }) { Scaling = DctScaling.Orthonormal, Lifter = 22 },
        ["every coefficient"] = new MfccOptions(LogMelOptions.Kaldi(8_000)) { Coefficients = 40, Scaling = DctScaling.Orthonormal },
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void Coefficients_are_the_cosine_transform_of_the_bands(string name)
    {
        MfccOptions options = Cases[name];
        short[] sound = Signals.Noise(options.WindowSamples + 5 * options.HopSamples, 5_000);
        var oracle = new LogMelOracle(options);
        List<int[]> frames = Frames.Read(FrontEnd.Create(options), sound);
        int first = options.Centered ? -((options.WindowSamples + 1) / 2) : 0;
        for (int frame = 0; frame < frames.Count; frame++)
        {
            double[] bands = [.. oracle.Bands(sound, first + frame * options.HopSamples).Select(oracle.Log)];
            for (int k = 0; k < options.Coefficients; k++)
            {
                double expected = Expected(options, bands, k);
                Assert.Equal(expected, frames[frame][k] / 65536.0, 0.005);
            }
        }
    }

    [Fact]
    public void A_convention_keeps_its_parameters()
    {
        var options = new MfccOptions(LogMelOptions.Kaldi(8_000)) { Lifter = 22 };
        Assert.Equal("mfcc", options.Kind);
        Assert.Equal(WindowKind.Povey, options.Window);
        Assert.Equal(200, options.WindowSamples);
        Assert.Equal(13, FrontEnd.Create(options).Bins);
        Assert.Equal(options, options with { Coefficients = 13 });
    }

    private static double Expected(MfccOptions options, double[] bands, int k)
    {
        double sum = bands.Select((x, b) => x * Math.Cos(Math.PI * k * (b + 0.5) / bands.Length)).Sum();
        double scale = Math.Sqrt((options.Scaling == DctScaling.Orthonormal && k == 0 ? 1.0 : 2.0) / bands.Length);
        double lifter = options.Lifter == 0 ? 1 : 1 + options.Lifter / 2.0 * Math.Sin(Math.PI * k / options.Lifter);
        return sum * scale * lifter;
    }
}
