namespace Edge.Quantization.Analysis.Comparison;

/// <summary>How often two outputs have their largest score at the same place of the last axis; of equal scores the first counts.</summary>
public sealed class TopAgreement
{
    /// <summary>Vectors of scores compared; none where the last axis has one element.</summary>
    public long Vectors { get; private set; }

    /// <summary>Vectors whose largest scores are at the same place.</summary>
    public long Same { get; private set; }

    /// <summary>Share of vectors that agree; null where there are none.</summary>
    public double? Share => Vectors == 0 ? null : (double)Same / Vectors;

    /// <summary>Adds the outputs of a sample.</summary>
    /// <param name="reference">Scores, row-major.</param>
    /// <param name="other">The other model's, in the same order.</param>
    /// <param name="shape">Their dimensions.</param>
    /// <returns>Vectors that do not agree.</returns>
    public int Add(ReadOnlySpan<float> reference, ReadOnlySpan<float> other, ReadOnlySpan<int> shape)
    {
        int labels = shape.Length == 0 ? 1 : shape[^1];
        int different = 0;
        for (int start = 0; labels > 1 && start < reference.Length; start += labels)
        {
            bool same = Largest(reference.Slice(start, labels)) == Largest(other.Slice(start, labels));
            different += same ? 0 : 1;
            Same += same ? 1 : 0;
            Vectors++;
        }

        return different;
    }

    private static int Largest(ReadOnlySpan<float> scores)
    {
        int largest = 0;
        for (int i = 1; i < scores.Length; i++)
        {
            largest = scores[i] > scores[largest] ? i : largest;
        }

        return largest;
    }
}
