using System.Diagnostics.CodeAnalysis;
using Edge.Detection;
using Edge.Inference;
using Edge.Quantization.Calibration;

namespace Edge.Quantization.Analysis.Evaluation;

/// <summary>An .edge file in the device's own integer engine.</summary>
/// <remarks>
/// A streaming model is heard from its first frame on, as the batch graph hears a whole clip. A windowed model's scores count once its window is
/// full. Where the file's detector names classes of sounds, those are the labels, each with the largest of its outputs. What is left of a clip gets silence behind it until the last stride is whole; a streaming model drops it, as it would stay within a step.
/// </remarks>
public sealed class EdgeEvaluatedModel : EvaluatedModel
{
    private readonly AudioModel model;
    private readonly FeatureExtractor extractor;
    private readonly int windowFrames; // 0 for a streaming model
    private readonly int[][] outputs; // of each label

    [SetsRequiredMembers]
    private EdgeEvaluatedModel(string path, AudioModel model)
    {
        this.model = model;
        (Path, Background, FrontEnd) = (path, (model.Detection as KeywordOptions)?.Background ?? [], model.FrontEnd);
        IReadOnlyList<SoundClass> classes = (model.Detection as SoundEventOptions)?.Classes ?? [];
        Labels = classes.Count > 0 ? [.. classes.Select(one => one.Name)] : model.Labels;
        outputs = classes.Count > 0 ? [.. classes.Select(one => one.Labels.ToArray())] : [.. model.Labels.Select((_, i) => new[] { i })];
        extractor = new FeatureExtractor(FrontEnd);
        windowFrames = WindowFrames(model.Network);
    }

    /// <summary>Opens a file.</summary>
    /// <exception cref="ModelFormatException">It is no usable model.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static EdgeEvaluatedModel Open(string path) => new(path, AudioModel.Load(path));

    /// <inheritdoc/>
    public override StepScorer CreateScorer()
    {
        Session session = model.Network.CreateSession();
        return features => Score(session, features);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => model.Dispose();

    private float[] Score(Session session, int[] features)
    {
        int stride = model.FramesPerStep, needed = windowFrames == 0 ? stride : (windowFrames + stride - 1) / stride * stride;
        int[] padded = Pad(features, windowFrames == 0 ? needed : WholeStrides(features.Length / extractor.Bins, needed, stride), extractor);
        session.Reset();
        var scores = new List<float>();
        int step = stride * extractor.Bins;
        for (int start = 0; start + step <= padded.Length; start += step)
        {
            model.Quantizer.Quantize(padded.AsSpan(start, step), session.Input);
            session.Step();
            if ((start + step) / extractor.Bins >= needed)
            {
                foreach (int[] label in outputs)
                {
                    scores.Add((float)(model.ScoreScale * (Largest(session.Output, label) - model.ScoreZeroPoint)));
                }
            }
        }

        return [.. scores];
    }

    private static sbyte Largest(ReadOnlySpan<sbyte> scores, int[] label)
    {
        sbyte largest = sbyte.MinValue;
        foreach (int output in label)
        {
            largest = Math.Max(largest, scores[output]);
        }

        return largest;
    }

    /// <summary>The compiler's windowed form keeps its past in one state alone, the window of its input.</summary>
    private static int WindowFrames(Model network)
    {
        TensorInfo[] states = [.. network.Tensors.Where(tensor => tensor.Storage == TensorStorage.State)];
        return states is [var window] && window.Name == $"{network.Input.Name}.window" ? window.Shape[1] : 0;
    }
}
