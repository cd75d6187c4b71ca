using Edge.Features;

namespace Edge.Tests.Features;

public class FrontEndOptionsTests
{
    public static TheoryData<string, FrontEndOptions> Bad()
    {
        var micro = new MicroOptions();
        var mel = new LogMelOptions();
        var mfcc = new MfccOptions();
        return new TheoryData<string, FrontEndOptions>
        {
            { "SampleRateHz", micro with { SampleRateHz = 7_999, HighHz = 3_000 } },
            { "SampleRateHz", mel with { SampleRateHz = 48_001 } },
            { "WindowSamples", micro with { WindowSamples = 32, HopSamples = 16 } },
            { "WindowSamples", micro with { WindowSamples = int.MaxValue } },
            { "WindowSamples", mel with { WindowSamples = 1 } },
            { "WindowSamples", mel with { WindowSamples = -5 } },
            { "HopSamples", micro with { HopSamples = 481 } },
            { "HopSamples", mel with { HopSamples = 0 } },
            { "HopSamples", new PcmOptions { HopSamples = 48_001 } },
            { "Channels", micro with { Channels = 0 } },
            { "Channels", micro with { Channels = 129 } },
            { "LowHz", micro with { LowHz = -1 } },
            { "HighHz", micro with { HighHz = 8_000 } },
            { "HighHz", micro with { HighHz = 125 } },
            { "SmoothingBits", micro with { SmoothingBits = 13 } },
            { "EvenSmoothingQ14", micro with { EvenSmoothingQ14 = 16_385 } },
            { "OddSmoothingQ14", micro with { OddSmoothingQ14 = -1 } },
            { "MinSignalRemainingQ14", micro with { MinSignalRemainingQ14 = 16_385 } },
            { "PcanStrengthHundredths", micro with { PcanStrengthHundredths = -1 } },
            { "PcanOffset", micro with { PcanOffset = 0 } },
            { "PcanGainBits", micro with { PcanGainBits = 32 } },
            { "ScaleShift", micro with { ScaleShift = 13 } },
            { "FftSize", mel with { FftSize = 500 } },
            { "FftSize", mel with { FftSize = 256 } },
            { "FftSize", mel with { FftSize = 4_096 } },
            { "FftSize", mel with { FftSize = 32, WindowSamples = 20 } },
            { "Bands", mel with { Bands = 257 } },
            { "LowHz", mel with { LowHz = -1 } },
            { "HighHz", mel with { HighHz = 8_001 } },
            { "HighHz", mel with { LowHz = 4_000, HighHz = 4_000 } },
            { "Window", mel with { Window = (WindowKind)9 } },
            { "MelScale", mel with { MelScale = (MelScale)9 } },
            { "TriangleAxis", mel with { TriangleAxis = (TriangleAxis)9 } },
            { "Spectrum", mel with { Spectrum = (SpectrumKind)9 } },
            { "PreEmphasisMillionths", mel with { PreEmphasisMillionths = 1_000_001 } },
            { "Floor", mel with { Floor = (LogFloor)9 } },
            { "FloorDigits", mel with { FloorDigits = 0 } },
            { "FloorExponent", mel with { FloorExponent = 1 } },
            { "Coefficients", mfcc with { Coefficients = 41 } },
            { "Scaling", mfcc with { Scaling = (DctScaling)9 } },
            { "Lifter", mfcc with { Lifter = -1 } },
        };
    }

    [Theory]
    [MemberData(nameof(Bad), DisableDiscoveryEnumeration = true)]
    public void A_bad_option_is_named_with_what_was_found(string name, FrontEndOptions options)
    {
        string fault = Assert.Single(options.Faults());
        Assert.StartsWith($"{name} is ", fault, StringComparison.Ordinal);
        var refusal = Assert.Throws<ArgumentException>(() => FrontEnd.Create(options));
        Assert.Contains(fault, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void All_faults_are_told_at_once()
    {
        var options = new MicroOptions { Channels = 0, ScaleShift = 99, HopSamples = 0 };
        Assert.Equal(3, options.Faults().Count);
    }

    [Theory]
    [InlineData(8_000)]
    [InlineData(11_025)]
    [InlineData(16_000)]
    [InlineData(22_050)]
    [InlineData(44_100)]
    [InlineData(48_000)]
    public void Conventions_are_valid_at_every_rate(int rateHz)
    {
        Assert.Empty(LogMelOptions.Librosa(rateHz).Faults());
        Assert.Empty(LogMelOptions.Kaldi(rateHz).Faults());
        Assert.Empty(LogMelOptions.TensorFlow(rateHz).Faults());
        Assert.Empty((new MicroOptions() with { SampleRateHz = rateHz, HighHz = rateHz / 2 - 1 }).Faults());
    }
}
