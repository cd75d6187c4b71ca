using System.Globalization;
using System.Text.Json;
using Edge.Quantization.Analysis.Evaluation;
using Edge.Quantization.Analysis.Statistics;

namespace Edge.Quantization.Cli;

/// <summary>Results of detectors as text and as JSON.</summary>
internal static class DetectionReport
{
    /// <summary>Writes to standard output, and the warnings of the text form to standard error.</summary>
    public static void Write(IReadOnlyList<DetectorResult> results, IReadOnlyList<string> warnings, bool json)
    {
        if (json)
        {
            using var writer = new Utf8JsonWriter(Console.OpenStandardOutput());
            WriteJson(writer, results, warnings);
            writer.Flush();
            Console.WriteLine();
            return;
        }

        foreach (DetectorResult result in results)
        {
            Console.WriteLine(Summary(result));
            Console.WriteLine();
            Console.WriteLine(Table(result));
            foreach (OperatingPoint point in result.Points.Where(point => point.Setting is not null))
            {
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"by word, at most {point.TargetPerHour} false accepts an hour"));
                Console.WriteLine(WordTable(result, point));
            }
        }

        foreach (string warning in warnings)
        {
            Console.Error.WriteLine($"edgec: {warning}");
        }
    }

    /// <summary>What was heard, in a sentence.</summary>
    public static string Summary(DetectorResult result) => string.Create(CultureInfo.InvariantCulture,
        $"{result.Path}: {string.Join(", ", result.Curve.Conditions.Select(condition => $"{condition.TotalWords} words {condition.Name}"))}; {result.Curve.NegativeTime.TotalHours:0.00} h without words in {result.NegativeRecordings} recordings; 95 % intervals in brackets");

    /// <summary>The table of all targets: threshold, false accepts, missed words of each condition.</summary>
    public static TextTable Table(DetectorResult result)
    {
        List<OperatingPoint> points = result.Points;
        TextTable table = new TextTable()
            .Add(["", .. points.Select(point => string.Create(CultureInfo.InvariantCulture, $"{point.TargetPerHour} false accepts/h"))])
            .Add(["threshold", .. points.Select(point => Threshold(result, point))])
            .Add(["false accepts", .. points.Select(FalseAccepts)]);
        foreach ((DetectionCondition condition, int i) in result.Curve.Conditions.Select((condition, i) => (condition, i)))
        {
            table.Add([$"missed, {condition.Name}", .. points.Select(point => point.Setting is { } setting
                ? Missed(point.Curve.Conditions[i].Counts[setting].TotalMissed, condition.TotalWords) : "")]);
            table.Add([$"other events, {condition.Name}", .. points.Select(point => point.Setting is { } setting
                ? $"{point.Curve.Conditions[i].Counts[setting].TotalOthers}" : "")]);
        }

        return table;
    }

    /// <summary>The table of one target by word.</summary>
    public static TextTable WordTable(DetectorResult result, OperatingPoint point)
    {
        int setting = point.Setting!.Value;
        TextTable table = new TextTable().Add(["", "threshold", "false accepts", .. point.Curve.Conditions.Select(condition => $"missed, {condition.Name}")]);
        foreach (int label in result.Words)
        {
            table.Add([
                result.Curve.Labels[label],
                point.Thresholds![label].ToString("0.000", CultureInfo.InvariantCulture),
                $"{point.Curve.Negatives[setting].Others[label]}",
                .. point.Curve.Conditions.Select(condition => Missed(condition.Counts[setting].Missed[label], condition.Words[label])),
            ]);
        }

        return table;
    }

    private static string Threshold(DetectorResult result, OperatingPoint point)
    {
        double[] thresholds = [.. result.Words.Select(label => point.Thresholds?[label] ?? double.NaN).Distinct()];
        return thresholds switch
        {
            [double.NaN] => "none up to 0.999",
            [var common] => common.ToString("0.000", CultureInfo.InvariantCulture),
            _ => string.Create(CultureInfo.InvariantCulture, $"{thresholds.Min():0.000} to {thresholds.Max():0.000}"),
        };
    }

    private static string FalseAccepts(OperatingPoint point)
    {
        if (point.Setting is not { } setting)
        {
            return "";
        }

        Interval interval = point.Curve.FalseAcceptsPerHourInterval(setting);
        return string.Create(CultureInfo.InvariantCulture, $"{point.Curve.Negatives[setting].TotalOthers}: {point.Curve.FalseAcceptsPerHour(setting):0.00}/h [{interval.Low:0.00}, {interval.High:0.00}]");
    }

    private static string Missed(long missed, long words)
    {
        Interval interval = WilsonInterval.Of(missed, words);
        return words == 0 ? "no words" : string.Create(CultureInfo.InvariantCulture, $"{missed} of {words}: {100.0 * missed / words:0.00} % [{100 * interval.Low:0.0}, {100 * interval.High:0.0}]");
    }

    private static void WriteJson(Utf8JsonWriter json, IReadOnlyList<DetectorResult> results, IReadOnlyList<string> warnings)
    {
        json.WriteStartObject();
        json.WriteStartArray("models");
        foreach (DetectorResult result in results)
        {
            json.WriteStartObject();
            json.WriteString("file", result.Path);
            json.WriteNumber("negative_hours", result.Curve.NegativeTime.TotalHours);
            json.WriteNumber("negative_recordings", result.NegativeRecordings);
            json.WriteStartArray("targets");
            result.Points.ForEach(point => WritePoint(json, result, point));
            json.WriteEndArray();
            WriteCurve(json, result.Curve);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("warnings");
        foreach (string warning in warnings)
        {
            json.WriteStringValue(warning);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WritePoint(Utf8JsonWriter json, DetectorResult result, OperatingPoint point)
    {
        json.WriteStartObject();
        json.WriteNumber("target_per_hour", point.TargetPerHour);
        json.WriteBoolean("reached", point.Setting is not null);
        if (point.Setting is { } setting)
        {
            json.WriteNumber("false_accepts", point.Curve.Negatives[setting].TotalOthers);
            json.WriteNumber("false_accepts_per_hour", point.Curve.FalseAcceptsPerHour(setting));
            WriteInterval(json, "interval", point.Curve.FalseAcceptsPerHourInterval(setting));
            json.WriteStartArray("labels");
            foreach (int label in result.Words)
            {
                json.WriteStartObject();
                json.WriteString("label", point.Curve.Labels[label]);
                json.WriteNumber("threshold", point.Thresholds![label]);
                json.WriteNumber("false_accepts", point.Curve.Negatives[setting].Others[label]);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteStartArray("conditions");
            foreach (DetectionCondition condition in point.Curve.Conditions)
            {
                json.WriteStartObject();
                json.WriteString("name", condition.Name);
                WriteMissed(json, condition.Counts[setting].TotalMissed, condition.TotalWords);
                json.WriteNumber("other_events", condition.Counts[setting].TotalOthers);
                json.WriteStartArray("labels");
                foreach (int label in result.Words)
                {
                    json.WriteStartObject();
                    json.WriteString("label", point.Curve.Labels[label]);
                    WriteMissed(json, condition.Counts[setting].Missed[label], condition.Words[label]);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void WriteCurve(Utf8JsonWriter json, DetectionCurve curve)
    {
        json.WriteStartArray("curve");
        for (int setting = 0; setting < curve.Thresholds.Count; setting++)
        {
            json.WriteStartObject();
            json.WriteNumber("threshold", curve.Thresholds[setting][0]);
            json.WriteNumber("false_accepts", curve.Negatives[setting].TotalOthers);
            json.WriteStartObject("missed");
            foreach (DetectionCondition condition in curve.Conditions)
            {
                json.WriteNumber(condition.Name, condition.Counts[setting].TotalMissed);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteMissed(Utf8JsonWriter json, long missed, long words)
    {
        json.WriteNumber("words", words);
        json.WriteNumber("missed", missed);
        WriteInterval(json, "missed_share_interval", WilsonInterval.Of(missed, words));
    }

    private static void WriteInterval(Utf8JsonWriter json, string name, Interval interval)
    {
        json.WriteStartArray(name);
        json.WriteNumberValue(interval.Low);
        json.WriteNumberValue(interval.High);
        json.WriteEndArray();
    }
}
