using System.Diagnostics.CodeAnalysis;
using Edge.Detection;
using Edge.Features;
using Edge.Inference;
using Edge.Quantization.Calibration;

namespace Edge.Quantization.Analysis.Evaluation;

/// <summary>An .edge file in the device's own integer engine.</summary>
/// <remarks>
/// A streaming model is heard from its first frame on, as the batch graph hears a whole clip. A windowed model's scores count once its window is
/// full. What is left of a clip gets silence behind it until the last stride is whole; a streaming model drops it, as it would stay within a step.
/// A model whose windows the device keeps takes the samples themselves: its first window begins with the clip. Where the file's detector
/// names classes of sounds, those are the labels, each with the largest of its outputs.
/// </remarks>
public sealed class EdgeEvaluatedModel : EvaluatedModel
{
    private readonly AudioModel model;
    private readonly FeatureExtractor extractor;
    private readonly int windowFrames; // 0 for a streaming model
    private readonly IReadOnlyList<SoundClass> classes; // one for each label

    [SetsRequiredMembers]
    private EdgeEvaluatedModel(string path, AudioModel model)
    {
        this.model = model;
        (Path, Background) = (path, (model.Detection as KeywordOptions)?.Background ?? []);
        FrontEnd = model.FeatureWindow is null ? model.FrontEnd
            : new PcmOptions { SampleRateHz = model.SampleRateHz, WindowSamples = 1, HopSamples = 1 };
        classes = (model.Detection as SoundEventOptions ?? new SoundEventOptions()).ClassesOf(model.Labels);
        Labels = [.. classes.Select(one => one.Name)];
        FeatureUnit = model.FeatureWindow is null ? Calibration.FeatureUnit.Of(FrontEnd, model.Quantizer, model.Network.Input.Scale) : null;
        extractor = new FeatureExtractor(FrontEnd);
        windowFrames = WindowFrames(model.Network);
    }

    /// <summary>Opens a file.</summary>
    /// <exception cref="ModelFormatException">It is no usable model.</exception>
    /// <exception cref="InvalidDataException">It tells anomalies, which have no labels to be right or wrong.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static EdgeEvaluatedModel Open(string path)
    {
        AudioModel model = AudioModel.Load(path);
        if (model.Detection is AnomalyOptions)
        {
            model.Dispose();
            throw new InvalidDataException($"{path} tells anomalies, not labels that a clip can have; `edge run --scores` gives the error of every step.");
        }

        return new EdgeEvaluatedModel(path, model);
    }

    /// <inheritdoc/>
    public override StepScorer CreateScorer()
    {
        if (model.FeatureWindow is not null)
        {
            var scorer = new Scorer(model);
            return samples => Score(scorer, samples);
        }

        Session session = model.Network.CreateSession();
        return features => Score(session, features);
    }

    /// <inheritdoc/>
    /// <remarks>The clip is the utterance, from its first step to its last, whatever is quiet in it; the file's rule of early decision may end it.</remarks>
    public override ClipVerdict? Judge(float[] steps)
    {
        if (model.Detection is not UtteranceOptions options)
        {
            return null;
        }

        options = options with { SilenceMs = 0, MinimumMs = options.Margin is null ? 0 : options.MinimumMs, MaximumMs = UtteranceOptions.LongestMs, Threshold = 0 };
        var detector = (UtteranceDetector)model.CreateDetector(options);
        var integers = new sbyte[Labels.Count];
        int count = steps.Length / integers.Length, heard = 0;
        do
        {
            for (int i = 0; i < integers.Length; i++)
            {
                integers[i] = (sbyte)Math.Round(steps[heard * integers.Length + i] / model.ScoreScale + model.ScoreZeroPoint);
            }

            heard++;
        }
        while (detector.Push(integers, heard * model.Step).Length == 0 && heard < count);
        var scores = new float[Labels.Count];
        detector.CopyScores(scores);
        return new ClipVerdict(scores, Math.Min(1.0, (double)(heard + model.Network.DelaySteps) / count));
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => model.Dispose();

    /// <summary>Scores of the windows that lie within the samples, silence behind the last.</summary>
    private float[] Score(Scorer scorer, int[] samples)
    {
        int hop = model.FrontEnd.HopSamples, frames = model.WindowFrames;
        int window = ((frames - 1) * hop) + model.FrontEnd.WindowSamples;
        int lead = (WholeStrides(frames, model.FramesPerStep, model.FramesPerStep) - frames) * hop; // so that a step ends with the first window
        var sound = new short[lead + WholeStrides(samples.Length, window, model.StepSamples)];
        for (int i = 0; i < samples.Length; i++)
        {
            sound[lead + i] = (short)samples[i];
        }

        scorer.Reset();
        var scores = new List<float>();
        ReadOnlySpan<short> rest = sound;
        while (scorer.TryStep(ref rest))
        {
            if (scorer.SamplesTaken >= lead + window)
            {
                AddScores(scores, scorer.Scores);
            }
        }

        return [.. scores];
    }

    private float[] Score(Session session, int[] features)
    {
        int stride = model.FramesPerStep, needed = windowFrames == 0 ? stride : (windowFrames + stride - 1) / stride * stride;
        int[] padded = Pad(features, windowFrames == 0 ? needed : WholeStrides(features.Length / extractor.Bins, needed, stride), extractor);
        session.Reset();
        var scores = new List<float>();
        int step = stride * extractor.Bins, delay = model.Network.DelaySteps * step, unit = model.Network.EndFrames * extractor.Bins;
        int sound = padded.Length / unit * unit; // a sound may end within a step where the network can be told so
        for (int start = 0; start < sound + delay; start += step)
        {
            int frames = Math.Clamp(sound - start, 0, step);
            if (frames < step)
            {
                session.End(frames / extractor.Bins);
                session.Input.Fill((sbyte)model.Network.Input.ZeroPoint);
            }

            model.QuantizeFeatures(padded.AsSpan(Math.Min(start, sound), frames), session.Input);
            session.Step();
            if (start >= delay && (start + step) / extractor.Bins >= needed)
            {
                AddScores(scores, session.Output);
            }
        }

        return [.. scores];
    }

    /// <summary>Adds the score of each label, the largest of its outputs.</summary>
    private void AddScores(List<float> scores, ReadOnlySpan<sbyte> step)
    {
        foreach (SoundClass one in classes)
        {
            scores.Add((float)(model.ScoreScale * (one.ScoreOf(step) - model.ScoreZeroPoint)));
        }
    }

    /// <summary>The compiler's windowed form keeps its past in one state alone, the window of its input.</summary>
    private static int WindowFrames(Model network)
    {
        TensorInfo[] states = [.. network.Tensors.Where(tensor => tensor.Storage == TensorStorage.State)];
        return states is [var window] && window.Name == $"{network.Input.Name}.window" ? window.Shape[1] : 0;
    }
}
