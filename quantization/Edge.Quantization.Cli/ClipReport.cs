using System.Globalization;
using Edge.Quantization.Analysis.Evaluation;
using Edge.Quantization.Analysis.Statistics;

namespace Edge.Quantization.Cli;

/// <summary>Results over labelled clips as text and as JSON.</summary>
internal sealed partial class ClipReport
{
    private const int WidestMatrix = 16;

    private readonly IReadOnlyList<EvaluatedModel> models;
    private readonly IReadOnlyList<(LabelledClip Clip, int Label)> clips;
    private readonly IReadOnlyList<ClipAnswers> answers;
    private readonly IReadOnlyList<string> labels;
    private readonly ConfusionMatrix[] matrices;
    private readonly PairedComparison[] comparisons; // of each model with the first
    private readonly ClipScore clipScore;
    private readonly int worst;

    /// <summary>Counts.</summary>
    /// <param name="models">The models.</param>
    /// <param name="heard">What they heard.</param>
    /// <param name="worst">Clips to list at most.</param>
    public ClipReport(IReadOnlyList<EvaluatedModel> models, HeardClips heard, int worst)
    {
        (this.models, this.worst) = (models, worst);
        (clips, clipScore, answers) = heard;
        labels = models[0].Labels;
        IReadOnlyList<int> truth = heard.Truth;
        matrices = [.. answers.Select(given => new ConfusionMatrix(labels, truth, given.Labels))];
        comparisons = [.. answers.Select(given => PairedComparison.Of(truth, answers[0].Labels, given.Labels))];
    }

    /// <summary>Whether every model has the accuracy required, and no model too much less than the first.</summary>
    /// <param name="accuracyPercent">Least accuracy; null where none is required.</param>
    /// <param name="lossPoints">Most points below the first model; null where it does not matter.</param>
    public bool Meets(double? accuracyPercent, double? lossPoints) =>
        (accuracyPercent is not { } least || matrices.All(matrix => 100 * matrix.Accuracy >= least))
        && (lossPoints is not { } most || comparisons.All(comparison => -100 * comparison.Difference <= most));

    /// <summary>Writes to standard output.</summary>
    public void Write(bool json)
    {
        if (json)
        {
            WriteJson();
            return;
        }

        Console.WriteLine($"{clips.Count} clips, each scored by {Name(clipScore)}; 95 % intervals in brackets");
        Console.WriteLine();
        Console.WriteLine(Summary());
        if (models.Count > 1)
        {
            Console.WriteLine(Comparison());
        }

        for (int i = 0; i < models.Count; i++)
        {
            Console.WriteLine(models[i].Path);
            Console.WriteLine(ByLabel(matrices[i]));
            Console.WriteLine(labels.Count <= WidestMatrix ? Matrix(matrices[i]) : Confusions(matrices[i]));
            WriteWorst(i);
        }
    }

    private TextTable Summary()
    {
        bool early = answers.Any(DecidesEarly);
        TextTable table = new TextTable().Add(["", "accuracy", "correct", "unweighted average recall", .. early ? ["heard of a clip"] : Array.Empty<string>()]);
        for (int i = 0; i < models.Count; i++)
        {
            string[] heard = early ? [Percent(answers[i].Heard.Average())] : [];
            table.Add([models[i].Path, Share(matrices[i].Correct, matrices[i].Clips), $"{matrices[i].Correct} of {matrices[i].Clips}", Percent(matrices[i].UnweightedAverageRecall), .. heard]);
        }

        return table;
    }

    private static bool DecidesEarly(ClipAnswers given) => given.Heard.Any(share => share < 1);

    private TextTable Comparison()
    {
        TextTable table = new TextTable().Add($"against {models[0].Path}", "same answer", "difference in points", "right: first alone, this alone", "McNemar's p");
        for (int i = 1; i < models.Count; i++)
        {
            PairedComparison pair = comparisons[i];
            Interval interval = pair.DifferenceInterval();
            table.Add(
                models[i].Path,
                Percent(pair.Agreement),
                string.Create(CultureInfo.InvariantCulture, $"{100 * pair.Difference:+0.00;-0.00;0.00} [{100 * interval.Low:+0.0;-0.0;0.0}, {100 * interval.High:+0.0;-0.0;0.0}]"),
                $"{pair.OnlyFirstCorrect}, {pair.OnlySecondCorrect}",
                pair.McNemarProbability().ToString("0.000", CultureInfo.InvariantCulture));
        }

        return table;
    }

    private TextTable ByLabel(ConfusionMatrix matrix)
    {
        TextTable table = new TextTable().Add("label", "clips", "recall", "precision");
        for (int label = 0; label < labels.Count; label++)
        {
            table.Add(labels[label], $"{matrix.ClipsOf(label)}", Share(matrix[label, label], matrix.ClipsOf(label)), Share(matrix[label, label], matrix.AnswersOf(label)));
        }

        return table;
    }

    private TextTable Matrix(ConfusionMatrix matrix)
    {
        TextTable table = new TextTable().Add(["label \\ answer", .. labels]);
        for (int truth = 0; truth < labels.Count; truth++)
        {
            table.Add([labels[truth], .. labels.Select((_, answer) => matrix[truth, answer] == 0 ? "." : $"{matrix[truth, answer]}")]);
        }

        return table;
    }

    private TextTable Confusions(ConfusionMatrix matrix)
    {
        TextTable table = new TextTable().Add("label", "answer", "clips");
        IEnumerable<(int Truth, int Answer)> wrong = Enumerable.Range(0, labels.Count).SelectMany(truth => Enumerable.Range(0, labels.Count).Select(answer => (truth, answer)))
            .Where(cell => cell.truth != cell.answer && matrix[cell.truth, cell.answer] > 0);
        foreach ((int truth, int answer) in wrong.OrderByDescending(cell => matrix[cell.Truth, cell.Answer]).Take(20))
        {
            table.Add(labels[truth], labels[answer], $"{matrix[truth, answer]}");
        }

        return table;
    }

    private void WriteWorst(int model)
    {
        int[] listed = [.. Worst(model)];
        if (listed.Length > 0)
        {
            TextTable table = new TextTable().Add("worst clips", "label", "its score", "answer", "its score");
            foreach (int clip in listed)
            {
                int label = clips[clip].Label, answer = answers[model].Labels[clip];
                float[] scores = answers[model].Scores[clip];
                table.Add(clips[clip].Clip.Path, labels[label], Score(scores[label]), labels[answer], Score(scores[answer]));
            }

            Console.WriteLine(table);
        }
    }

    /// <summary>Clips with a wrong answer, those first whose own label has the lowest score.</summary>
    private IEnumerable<int> Worst(int model) => Enumerable.Range(0, clips.Count)
        .Where(clip => answers[model].Labels[clip] != clips[clip].Label)
        .OrderBy(clip => answers[model].Scores[clip][clips[clip].Label])
        .ThenByDescending(clip => answers[model].Scores[clip][answers[model].Labels[clip]])
        .Take(worst);

    private static string Name(ClipScore clipScore) => clipScore switch
    {
        ClipScore.Max => "its surest step",
        ClipScore.Mean => "the mean of its steps",
        _ => "its last step",
    };

    private static string Share(int hits, int trials)
    {
        Interval interval = WilsonInterval.Of(hits, trials);
        return trials == 0 ? "-" : string.Create(CultureInfo.InvariantCulture, $"{100.0 * hits / trials:0.00} % [{100 * interval.Low:0.0}, {100 * interval.High:0.0}]");
    }

    private static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.00} %");

    private static string Score(float score) => score.ToString("0.000", CultureInfo.InvariantCulture);
}
