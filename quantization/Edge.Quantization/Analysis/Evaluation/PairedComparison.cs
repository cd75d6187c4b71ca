using Edge.Quantization.Analysis.Statistics;

namespace Edge.Quantization.Analysis.Evaluation;

/// <summary>Two models' answers to the same clips.</summary>
/// <param name="Clips">Clips that both heard.</param>
/// <param name="OnlyFirstCorrect">Clips that the first alone has right.</param>
/// <param name="OnlySecondCorrect">Clips that the second alone has right.</param>
/// <param name="SameAnswer">Clips to which both give the same label, right or wrong.</param>
public sealed record PairedComparison(int Clips, int OnlyFirstCorrect, int OnlySecondCorrect, int SameAnswer)
{
    /// <summary>Share of the clips to which both give the same label.</summary>
    public double Agreement => Clips == 0 ? double.NaN : (double)SameAnswer / Clips;

    /// <summary>Accuracy of the second less that of the first.</summary>
    public double Difference => Clips == 0 ? double.NaN : (double)(OnlySecondCorrect - OnlyFirstCorrect) / Clips;

    /// <summary>Compares predictions.</summary>
    /// <param name="truth">The right label of each clip.</param>
    /// <param name="first">The first model's label of each clip.</param>
    /// <param name="second">The second model's label of each clip.</param>
    /// <exception cref="ArgumentException">The lists have different lengths.</exception>
    public static PairedComparison Of(IReadOnlyList<int> truth, IReadOnlyList<int> first, IReadOnlyList<int> second)
    {
        if (first.Count != truth.Count || second.Count != truth.Count)
        {
            throw new ArgumentException($"The models answered {first.Count} and {second.Count} clips; expected {truth.Count} of both.");
        }

        IEnumerable<int> all = Enumerable.Range(0, truth.Count);
        return new PairedComparison(
            truth.Count,
            all.Count(i => first[i] == truth[i] && second[i] != truth[i]),
            all.Count(i => first[i] != truth[i] && second[i] == truth[i]),
            all.Count(i => first[i] == second[i]));
    }

    /// <summary>McNemar's test, exact and two-sided: how probable a split of the clips that one alone has right is, at least as uneven as this, were both equally good.</summary>
    /// <remarks>McNemar 1947, with the binomial distribution in place of the chi-square approximation.</remarks>
    public double McNemarProbability()
    {
        int discordant = OnlyFirstCorrect + OnlySecondCorrect, fewer = Math.Min(OnlyFirstCorrect, OnlySecondCorrect);
        double tail = 0;
        for (int k = 0; k <= fewer; k++)
        {
            tail += Math.Exp(LogChoose(discordant, k) - (discordant * Math.Log(2)));
        }

        return Math.Min(1, 2 * tail);
    }

    /// <summary>The interval of <see cref="Difference"/> for matched pairs (Agresti and Min 2005: half a clip added to each of the four cases).</summary>
    public Interval DifferenceInterval(double confidence = Interval.DefaultConfidence)
    {
        Interval.CheckConfidence(confidence);
        double n = Clips + 2, b = OnlyFirstCorrect + 0.5, c = OnlySecondCorrect + 0.5;
        double half = NormalDistribution.Quantile((1 + confidence) / 2) * Math.Sqrt(Math.Max(0, b + c - ((c - b) * (c - b) / n))) / n;
        double centre = (c - b) / n;
        return new Interval(Math.Max(-1, centre - half), Math.Min(1, centre + half));
    }

    private static double LogChoose(int n, int k) =>
        GammaDistribution.LogGamma(n + 1.0) - GammaDistribution.LogGamma(k + 1.0) - GammaDistribution.LogGamma(n - k + 1.0);
}
