using System.Numerics;

namespace Edge.Features;

/// <summary>Parameters of the <c>log-mel</c> front end: windowed frames, FFT, mel filterbank, natural logarithm.</summary>
/// <remarks>
/// <see cref="Librosa"/>, <see cref="Kaldi"/> and <see cref="TensorFlow"/> give the settings of these libraries' own functions.
/// Decibels are the natural logarithm times 10/ln 10, a factor for whoever quantizes the features. A feature lies within 0.001 nat
/// of double precision where its band is above -80 dBFS; 0 dBFS is what a full-scale sine on a bin's centre gives in a triangle
/// of height 1, (Σ window/2)² for powers and Σ window/2 for magnitudes. The window is padded on the right; that changes phases only.
/// </remarks>
public record LogMelOptions : FrontEndOptions
{
    /// <inheritdoc/>
    public override string Kind => "log-mel";

    /// <summary>Length of the FFT, a power of two from 64 to 2048; a shorter window is padded with zeros.</summary>
    public int FftSize { get; init; } = 512;

    /// <summary>Mel bands, 1 to 256.</summary>
    public int Bands { get; init; } = 40;

    /// <summary>Lower edge of the first triangle, in Hz.</summary>
    public int LowHz { get; init; }

    /// <summary>Upper edge of the last triangle, in Hz; at most half the sample rate.</summary>
    public int HighHz { get; init; } = 8_000;

    /// <summary>Shape of the window.</summary>
    public WindowKind Window { get; init; }

    /// <summary>Mel scale.</summary>
    public MelScale MelScale { get; init; }

    /// <summary>Axis on which the triangles' flanks are straight.</summary>
    public TriangleAxis TriangleAxis { get; init; }

    /// <summary>Whether each triangle is scaled by 2/(its width in Hz), librosa's "slaney" norm.</summary>
    public bool AreaNormalized { get; init; }

    /// <summary>Whether the bins of 0 Hz and of half the sample rate are left out.</summary>
    public bool InnerBinsOnly { get; init; }

    /// <summary>What the triangles weigh.</summary>
    public SpectrumKind Spectrum { get; init; }

    /// <summary>Whether frame t is centred on sample t·hop, with zeros around the sound, rather than beginning there.</summary>
    public bool Centered { get; init; }

    /// <summary>Whether each frame's mean is subtracted from it.</summary>
    public bool RemoveMean { get; init; }

    /// <summary>
    /// Pre-emphasis within the frame, x[i] - c·x[i - 1] with x[-1] = x[0]: c in millionths, 970,000 for 0.97; 0 for none.
    /// </summary>
    public int PreEmphasisMillionths { get; init; }

    /// <summary>Whether samples count as integers of ±32,768 rather than fractions of ±1.</summary>
    public bool IntegerSamples { get; init; }

    /// <summary>How the floor enters.</summary>
    public LogFloor Floor { get; init; }

    /// <summary>The floor's digits: it is this times ten to the power of <see cref="FloorExponent"/>.</summary>
    public int FloorDigits { get; init; } = 1;

    /// <summary>The floor's power of ten.</summary>
    public int FloorExponent { get; init; } = -10;

    /// <summary>librosa.feature.melspectrogram with zero padding and ln(max(S, 1e-10)): windows of 2^n samples up to 32 ms, every 10 ms.</summary>
    public static LogMelOptions Librosa(int sampleRateHz)
    {
        int window = PowerOfTwoFrom(sampleRateHz * 32 / 1000 / 2 + 1);
        return new LogMelOptions
        {
            SampleRateHz = sampleRateHz,
            WindowSamples = window,
            HopSamples = sampleRateHz / 100,
            FftSize = window,
            HighHz = sampleRateHz / 2,
            AreaNormalized = true,
            Centered = true,
        };
    }

    /// <summary>Kaldi's compute-fbank-feats without dither, samples of ±1 as in torchaudio.compliance.kaldi: 25 ms every 10 ms.</summary>
    public static LogMelOptions Kaldi(int sampleRateHz) => new()
    {
        SampleRateHz = sampleRateHz,
        WindowSamples = sampleRateHz / 40,
        HopSamples = sampleRateHz / 100,
        FftSize = PowerOfTwoFrom(sampleRateHz / 40),
        LowHz = 20,
        HighHz = sampleRateHz / 2,
        Window = WindowKind.Povey,
        MelScale = MelScale.Htk,
        TriangleAxis = TriangleAxis.Mel,
        InnerBinsOnly = true,
        RemoveMean = true,
        PreEmphasisMillionths = 970_000,
        FloorDigits = 11_920_929, // the step of a 32-bit float at 1
        FloorExponent = -14,
    };

    /// <summary>tf.signal.stft and linear_to_mel_weight_matrix with ln(magnitude + 1e-6): 30 ms every 10 ms.</summary>
    public static LogMelOptions TensorFlow(int sampleRateHz) => new()
    {
        SampleRateHz = sampleRateHz,
        WindowSamples = sampleRateHz * 30 / 1000,
        HopSamples = sampleRateHz / 100,
        FftSize = PowerOfTwoFrom(sampleRateHz * 30 / 1000),
        LowHz = 125,
        HighHz = 3_800,
        MelScale = MelScale.Htk,
        TriangleAxis = TriangleAxis.Mel,
        InnerBinsOnly = true, // TensorFlow leaves out 0 Hz; half the rate has no weight there
        Spectrum = SpectrumKind.Magnitude,
        Floor = LogFloor.Add,
        FloorExponent = -6,
    };

    /// <inheritdoc/>
    public override IReadOnlyList<string> Faults()
    {
        var faults = new List<string>(base.Faults());
        if (FftSize is < 64 or > 2_048 || !int.IsPow2(FftSize) || FftSize < WindowSamples)
        {
            faults.Add($"FftSize is {FftSize}; expected a power of two from 64 to 2048, at least WindowSamples ({WindowSamples}).");
        }

        Require(faults, nameof(Bands), Bands, 1, 256);
        Require(faults, nameof(LowHz), LowHz, 0, 23_999);
        Require(faults, nameof(HighHz), HighHz, Math.Max(LowHz, 0) + 1, SampleRateHz / 2);
        RequireNamed(faults, nameof(Window), Window);
        RequireNamed(faults, nameof(MelScale), MelScale);
        RequireNamed(faults, nameof(TriangleAxis), TriangleAxis);
        RequireNamed(faults, nameof(Spectrum), Spectrum);
        Require(faults, nameof(PreEmphasisMillionths), PreEmphasisMillionths, 0, 1_000_000);
        RequireNamed(faults, nameof(Floor), Floor);
        Require(faults, nameof(FloorDigits), FloorDigits, 1, int.MaxValue);
        Require(faults, nameof(FloorExponent), FloorExponent, -40, 0);
        return faults;
    }

    private protected override int MinWindowSamples => 2;

    private static int PowerOfTwoFrom(int samples) => (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(samples, 1));
}
