using Edge.Detection;

namespace Edge.Quantization.Compilation;

/// <summary>Detector settings for models that come without.</summary>
public static class DetectionDefaults
{
    /// <summary>More labels than this are taken for sounds that go on and may be heard together, not for words.</summary>
    private const int MostWords = 50;

    private const double UsualThreshold = 0.5;

    /// <summary>Labels that never are events, as data sets and recipes name them.</summary>
    private static readonly string[] BackgroundNames =
        ["background", "_background_noise_", "_background_", "silence", "_silence_", "unknown", "_unknown_", "other", "noise", "none", "negative"];

    /// <summary>Settings of a model that runs over a window: sound events for many labels; keywords for few, their scores averaged over half the window.</summary>
    /// <param name="labels">Names of the scores.</param>
    /// <param name="windowMs">Length of the window, in ms.</param>
    public static DetectorOptions For(IReadOnlyList<string> labels, int windowMs) => labels.Count > MostWords ? new SoundEventOptions()
        : Keywords(labels) is var keywords && windowMs / 2 > keywords.SmoothingMs ? keywords with { SmoothingMs = windowMs / 2 } : keywords;

    /// <summary>A threshold of 0.5 for each word; labels such as unknown or silence are background.</summary>
    /// <param name="labels">Names of the scores.</param>
    public static KeywordOptions Keywords(IReadOnlyList<string> labels)
    {
        int[] background = [.. Enumerable.Range(0, labels.Count).Where(i => BackgroundNames.Contains(labels[i].ToLowerInvariant()))];
        return new KeywordOptions
        {
            Thresholds = [.. labels.Select(_ => UsualThreshold)],
            Background = background.Length < labels.Count ? background : [],
        };
    }

    /// <summary>A threshold for MLPerf Tiny's anomaly detection of toy cars: the mean error of a clip's 196 vectors, in dB².</summary>
    /// <remarks>
    /// 95 % of the 1,400 normal clips lie below it, and 46 % of the 1,059 others above. Source: the int8 model's scores in mlcommons/tiny. Other
    /// machines and microphones need thresholds of their own.
    /// </remarks>
    public static AnomalyOptions ToyCar() => new() { Threshold = 11.5, SmoothingMs = 6_272 };

    /// <summary>What ESPHome's firmware does with a microWakeWord model: the mean of its newest scores must exceed the cutoff.</summary>
    /// <param name="manifest">What the manifest says.</param>
    /// <param name="stepMs">Time from one score to the next, in ms.</param>
    /// <remarks>
    /// The firmware compares sums of 8-bit scores: above ⌊255 · cutoff⌋ · steps. A score of 1 is 256 here, so the threshold is the real value of the
    /// first sum above that. Source: esphome/components/micro_wake_word.
    /// </remarks>
    public static KeywordOptions MicroWakeWord(MicroWakeWordManifest manifest, int stepMs)
    {
        int steps = manifest.SlidingWindowSize;
        int sum = (int)((float)manifest.ProbabilityCutoff * 255) * steps + 1;
        return new KeywordOptions { Thresholds = [sum / (256.0 * steps)], SmoothingMs = steps * stepMs };
    }
}
