using Edge.Audio;
using Edge.Features;
using Edge.Quantization.Calibration;

namespace Edge.Quantization.Analysis.Evaluation;

/// <summary>A model's answers to clips, in their order.</summary>
/// <param name="Labels">The label with the highest score of each clip.</param>
/// <param name="Scores">The scores that stand for each clip, [labels].</param>
/// <param name="Heard">The share of each clip that the model had heard when it decided, 0 to 1.</param>
public sealed record ClipAnswers(IReadOnlyList<int> Labels, IReadOnlyList<float[]> Scores, IReadOnlyList<double> Heard);

/// <summary>Runs models over clips: one way from sound to features to scores, whatever the engine.</summary>
public static class ClipEvaluation
{
    /// <summary>Longest clip, in seconds: a graph that hears it whole holds every value of it in memory.</summary>
    public const int MaxClipSeconds = 600;

    /// <summary>Scores every clip with every model; each recording is read once for each front end.</summary>
    /// <param name="models">Models with the same labels.</param>
    /// <param name="paths">Sound files.</param>
    /// <param name="clipScore">Which scores stand for a clip.</param>
    /// <param name="background">Numbers of the labels that stand for nothing heard; for <see cref="ClipScore.Max"/>.</param>
    /// <param name="channel">The channel to hear, from 0; null for the mean of all.</param>
    /// <param name="heard">Called after each clip, from several threads.</param>
    /// <param name="cancellationToken">Stops between two clips.</param>
    /// <exception cref="ArgumentException">The models have different labels.</exception>
    /// <exception cref="InvalidDataException">A file is no sound or too long, a model cannot hear it, or its score is NaN.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static IReadOnlyList<ClipAnswers> Run(
        IReadOnlyList<EvaluatedModel> models,
        IReadOnlyList<string> paths,
        ClipScore clipScore,
        IReadOnlyList<int> background,
        int? channel = null,
        Action? heard = null,
        CancellationToken cancellationToken = default)
    {
        if (models.FirstOrDefault(model => !model.Labels.SequenceEqual(models[0].Labels)) is { } other)
        {
            throw new ArgumentException($"{other.Path} has other labels than {models[0].Path}.", nameof(models));
        }

        FeatureExtractor[] extractors = [.. models.Select(model => model.FrontEnd).Distinct().Select(options => new FeatureExtractor(options, channel))];
        float[][][] scores = [.. models.Select(_ => new float[paths.Count][])];
        double[][] shares = [.. models.Select(_ => new double[paths.Count])];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellationToken };
        try
        {
            Parallel.For(0, paths.Count, parallel, () => models.Select(model => model.CreateScorer()).ToArray(), (clip, _, scorers) =>
            {
                Dictionary<FrontEndOptions, int[]> features = extractors.ToDictionary(extractor => extractor.Options, extractor => Extract(extractor, paths[clip]));
                for (int i = 0; i < models.Count; i++)
                {
                    float[] steps = RequireNumbers(scorers[i](features[models[i].FrontEnd]), models[i], paths[clip]);
                    ClipVerdict verdict = models[i].Judge(steps) ?? new ClipVerdict(Summarize(steps, models[i].Labels.Count, clipScore, background), 1);
                    (scores[i][clip], shares[i][clip]) = (verdict.Scores, verdict.Heard);
                }

                heard?.Invoke();
                return scorers;
            }, _ => { });
        }
        catch (AggregateException errors)
        {
            throw errors.Flatten().InnerExceptions[0];
        }

        return [.. scores.Zip(shares, (clips, heard) => new ClipAnswers([.. clips.Select(clip => Best(clip, []))], clips, heard))];
    }

    /// <summary>Scores of all steps of one recording.</summary>
    /// <param name="model">The model.</param>
    /// <param name="scorer">One that it made, of this thread.</param>
    /// <param name="extractor">An extractor of the model's front end.</param>
    /// <param name="path">A sound file.</param>
    /// <returns>[steps, labels]; one step at least.</returns>
    /// <exception cref="InvalidDataException">The file is no sound or too long, the model cannot hear it, or a score is NaN.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static float[] ScoreSteps(EvaluatedModel model, StepScorer scorer, FeatureExtractor extractor, string path) =>
        RequireNumbers(scorer(Extract(extractor, path)), model, path);

    /// <summary>The scores that stand for a clip.</summary>
    /// <param name="steps">Scores of its steps, [steps, labels]; one step at least.</param>
    /// <param name="labels">Number of labels.</param>
    /// <param name="clipScore">Which scores stand for a clip.</param>
    /// <param name="background">Numbers of the labels that stand for nothing heard.</param>
    public static float[] Summarize(float[] steps, int labels, ClipScore clipScore, IReadOnlyList<int> background)
    {
        int count = steps.Length / labels;
        switch (clipScore)
        {
            case ClipScore.Max:
                int peak = Enumerable.Range(0, count).MaxBy(step =>
                {
                    float[] scores = steps[(step * labels)..((step + 1) * labels)];
                    return scores[Best(scores, background)];
                });
                return steps[(peak * labels)..((peak + 1) * labels)];
            case ClipScore.Mean:
                return [.. Enumerable.Range(0, labels).Select(label => (float)(Enumerable.Range(0, count).Sum(step => (double)steps[(step * labels) + label]) / count))];
            default:
                return steps[^labels..];
        }
    }

    /// <summary>The label with the highest score, the first of equal ones, those of <paramref name="excluded"/> aside.</summary>
    private static int Best(float[] scores, IReadOnlyList<int> excluded) =>
        Enumerable.Range(0, scores.Length).Where(label => !excluded.Contains(label)).MaxBy(label => scores[label]);

    private static float[] RequireNumbers(float[] steps, EvaluatedModel model, string path) => !Array.Exists(steps, float.IsNaN) ? steps : throw new InvalidDataException(
        $"{model.Path} gives {path} the score NaN; expected numbers. Are its weights finite? `edgec quantize` names those that are not.");

    private static int[] Extract(FeatureExtractor extractor, string path)
    {
        int[] features = extractor.Extract(path);
        long samples = (long)features.Length / extractor.Bins * extractor.Options.HopSamples;
        return samples <= (long)MaxClipSeconds * extractor.Options.SampleRateHz ? features : throw new AudioFormatException(
            $"{path} is longer than {MaxClipSeconds} s; expected clips. Cut it, or measure a detector in long recordings (--positives, --negatives).");
    }
}
