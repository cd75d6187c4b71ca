using System.Text;

namespace Edge.Quantization.Analysis.Charts;

/// <summary>A chart over two axes as SVG: lines, bands, bars and marks, drawn in the order of their adding.</summary>
/// <param name="title">Plain text above the chart.</param>
/// <param name="x">The horizontal axis.</param>
/// <param name="y">The vertical axis.</param>
/// <param name="width">Pixels, at least 200.</param>
/// <param name="height">Pixels without the legend, which stands below; at least 150.</param>
public sealed class SvgChart(string title, ChartAxis x, ChartAxis y, int width = 720, int height = 400)
{
    private const int Left = 70, Right = 20, Top = 34, Bottom = 52;
    private const int LegendRow = 18, LetterWidth = 7;
    private const int Series = 8;

    private readonly StringBuilder content = new();
    private readonly List<(int Series, string Name)> legend = [];

    private double PlotWidth => Math.Max(200, width) - Left - Right;

    private double PlotHeight => Math.Max(150, height) - Top - Bottom;

    /// <summary>Adds a line through points in order; points that are not finite break it.</summary>
    /// <param name="name">For the legend; empty where it has no entry.</param>
    /// <param name="points">Values on the axes.</param>
    /// <param name="series">Its colour, from 0.</param>
    public SvgChart Line(string name, IEnumerable<(double X, double Y)> points, int series = 0)
    {
        var path = new StringBuilder();
        bool pen = false;
        foreach ((double px, double py) in points)
        {
            if (!double.IsFinite(px) || !double.IsFinite(py))
            {
                pen = false;
                continue;
            }

            path.Append(pen ? 'L' : 'M').Append(HtmlText.Number(AtX(px))).Append(' ').Append(HtmlText.Number(AtY(py)));
            pen = true;
        }

        content.Append($"<path class=\"line series{series % Series}\" d=\"{path}\"/>\n");
        return Entry(name, series);
    }

    /// <summary>Adds a shaded band between two values of y.</summary>
    public SvgChart Band(IReadOnlyList<(double X, double Low, double High)> points, int series = 0)
    {
        IEnumerable<string> outline = points.Select(p => Point(p.X, p.High)).Concat(points.Reverse().Select(p => Point(p.X, p.Low)));
        content.Append($"<polygon class=\"band series{series % Series}\" points=\"{string.Join(' ', outline)}\"/>\n");
        return this;
    }

    /// <summary>Adds bars that stand on the horizontal axis, as of a histogram.</summary>
    /// <param name="name">For the legend; empty where it has no entry.</param>
    /// <param name="bars">Begin and end on the horizontal axis, value on the vertical.</param>
    /// <param name="series">Their colour, from 0.</param>
    public SvgChart Bars(string name, IEnumerable<(double From, double To, double Value)> bars, int series = 0)
    {
        foreach ((double from, double to, double value) in bars.Where(bar => double.IsFinite(bar.Value)))
        {
            double left = AtX(from), top = AtY(value);
            double wide = Math.Max(0.5, AtX(to) - left - 0.5);
            content.Append($"<rect class=\"fill series{series % Series}\" x=\"{HtmlText.Number(left)}\" y=\"{HtmlText.Number(top)}\" width=\"{HtmlText.Number(wide)}\" height=\"{HtmlText.Number(Top + PlotHeight - top)}\"/>\n");
        }

        return Entry(name, series);
    }

    /// <summary>Adds a dashed vertical line with a text above the plot, as for a limit.</summary>
    /// <param name="at">Value on the horizontal axis.</param>
    /// <param name="text">Plain text.</param>
    /// <param name="textBefore">Whether the text ends at the line instead of beginning there, as far as there is room.</param>
    public SvgChart Mark(double at, string text, bool textBefore = false)
    {
        string position = HtmlText.Number(AtX(at));
        int room = LetterWidth * text.Length;
        bool left = textBefore ? AtX(at) - room > 0 : AtX(at) + room > Left + PlotWidth + Right;
        content.Append($"<line class=\"mark\" x1=\"{position}\" x2=\"{position}\" y1=\"{Top - 10}\" y2=\"{HtmlText.Number(Top + PlotHeight)}\"/>\n")
            .Append($"<text class=\"faint\" x=\"{HtmlText.Number(AtX(at) + (left ? -4 : 4))}\" y=\"{Top - 4}\" text-anchor=\"{(left ? "end" : "start")}\">{HtmlText.Escape(text)}</text>\n");
        return this;
    }

