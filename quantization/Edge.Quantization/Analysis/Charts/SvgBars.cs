using System.Text;

namespace Edge.Quantization.Analysis.Charts;

/// <summary>Named values as horizontal bars, one below the other.</summary>
public static class SvgBars
{
    private const int RowHeight = 20, Top = 34, Bottom = 44, Right = 60;
    private const int LongestName = 48;

    /// <summary>The svg element. It takes its colours from <see cref="HtmlPage.ChartStyle"/>.</summary>
    /// <param name="title">Plain text above the chart.</param>
    /// <param name="axis">The horizontal axis; bars begin at its 0, or where it begins.</param>
    /// <param name="bars">Name, value and colour from 0 of each; a value that is not finite has no bar.</param>
    /// <param name="width">Pixels.</param>
    public static string Write(string title, ChartAxis axis, IReadOnlyList<(string Name, double Value, int Series)> bars, int width = 900)
    {
        int left = 20 + (7 * Math.Min(LongestName, bars.Count == 0 ? 0 : bars.Max(bar => bar.Name.Length)));
        double plotWidth = Math.Max(100, width - left - Right);
        int bottom = Top + (RowHeight * bars.Count);
        var svg = new StringBuilder();
        svg.Append($"<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" role=\"img\" width=\"{width}\" height=\"{bottom + Bottom}\" viewBox=\"0 0 {width} {bottom + Bottom}\">\n")
            .Append($"<title>{HtmlText.Escape(title)}</title>\n<text class=\"title\" x=\"0\" y=\"18\">{HtmlText.Escape(title)}</text>\n");
        foreach ((double value, string text) in axis.Ticks((int)Math.Max(2, plotWidth / 90)))
        {
            string at = HtmlText.Number(left + (plotWidth * axis.Position(value)));
            svg.Append($"<line class=\"grid\" x1=\"{at}\" x2=\"{at}\" y1=\"{Top}\" y2=\"{bottom}\"/><text class=\"faint\" x=\"{at}\" y=\"{bottom + 16}\" text-anchor=\"middle\">{HtmlText.Escape(text)}</text>\n");
        }

        double origin = axis.Position(0);
        for (int i = 0; i < bars.Count; i++)
        {
            (string name, double value, int series) = bars[i];
            int y = Top + (RowHeight * i);
            svg.Append($"<text x=\"{left - 8}\" y=\"{y + 14}\" text-anchor=\"end\"><title>{HtmlText.Escape(name)}</title>{HtmlText.Escape(Shortened(name))}</text>");
            double from = left + (plotWidth * Math.Min(origin, axis.Position(value))), to = left + (plotWidth * Math.Max(origin, axis.Position(value)));
            if (double.IsFinite(value))
            {
                svg.Append($"<rect class=\"fill series{series % 8}\" x=\"{HtmlText.Number(from)}\" y=\"{y + 3}\" width=\"{HtmlText.Number(Math.Max(1, to - from))}\" height=\"{RowHeight - 6}\" rx=\"2\"/>");
            }

            string shown = double.IsFinite(value) ? ChartAxis.Format(Math.Round(value, 2)) : "n/a";
            svg.Append($"<text class=\"faint\" x=\"{HtmlText.Number(to + 5)}\" y=\"{y + 14}\">{shown}</text>\n");
        }

        return svg.Append($"<text x=\"{HtmlText.Number(left + (plotWidth / 2))}\" y=\"{bottom + 36}\" text-anchor=\"middle\">{HtmlText.Escape(axis.Title)}</text>\n</svg>\n").ToString();
    }

    private static string Shortened(string name) => name.Length <= LongestName ? name : "…" + name[^(LongestName - 1)..];
}
