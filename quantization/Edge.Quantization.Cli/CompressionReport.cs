using System.Globalization;
using System.Text.Json;
using Edge.Quantization.Analysis.Evaluation;
using Edge.Quantization.Analysis.Statistics;
using Edge.Quantization.Graph;
using Edge.Quantization.Rewriting.Compression;

namespace Edge.Quantization.Cli;

/// <summary>What compression cost, as text and as JSON.</summary>
/// <param name="path">The file that was written.</param>
/// <param name="rows">Checkpoints where there are several, what the steps start from, and the steps.</param>
/// <param name="members">Indices of the checkpoints that are in the average, in the order in which they joined; null where there is no average.</param>
/// <param name="heard">What each row's network answered to labelled clips; null without any.</param>
internal sealed class CompressionReport(string path, IReadOnlyList<CompressionRow> rows, IReadOnlyList<int>? members, HeardClips? heard)
{
    /// <summary>Rows that are checkpoints; the average or the original comes next.</summary>
    private readonly int checkpoints = members is null ? 0 : rows.TakeWhile(row => row.Step is null).Count() - (rows[^1].Step is null ? 1 : 0);

    /// <summary>Points of accuracy by which the last network is below the first; 0 without labelled clips.</summary>
    public double LossPoints => heard is null ? 0 : -100 * PairedComparison.Of(heard.Truth, heard.Answers[0].Labels, heard.Answers[^1].Labels).Difference;

    /// <summary>Writes to standard output.</summary>
    public void Write(bool json)
    {
        if (json)
        {
            WriteJson();
            return;
        }

        var table = new TextTable();
        table.Add(["", "parameters", "products", "SQNR", .. heard is null ? [] : (string[])["accuracy"]]);
        for (int i = 0; i < rows.Count; i++)
        {
            table.Add([rows[i].Name, .. Cells(rows[i], i == checkpoints), .. heard is null ? [] : (string[])[Accuracy(i)]]);
        }

        Console.Write(table);
        foreach (CompressionRow row in rows.Skip(checkpoints + 1))
        {
            Console.WriteLine();
            Console.WriteLine(row.Step!.Details.Count > 0 ? row.Name : $"{row.Name}: nothing went");
            foreach (string detail in row.Step.Details)
            {
                Console.WriteLine($"    {detail}");
            }
        }

        if (members is not null && members.Count < checkpoints)
        {
            Console.WriteLine();
            Console.WriteLine($"In the average, as they joined: {string.Join(", ", members.Select(member => rows[member].Name))}");
        }

        Console.WriteLine();
        Console.WriteLine(Summary());
    }

    private string Summary()
    {
        string written = heard is null ? $"{path} is written; `edgec evaluate` says what it costs in accuracy." : $"{path} is written.";
        if (rows[^1].Step is not { } last)
        {
            return written;
        }

        ModelCost first = rows[checkpoints].Step!.Cost;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{100.0 * last.Cost.Parameters / Math.Max(1, first.Parameters):0.0} % of the parameters, {100.0 * last.Cost.MultiplyAccumulates / Math.Max(1, first.MultiplyAccumulates):0.0} % of the products. {written}");
    }

    private static string[] Cells(CompressionRow row, bool isStart) => row.Step is not { } step
        ? ["", "", ""]
        : [$"{step.Cost.Parameters}", $"{step.Cost.MultiplyAccumulates}", isStart ? "" : string.Create(CultureInfo.InvariantCulture, $"{step.SqnrDb:0.0} dB")];

    private string Accuracy(int row)
    {
        (int correct, int clips) = (heard!.CorrectOf(row), heard.Clips.Count);
        Interval interval = WilsonInterval.Of(correct, clips);
        return string.Create(CultureInfo.InvariantCulture, $"{100.0 * correct / clips:0.00} % [{100 * interval.Low:0.0}, {100 * interval.High:0.0}]");
    }

    private void WriteJson()
    {
        using (var json = new Utf8JsonWriter(Console.OpenStandardOutput()))
        {
            json.WriteStartObject();
            json.WriteString("file", path);
            if (heard is not null)
            {
                json.WriteNumber("clips", heard.Clips.Count);
                json.WriteNumber("loss_points", LossPoints);
            }

            json.WriteStartArray("checkpoints");
            for (int i = 0; i < checkpoints; i++)
            {
                json.WriteStartObject();
                json.WriteString("file", rows[i].Name);
                json.WriteBoolean("in_average", members!.Contains(i));
                WriteAccuracy(json, i);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteStartArray("steps");
            for (int i = checkpoints; i < rows.Count; i++)
            {
                WriteStep(json, i);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        Console.WriteLine();
    }

    private void WriteStep(Utf8JsonWriter json, int index)
    {
        CompressionRow row = rows[index];
        json.WriteStartObject();
        json.WriteString("name", row.Name);
        if (row.Step is { } step)
        {
            json.WriteNumber("parameters", step.Cost.Parameters);
            json.WriteNumber("macs", step.Cost.MultiplyAccumulates);
            if (index > checkpoints)
            {
                json.WriteNumber("sqnr_db", step.SqnrDb);
            }

            json.WriteStartArray("details");
            foreach (string detail in step.Details)
            {
                json.WriteStringValue(detail);
            }

            json.WriteEndArray();
        }

        WriteAccuracy(json, index);
        json.WriteEndObject();
    }

    private void WriteAccuracy(Utf8JsonWriter json, int row)
    {
        if (heard is not null)
        {
            int correct = heard.CorrectOf(row);
            Interval interval = WilsonInterval.Of(correct, heard.Clips.Count);
            json.WriteNumber("correct", correct);
            json.WriteNumber("accuracy", (double)correct / heard.Clips.Count);
            json.WriteStartArray("accuracy_interval");
            json.WriteNumberValue(interval.Low);
            json.WriteNumberValue(interval.High);
            json.WriteEndArray();
        }
    }
}
