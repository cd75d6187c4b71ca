using System.Numerics;

namespace Edge.Features;

/// <summary>Parameters of the <c>micro</c> front end, TensorFlow Lite Micro's C micro frontend; defaults as for microWakeWord.</summary>
public sealed record MicroOptions : FrontEndOptions
{
    /// <inheritdoc/>
    public override string Kind => "micro";

    /// <summary>Channels of the filterbank, 1 to 128.</summary>
    public int Channels { get; init; } = 40;

    /// <summary>Lower edge of the first triangle, in Hz.</summary>
    public int LowHz { get; init; } = 125;

    /// <summary>Upper edge of the last triangle, in Hz; at most half the sample rate.</summary>
    public int HighHz { get; init; } = 7_500;

    /// <summary>Fractional bits of the noise estimate.</summary>
    public int SmoothingBits { get; init; } = 10;

    /// <summary>Share of the newest frame in the noise estimate of channels 0, 2, 4 …, in 1/16384; 409 is 0.025.</summary>
    public int EvenSmoothingQ14 { get; init; } = 409;

    /// <summary>Share of the newest frame in the noise estimate of channels 1, 3, 5 …, in 1/16384; 983 is 0.06.</summary>
    public int OddSmoothingQ14 { get; init; } = 983;

    /// <summary>Share of the signal that noise reduction always leaves, in 1/16384; 819 is 0.05.</summary>
    public int MinSignalRemainingQ14 { get; init; } = 819;

    /// <summary>Whether per-channel amplitude normalization follows noise reduction.</summary>
    public bool Pcan { get; init; } = true;

    /// <summary>Exponent of the gain curve in hundredths; 95 is 0.95.</summary>
    public int PcanStrengthHundredths { get; init; } = 95;

    /// <summary>What is added to the noise estimate before the exponent.</summary>
    public int PcanOffset { get; init; } = 80;

    /// <summary>Fractional bits of the gain.</summary>
    public int PcanGainBits { get; init; } = 21;

    /// <summary>Whether the logarithm is taken.</summary>
    public bool Log { get; init; } = true;

    /// <summary>Fractional bits of the logarithm.</summary>
    public int ScaleShift { get; init; } = 6;

    /// <summary>Length of the FFT: the window's, rounded up to a power of two.</summary>
    public int FftSize => (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(WindowSamples, 1));

    /// <summary>How many bits the magnitudes lack to integers: log2 of the FFT's length less half the bits of a filter weight.</summary>
    internal int CorrectionBits => BitOperations.Log2((uint)FftSize) - 6;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Faults()
    {
        var faults = new List<string>(base.Faults());
        Require(faults, nameof(Channels), Channels, 1, 128);
        Require(faults, nameof(LowHz), LowHz, 0, 23_999);
        Require(faults, nameof(HighHz), HighHz, Math.Max(LowHz, 0) + 1, SampleRateHz / 2 - 1);
        Require(faults, nameof(SmoothingBits), SmoothingBits, 6, 12);
        Require(faults, nameof(EvenSmoothingQ14), EvenSmoothingQ14, 0, 1 << 14);
        Require(faults, nameof(OddSmoothingQ14), OddSmoothingQ14, 0, 1 << 14);
        Require(faults, nameof(MinSignalRemainingQ14), MinSignalRemainingQ14, 0, 1 << 14);
        Require(faults, nameof(PcanStrengthHundredths), PcanStrengthHundredths, 0, 200);
        Require(faults, nameof(PcanOffset), PcanOffset, 1, 65_535);
        Require(faults, nameof(PcanGainBits), PcanGainBits, 17, 31);
        Require(faults, nameof(ScaleShift), ScaleShift, 0, 12);
        return faults;
    }

    private protected override int MinWindowSamples => 33; // an FFT of at least 64

    private protected override int MaxHopSamples => Math.Max(WindowSamples, 1); // the original has no longer hops
}
