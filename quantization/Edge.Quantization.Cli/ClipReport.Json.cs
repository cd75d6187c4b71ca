using System.Text.Json;
using Edge.Quantization.Analysis.Evaluation;
using Edge.Quantization.Analysis.Statistics;

namespace Edge.Quantization.Cli;

internal sealed partial class ClipReport
{
    private void WriteJson()
    {
        using (var json = new Utf8JsonWriter(Console.OpenStandardOutput()))
        {
            json.WriteStartObject();
            json.WriteNumber("clips", clips.Count);
            json.WriteString("clip_score", clipScore.ToString().ToLowerInvariant());
            json.WriteStartArray("labels");
            foreach (string label in labels)
            {
                json.WriteStringValue(label);
            }

            json.WriteEndArray();
            json.WriteStartArray("models");
            for (int i = 0; i < models.Count; i++)
            {
                WriteModel(json, i);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        Console.WriteLine();
    }

    private void WriteModel(Utf8JsonWriter json, int model)
    {
        ConfusionMatrix matrix = matrices[model];
        json.WriteStartObject();
        json.WriteString("file", models[model].Path);
        json.WriteNumber("correct", matrix.Correct);
        json.WriteNumber("accuracy", matrix.Accuracy);
        WriteInterval(json, "accuracy_interval", WilsonInterval.Of(matrix.Correct, matrix.Clips));
        json.WriteNumber("unweighted_average_recall", matrix.UnweightedAverageRecall);
        if (DecidesEarly(answers[model]))
        {
            json.WriteNumber("heard", answers[model].Heard.Average());
        }

        WriteLabels(json, matrix);
        json.WriteStartArray("confusion");
        for (int truth = 0; truth < labels.Count; truth++)
        {
            json.WriteStartArray();
            for (int answer = 0; answer < labels.Count; answer++)
            {
                json.WriteNumberValue(matrix[truth, answer]);
            }

            json.WriteEndArray();
        }

        json.WriteEndArray();
        WriteWorst(json, model);
        if (model > 0)
        {
            PairedComparison pair = comparisons[model];
            json.WriteStartObject("against_first");
            json.WriteNumber("agreement", pair.Agreement);
            json.WriteNumber("difference", pair.Difference);
            WriteInterval(json, "difference_interval", pair.DifferenceInterval());
            json.WriteNumber("only_first_correct", pair.OnlyFirstCorrect);
            json.WriteNumber("only_this_correct", pair.OnlySecondCorrect);
            json.WriteNumber("mcnemar_p", pair.McNemarProbability());
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private void WriteLabels(Utf8JsonWriter json, ConfusionMatrix matrix)
    {
        json.WriteStartArray("by_label");
        for (int label = 0; label < labels.Count; label++)
        {
            json.WriteStartObject();
            json.WriteString("label", labels[label]);
            json.WriteNumber("clips", matrix.ClipsOf(label));
            json.WriteNumber("answers", matrix.AnswersOf(label));
            json.WriteNumber("correct", matrix[label, label]);
            WriteInterval(json, "recall_interval", WilsonInterval.Of(matrix[label, label], matrix.ClipsOf(label)));
            WriteInterval(json, "precision_interval", WilsonInterval.Of(matrix[label, label], matrix.AnswersOf(label)));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private void WriteWorst(Utf8JsonWriter json, int model)
    {
        json.WriteStartArray("worst");
        foreach (int clip in Worst(model))
        {
            int label = clips[clip].Label, answer = answers[model].Labels[clip];
            json.WriteStartObject();
            json.WriteString("file", clips[clip].Clip.Path);
            json.WriteString("label", labels[label]);
            json.WriteNumber("score", answers[model].Scores[clip][label]);
            json.WriteString("answer", labels[answer]);
            json.WriteNumber("answer_score", answers[model].Scores[clip][answer]);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteInterval(Utf8JsonWriter json, string name, Interval interval)
    {
        json.WriteStartArray(name);
        json.WriteNumberValue(interval.Low);
        json.WriteNumberValue(interval.High);
        json.WriteEndArray();
    }
}
