using Edge.Audio;
using Edge.Detection;

namespace Edge.Quantization.Analysis.Evaluation;

/// <summary>Hears a recording once, with a detector of the device for every setting of the thresholds.</summary>
/// <remarks>
/// An event empties the detector's average and mutes its word, so what one threshold hears cannot be read off another's; a detector
/// is cheap beside the network, and memory stays the same however long the sound is. Not thread-safe.
/// </remarks>
internal sealed class ThresholdSweep
{
    private readonly AudioModel model;
    private readonly Detector[] detectors;
    private Scorer? scorer;
    private int rateHz;

    /// <summary>Makes the detectors.</summary>
    /// <param name="model">A keyword model; must live as long as this.</param>
    /// <param name="thresholds">Settings, each of one threshold a label.</param>
    /// <exception cref="ArgumentException">The model hears no keywords.</exception>
    public ThresholdSweep(AudioModel model, IReadOnlyList<IReadOnlyList<double>> thresholds)
    {
        this.model = model;
        KeywordOptions keyword = model.Detection as KeywordOptions
            ?? throw new ArgumentException($"{model.Name} detects {model.Detection.Kind}s; expected a keyword model, which has a threshold for each label.", nameof(model));
        detectors = [.. thresholds.Select(setting => model.CreateDetector(keyword with { Thresholds = setting }))];
    }

    /// <summary>Hears a recording as the device would.</summary>
    /// <param name="path">The sound file.</param>
    /// <param name="channel">The channel to hear; null for the mean.</param>
    /// <param name="tailMs">Silence that follows.</param>
    /// <param name="heard">Receives the number of a setting and an event; for each setting in order of time.</param>
    /// <returns>The recording's length, without the silence.</returns>
    /// <exception cref="AudioFormatException">The file is no sound, or has no such channel.</exception>
    public TimeSpan Hear(string path, int? channel, int tailMs, Action<int, AudioEvent> heard) =>
        ScoredRecording.Hear(path, channel, tailMs, Prepare, stream => Detect(stream, heard));

    private Scorer Prepare(int sampleRateHz)
    {
        if (scorer is null || rateHz != sampleRateHz)
        {
            rateHz = sampleRateHz;
            scorer = new Scorer(model, sampleRateHz);
        }

        scorer.Reset();
        foreach (Detector detector in detectors)
        {
            detector.Reset();
        }

        return scorer;
    }

    private void Detect(Scorer stream, Action<int, AudioEvent> heard)
    {
        for (int i = 0; i < detectors.Length; i++)
        {
            foreach (AudioEvent found in detectors[i].Push(stream.Scores, stream.Time))
            {
                heard(i, found);
            }
        }
    }
}
