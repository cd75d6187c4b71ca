namespace Edge.Features;

/// <summary>Front ends of public models by name. All hear 16 kHz.</summary>
public static class FrontEndCatalogue
{
    private const long Q16 = 1 << 16;
    private const long DecibelsPerNatE9 = 4_342_944_819; // 10/ln 10 · 10^9

    /// <summary>All entries, in alphabetical order.</summary>
    public static IReadOnlyList<NamedFrontEnd> All { get; } =
    [
        MicroWakeWord("micro-10ms", "micro, 30 ms every 10 ms, 40 channels: microWakeWord", hopSamples: 160),
        MicroWakeWord("micro-20ms", "micro, 30 ms every 20 ms, 40 channels: microWakeWord's first models", hopSamples: 320),
        MicroWakeWord("micro-speech", "micro-20ms on the int8 grid of TensorFlow Lite Micro's micro_speech", hopSamples: 320) with
        {
            Quantizer = new FeatureQuantizer { Numerator = 256, Offset = 333, Denominator = 666, ZeroPoint = -128 },
        },
        MlperfAnomaly(),
        MlperfKeywords(),
        Yamnet(),
    ];

    /// <summary>The front end called <paramref name="name"/>; null where there is none.</summary>
    public static NamedFrontEnd? Find(string name) => All.FirstOrDefault(entry => entry.Name == name);

    // Source: kahrendt/microWakeWord, which trains on feature/25.6.
    private static NamedFrontEnd MicroWakeWord(string name, string description, int hopSamples) =>
        new(name, description, new MicroOptions { WindowSamples = 480, HopSamples = hopSamples }) { RealNumerator = 5, RealDenominator = 128 };

    // Source: mlcommons/tiny, anomaly_detection/common.py: librosa's melspectrogram in dB. Its centred frames begin one hop before the
    // sound: frames that begin with it are the same, but for the first and the last, which the script leaves out.
    private static NamedFrontEnd MlperfAnomaly() => new(
        "mlperf-ad",
        "128 mel bands in dB, 64 ms every 32 ms: MLPerf Tiny anomaly detection",
        LogMelOptions.Librosa(16_000) with
        {
            WindowSamples = 1_024,
            FftSize = 1_024,
            HopSamples = 512,
            Bands = 128,
            Centered = false,
            Floor = LogFloor.Add,
            FloorDigits = 2_220_446, // the step of a 64-bit float at 1
            FloorExponent = -22,
        })
    {
        RealNumerator = DecibelsPerNatE9,
        RealDenominator = Q16 * 1_000_000_000,
    };

    // Source: mlcommons/tiny, keyword_spotting/get_dataset.py.
    private static NamedFrontEnd MlperfKeywords() => new(
        "mlperf-kws",
        "10 MFCC of 40 mel bands, 30 ms every 20 ms, the window divided by its peak: MLPerf Tiny keyword spotting",
        new MfccOptions(LogMelOptions.TensorFlow(16_000) with { HopSamples = 320, LowHz = 20, HighHz = 4_000 }) { Coefficients = 10 })
    {
        RealNumerator = 1,
        RealDenominator = Q16,
        PeakNormalized = true,
    };

    // Source: tensorflow/models, audioset/yamnet/{params,features}.py.
    private static NamedFrontEnd Yamnet() => new(
        "yamnet",
        "64 mel bands, ln(magnitude + 0.001), 25 ms every 10 ms: YAMNet",
        LogMelOptions.TensorFlow(16_000) with { WindowSamples = 400, Bands = 64, HighHz = 7_500, FloorExponent = -3 })
    {
        RealNumerator = 1,
        RealDenominator = Q16,
    };
}
