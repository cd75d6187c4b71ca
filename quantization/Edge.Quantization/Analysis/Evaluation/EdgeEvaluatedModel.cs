using System.Diagnostics.CodeAnalysis;
using Edge.Detection;
using Edge.Inference;
using Edge.Quantization.Calibration;

namespace Edge.Quantization.Analysis.Evaluation;

/// <summary>An .edge file in the device's own integer engine.</summary>
/// <remarks>
/// A streaming model is heard from its first frame on, as the batch graph hears a whole clip. A windowed model's scores count once its window is
/// full. What is left of a clip gets silence behind it until the last stride is whole; a streaming model drops it, as it would stay within a step.
/// </remarks>
public sealed class EdgeEvaluatedModel : EvaluatedModel
{
    private readonly AudioModel model;
    private readonly FeatureExtractor extractor;
    private readonly int windowFrames; // 0 for a streaming model

    [SetsRequiredMembers]
    private EdgeEvaluatedModel(string path, AudioModel model)
    {
        this.model = model;
        (Path, Labels, Background, FrontEnd) = (path, model.Labels, (model.Detection as KeywordOptions)?.Background ?? [], model.FrontEnd);
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
                foreach (sbyte score in session.Output)
                {
                    scores.Add((float)(model.ScoreScale * (score - model.ScoreZeroPoint)));
                }
            }
        }

        return [.. scores];
    }

    /// <summary>The compiler's windowed form keeps its past in one state alone, the window of its input.</summary>
    private static int WindowFrames(Model network)
    {
        TensorInfo[] states = [.. network.Tensors.Where(tensor => tensor.Storage == TensorStorage.State)];
        return states is [var window] && window.Name == $"{network.Input.Name}.window" ? window.Shape[1] : 0;
    }
}