    /// <summary>Adds a dot, with a text that shows when the pointer rests on it.</summary>
    public SvgChart Dot(double atX, double atY, string text, int series = 0)
    {
        content.Append($"<circle class=\"fill series{series % Series}\" cx=\"{HtmlText.Number(AtX(atX))}\" cy=\"{HtmlText.Number(AtY(atY))}\" r=\"4\"><title>{HtmlText.Escape(text)}</title></circle>\n");
        return this;
    }

    /// <summary>The svg element. It takes its colours from <see cref="HtmlPage.ChartStyle"/>.</summary>
    /// <param name="standalone">Whether the style is put inside, for a file of its own.</param>
    public string Write(bool standalone = false)
    {
        var body = new StringBuilder();
        WriteAxes(body);
        body.Append(content);
        int wide = Math.Max(200, width), high = Math.Max(150, height) + WriteLegend(body);
        var svg = new StringBuilder();
        string style = standalone ? $"<style>{HtmlPage.ChartStyle}</style>\n" : "";
        svg.Append($"<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" role=\"img\" width=\"{wide}\" height=\"{high}\" viewBox=\"0 0 {wide} {high}\">\n{style}")
            .Append($"<title>{HtmlText.Escape(title)}</title>\n<text class=\"title\" x=\"{Left}\" y=\"14\">{HtmlText.Escape(title)}</text>\n");
        return svg.Append(body).Append("</svg>\n").ToString();
    }

    private SvgChart Entry(string name, int series)
    {
        if (name.Length > 0)
        {
            legend.Add((series % Series, name));
        }

        return this;
    }

    private void WriteAxes(StringBuilder svg)
    {
        double bottom = Top + PlotHeight, right = Left + PlotWidth;
        foreach ((double value, string text) in x.Ticks((int)Math.Max(2, PlotWidth / 80)))
        {
            string at = HtmlText.Number(AtX(value));
            svg.Append($"<line class=\"grid\" x1=\"{at}\" x2=\"{at}\" y1=\"{Top}\" y2=\"{HtmlText.Number(bottom)}\"/>")
                .Append($"<text class=\"faint\" x=\"{at}\" y=\"{HtmlText.Number(bottom + 16)}\" text-anchor=\"middle\">{HtmlText.Escape(text)}</text>\n");
        }

        foreach ((double value, string text) in y.Ticks((int)Math.Max(2, PlotHeight / 40)))
        {
            string at = HtmlText.Number(AtY(value));
            svg.Append($"<line class=\"grid\" x1=\"{Left}\" x2=\"{HtmlText.Number(right)}\" y1=\"{at}\" y2=\"{at}\"/>")
                .Append($"<text class=\"faint\" x=\"{Left - 6}\" y=\"{at}\" dy=\"4\" text-anchor=\"end\">{HtmlText.Escape(text)}</text>\n");
        }

        string middle = HtmlText.Number(Top + (PlotHeight / 2));
        svg.Append($"<text x=\"{HtmlText.Number(Left + (PlotWidth / 2))}\" y=\"{HtmlText.Number(bottom + 38)}\" text-anchor=\"middle\">{HtmlText.Escape(x.Title)}</text>\n")
            .Append($"<text x=\"16\" y=\"{middle}\" text-anchor=\"middle\" transform=\"rotate(-90 16 {middle})\">{HtmlText.Escape(y.Title)}</text>\n");
    }

    /// <summary>The entries in rows below the chart.</summary>
    /// <returns>Pixels that they take.</returns>
    private int WriteLegend(StringBuilder svg)
    {
        double at = Left, row = Math.Max(150, height) + LegendRow / 2;
        foreach ((int series, string name) in legend)
        {
            double takes = 20 + (LetterWidth * name.Length) + 18;
            if (at > Left && at + takes > Math.Max(200, width))
            {
                (at, row) = (Left, row + LegendRow);
            }

            svg.Append($"<rect class=\"fill series{series}\" x=\"{HtmlText.Number(at)}\" y=\"{HtmlText.Number(row - 8)}\" width=\"14\" height=\"8\" rx=\"2\"/>")
                .Append($"<text x=\"{HtmlText.Number(at + 20)}\" y=\"{HtmlText.Number(row)}\">{HtmlText.Escape(name)}</text>\n");
            at += takes;
        }

        return legend.Count == 0 ? 0 : (int)row - Math.Max(150, height) + LegendRow / 2;
    }

    private string Point(double px, double py) => $"{HtmlText.Number(AtX(px))},{HtmlText.Number(AtY(py))}";

    private double AtX(double value) => Left + (PlotWidth * x.Position(value));

    private double AtY(double value) => Top + (PlotHeight * (1 - y.Position(value)));
}
