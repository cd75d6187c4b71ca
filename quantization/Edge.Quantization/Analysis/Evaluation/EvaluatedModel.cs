using Edge.Features;
using Edge.Quantization.Calibration;

namespace Edge.Quantization.Analysis.Evaluation;

/// <summary>A model as evaluation sees it: integer features in, probabilities of its labels at every step out.</summary>
public abstract class EvaluatedModel : IDisposable
{
    /// <summary>Where it comes from.</summary>
    public required string Path { get; init; }

    /// <summary>Names of the scores, in order.</summary>
    public required IReadOnlyList<string> Labels { get; init; }

    /// <summary>Numbers of the labels that stand for nothing heard.</summary>
    public IReadOnlyList<int> Background { get; init; } = [];

    /// <summary>The front end whose features it takes.</summary>
    public required FrontEndOptions FrontEnd { get; init; }

    /// <summary>The real value of one step of the front end's integers; null for what their fractional bits say.</summary>
    public float? FeatureUnit { get; init; }

    /// <summary>Makes a scorer for one thread; it lives no longer than the model.</summary>
    public abstract StepScorer CreateScorer();

    /// <summary>What the model's own detector makes of a clip that is one utterance; null where it is of another kind.</summary>
    /// <param name="steps">Scores of the clip's steps, [steps, labels], as the scorer gives them.</param>
    public virtual ClipVerdict? Judge(float[] steps) => null;

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees the engine's model.</summary>
    protected abstract void Dispose(bool disposing);

    /// <summary>Frames with silence behind them, so that there are <paramref name="count"/> at least.</summary>
    internal static int[] Pad(int[] features, int count, FeatureExtractor extractor)
    {
        int missing = count - (features.Length / extractor.Bins);
        return missing <= 0 ? features : [.. features, .. Enumerable.Repeat(extractor.Silence(), missing).SelectMany(frame => frame)];
    }

    /// <summary>Frames that a window and whole strides after it take, <paramref name="frames"/> at least.</summary>
    internal static int WholeStrides(int frames, int window, int stride) =>
        checked(window + ((Math.Max(0, frames - window) + stride - 1) / stride * stride));
}

/// <summary>Scores of every step over a recording.</summary>
/// <param name="features">The recording's features, [frames, bins].</param>
/// <returns>Probabilities, [steps, labels]; one step at least.</returns>
public delegate float[] StepScorer(int[] features);
