using System.Globalization;
using System.Text;
using Edge.Quantization.Analysis.Charts;
using Edge.Quantization.Analysis.Evaluation;

namespace Edge.Quantization.Cli;

/// <summary>Results of detectors as a page that stands alone: the detection error trade-off and the tables.</summary>
internal static class DetectionPage
{
    private const double MostMissed = 0.5; // nobody wants what lies above

    /// <summary>The page.</summary>
    public static string Write(IReadOnlyList<DetectorResult> results, IReadOnlyList<string> warnings)
    {
        var body = new StringBuilder(Trade(results));
        body.Append("<p class=\"note\">Each line is one model under one condition, over thresholds from 0.05 to 0.999; what was not seen at all, no false accept or no missed word, is drawn at the border. Dots are the targets.</p>\n");
        foreach (DetectorResult result in results)
        {
            body.Append($"<h2>{HtmlText.Escape(Path.GetFileName(result.Path))}</h2>\n<p>{HtmlText.Escape(DetectionReport.Summary(result))}</p>\n{Html(DetectionReport.Table(result))}");
            foreach (OperatingPoint point in result.Points.Where(point => point.Setting is not null))
            {
                body.Append(CultureInfo.InvariantCulture, $"<h3>At most {point.TargetPerHour} false accepts an hour, by word</h3>\n{Html(DetectionReport.WordTable(result, point))}");
            }
        }

        foreach (string warning in warnings)
        {
            body.Append($"<p class=\"note\">{HtmlText.Escape(warning)}</p>\n");
        }

        return HtmlPage.Write("Missed words against false accepts", body.ToString());
    }

    private static string Trade(IReadOnlyList<DetectorResult> results)
    {
        double hours = results[0].Curve.NegativeTime.TotalHours;
        double words = results.Max(result => result.Curve.Conditions.Max(condition => condition.TotalWords));
        double leastRate = 0.5 / hours, leastMissed = Math.Max(0.5 / words, 1e-4);
        double most = Math.Max(results.Max(result => result.Curve.FalseAcceptsPerHour(0)), 10 * leastRate);
        var chart = new SvgChart(
            "Detection error trade-off",
            new ChartAxis("false accepts an hour", leastRate, most, ChartScale.Logarithmic),
            new ChartAxis("missed words", leastMissed, MostMissed, ChartScale.Probit),
            900, 520);
        int series = 0;
        foreach (DetectorResult result in results)
        {
            for (int i = 0; i < result.Curve.Conditions.Count; i++, series++)
            {
                string name = results.Count == 1 ? result.Curve.Conditions[i].Name : $"{Path.GetFileName(result.Path)}, {result.Curve.Conditions[i].Name}";
                chart.Line(name, Points(result.Curve, result.Curve.Conditions[i]), series);
                foreach (OperatingPoint point in result.Points.Where(point => point.Setting is not null))
                {
                    int setting = point.Setting!.Value;
                    chart.Dot(point.Curve.FalseAcceptsPerHour(setting), Share(point.Curve.Conditions[i], setting),
                        string.Create(CultureInfo.InvariantCulture, $"{name}: at most {point.TargetPerHour}/h"), series);
                }
            }
        }

        return chart.Write();
    }

    private static IEnumerable<(double, double)> Points(DetectionCurve curve, DetectionCondition condition) =>
        Enumerable.Range(0, curve.Thresholds.Count).Where(setting => Share(condition, setting) <= MostMissed).Select(setting => (curve.FalseAcceptsPerHour(setting), Share(condition, setting)));

    private static double Share(DetectionCondition condition, int setting) => (double)condition.Counts[setting].TotalMissed / condition.TotalWords;

    internal static string Html(TextTable table)
    {
        var html = new StringBuilder("<div class=\"wide\"><table>\n");
        string cell = "th";
        foreach (IReadOnlyList<string> row in table.Rows)
        {
            html.Append("<tr>").AppendJoin("", row.Select(text => $"<{cell}>{HtmlText.Escape(text)}</{cell}>")).Append("</tr>\n");
            cell = "td";
        }

        return html.Append("</table></div>\n").ToString();
    }
}
