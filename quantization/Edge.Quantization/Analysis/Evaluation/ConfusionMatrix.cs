namespace Edge.Quantization.Analysis.Evaluation;

/// <summary>How often each label was given for each label.</summary>
public sealed class ConfusionMatrix
{
    private readonly int[,] counts; // [truth, answer]

    /// <summary>Counts answers.</summary>
    /// <param name="labels">Names in the order of their numbers.</param>
    /// <param name="truth">The right label of each clip.</param>
    /// <param name="answers">The label that each clip was given.</param>
    /// <exception cref="ArgumentException">The lists have different lengths, or a label has no name.</exception>
    public ConfusionMatrix(IReadOnlyList<string> labels, IReadOnlyList<int> truth, IReadOnlyList<int> answers)
    {
        if (truth.Count != answers.Count)
        {
            throw new ArgumentException($"{answers.Count} answers were given to {truth.Count} clips.", nameof(answers));
        }

        Labels = labels;
        counts = new int[labels.Count, labels.Count];
        for (int i = 0; i < truth.Count; i++)
        {
            if ((uint)truth[i] >= (uint)labels.Count || (uint)answers[i] >= (uint)labels.Count)
            {
                throw new ArgumentException($"Clip {i} is of label {truth[i]} and was given {answers[i]}; there are {labels.Count} labels.", nameof(answers));
            }

            counts[truth[i], answers[i]]++;
        }

        Clips = truth.Count;
    }

    /// <summary>The labels.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>All clips.</summary>
    public int Clips { get; }

    /// <summary>Clips that were given their own label.</summary>
    public int Correct => Labels.Select((_, label) => counts[label, label]).Sum();

    /// <summary>Share of the clips that were given their own label; NaN without clips.</summary>
    public double Accuracy => (double)Correct / Clips;

    /// <summary>Mean of the recalls of the labels that have clips: accuracy as if each label had as many (unweighted average recall, Schuller et al. 2009).</summary>
    public double UnweightedAverageRecall => Labels.Select((_, label) => Recall(label)).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average();

    /// <summary>Clips of label <paramref name="truth"/> that were given <paramref name="answer"/>.</summary>
    public int this[int truth, int answer] => counts[truth, answer];

    /// <summary>Clips of a label.</summary>
    public int ClipsOf(int label) => Labels.Select((_, answer) => counts[label, answer]).Sum();

    /// <summary>Clips that were given a label.</summary>
    public int AnswersOf(int label) => Labels.Select((_, truth) => counts[truth, label]).Sum();

    /// <summary>Share of a label's clips that were given it; NaN where it has none.</summary>
    public double Recall(int label) => (double)counts[label, label] / ClipsOf(label);

    /// <summary>Share of the clips given a label that are of it; NaN where none was.</summary>
    public double Precision(int label) => (double)counts[label, label] / AnswersOf(label);
}
