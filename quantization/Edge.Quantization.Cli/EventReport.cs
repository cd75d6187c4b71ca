using System.Globalization;
using System.Text;
using System.Text.Json;
using Edge.Quantization.Analysis.Charts;
using Edge.Quantization.Analysis.Events;

namespace Edge.Quantization.Cli;

/// <summary>Results of sound event detectors as text, as JSON and as a page.</summary>
internal static class EventReport
{
    /// <summary>Writes to standard output.</summary>
    public static void Write(IReadOnlyList<(string Path, EventEvaluation Evaluation)> results, bool json)
    {
        if (!json)
        {
            foreach ((string path, EventEvaluation evaluation) in results)
            {
                Console.WriteLine(Summary(path, evaluation));
                Console.WriteLine();
                Console.WriteLine(Table(evaluation));
            }

            return;
        }

        using var writer = new Utf8JsonWriter(Console.OpenStandardOutput());
        writer.WriteStartObject();
        writer.WriteStartArray("models");
        foreach ((string path, EventEvaluation evaluation) in results)
        {
            WriteModel(writer, path, evaluation);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.Flush();
        Console.WriteLine();
    }

    /// <summary>A page that stands alone: the curve and the tables.</summary>
    public static string Page(IReadOnlyList<(string Path, EventEvaluation Evaluation)> results)
    {
        var chart = new SvgChart(
            "Events found against false events",
            new ChartAxis("false events an hour and class", 0, results[0].Evaluation.Curve.MostPerHour), new ChartAxis("events found, mean of the classes", 0, 1), 900, 480);
        for (int i = 0; i < results.Count; i++)
        {
            chart.Line(Path.GetFileName(results[i].Path), Corners(results[i].Evaluation.Curve), i);
        }

        var body = new StringBuilder(chart.Write());
        body.Append("<p class=\"note\">Intersection-based: an event counts as found where 70 % of it was detected, a detected one as right where 70 % of it is marked; over onset thresholds from 0.02 to 0.98. The area below is the score.</p>\n");
        foreach ((string path, EventEvaluation evaluation) in results)
        {
            body.Append($"<h2>{HtmlText.Escape(Path.GetFileName(path))}</h2>\n<p>{HtmlText.Escape(Summary(path, evaluation))}</p>\n{DetectionPage.Html(Table(evaluation))}");
        }

        return HtmlPage.Write("Sound events", body.ToString());
    }

    private static string Summary(string path, EventEvaluation evaluation) => string.Create(CultureInfo.InvariantCulture,
        $"{path}: {evaluation.Classes.Sum(one => one.Marked)} events of {evaluation.Classes.Count} classes in {evaluation.Hours:0.00} h; detection score {evaluation.Curve.Score:0.000} up to {evaluation.Curve.MostPerHour:0} false events an hour");

    private static TextTable Table(EventEvaluation evaluation)
    {
        TextTable table = new TextTable().Add("", "events", "event F1", "precision", "recall", "segment F1", "precision", "recall");
        foreach (ClassEvents one in evaluation.Classes)
        {
            table.Add([one.Name, $"{one.Marked}", .. Cells(one.Events), .. Cells(one.Segments)]);
        }

        table.Add(["all", $"{evaluation.Classes.Sum(one => one.Marked)}", .. Cells(evaluation.Events), .. Cells(evaluation.Segments)]);
        return table.Add("mean of the classes", "", Percent(evaluation.MeanEventF1), "", "", Percent(evaluation.MeanSegmentF1));
    }

    private static IEnumerable<string> Cells(EventCounts counts) => [Percent(counts.F1), Percent(counts.Precision), Percent(counts.Recall)];

    private static string Percent(double share) => double.IsNaN(share) ? "-" : string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.0} %");

    /// <summary>The curve as a line with right angles.</summary>
    private static IEnumerable<(double X, double Y)> Corners(DetectionScoreCurve curve)
    {
        for (int i = 0; i < curve.Points.Count; i++)
        {
            yield return (curve.Points[i].FalsePositivesPerHour, curve.Points[i].TruePositiveRate);
            yield return (i + 1 < curve.Points.Count ? curve.Points[i + 1].FalsePositivesPerHour : curve.MostPerHour, curve.Points[i].TruePositiveRate);
        }
    }

    private static void WriteModel(Utf8JsonWriter json, string path, EventEvaluation evaluation)
    {
        json.WriteStartObject();
        json.WriteString("file", path);
        json.WriteNumber("hours", evaluation.Hours);
        json.WriteNumber("detection_score", evaluation.Curve.Score);
        WriteNumber(json, "mean_event_f1", evaluation.MeanEventF1);
        WriteNumber(json, "mean_segment_f1", evaluation.MeanSegmentF1);
        WriteCounts(json, "event_based", evaluation.Events);
        WriteCounts(json, "segment_based", evaluation.Segments);
        json.WriteStartArray("classes");
        foreach (ClassEvents one in evaluation.Classes)
        {
            json.WriteStartObject();
            json.WriteString("label", one.Name);
            json.WriteNumber("events", one.Marked);
            WriteCounts(json, "event_based", one.Events);
            WriteCounts(json, "segment_based", one.Segments);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("curve");
        foreach (OperatingRate point in evaluation.Curve.Points)
        {
            json.WriteStartObject();
            json.WriteNumber("false_events_per_hour", point.FalsePositivesPerHour);
            json.WriteNumber("found", point.TruePositiveRate);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteCounts(Utf8JsonWriter json, string name, EventCounts counts)
    {
        json.WriteStartObject(name);
        WriteNumber(json, "f1", counts.F1);
        WriteNumber(json, "precision", counts.Precision);
        WriteNumber(json, "recall", counts.Recall);
        json.WriteNumber("true_positives", counts.TruePositives);
        json.WriteNumber("false_positives", counts.FalsePositives);
        json.WriteNumber("false_negatives", counts.FalseNegatives);
        json.WriteEndObject();
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, double value)
    {
        if (double.IsNaN(value))
        {
            json.WriteNull(name);
        }
        else
        {
            json.WriteNumber(name, value);
        }
    }
}
