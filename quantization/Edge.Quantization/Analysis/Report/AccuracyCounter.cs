namespace Edge.Quantization.Analysis.Report;

/// <summary>Counts the clips whose class two models name right: the largest mean score over all steps of a clip.</summary>
internal sealed class AccuracyCounter
{
    private int clips;
    private int referenceRight;
    private int otherRight;

    /// <summary>What was counted; null without clips of known class.</summary>
    public ClipAccuracy? Accuracy => clips == 0 ? null : new ClipAccuracy((double)referenceRight / clips, (double)otherRight / clips, clips);

    /// <summary>Adds one clip.</summary>
    /// <param name="reference">Its scores in one model, row-major; labels are the last axis.</param>
    /// <param name="other">Its scores in the other.</param>
    /// <param name="labels">Number of labels.</param>
    /// <param name="label">The label that is right.</param>
    public void Add(ReadOnlySpan<float> reference, ReadOnlySpan<float> other, int labels, int label)
    {
        clips++;
        referenceRight += Largest(reference, labels) == label ? 1 : 0;
        otherRight += Largest(other, labels) == label ? 1 : 0;
    }

    private static int Largest(ReadOnlySpan<float> scores, int labels)
    {
        var sums = new double[labels];
        for (int i = 0; i < scores.Length; i++)
        {
            sums[i % labels] += scores[i];
        }

        return Array.IndexOf(sums, sums.Max());
    }
}
