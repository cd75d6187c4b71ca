using System.Globalization;
using System.Xml.Linq;
using Edge.Quantization.Analysis.Charts;

namespace Edge.Quantization.Tests.Analysis.Charts;

public class SvgChartTests
{
    private static readonly ChartAxis X = new("time in s", 0, 10);
    private static readonly ChartAxis Y = new("missed", 0.001, 0.5, ChartScale.Probit);

    [Fact]
    public void A_chart_is_well_formed_XML_whatever_its_texts_say()
    {
        string svg = new SvgChart("<script>alert('a & b')</script>\u0001", X, Y)
            .Line("<b>", [(0, 0.1), (double.NaN, 0.2), (10, 0.01)])
            .Bars("bars", [(0, 1, 0.3), (1, 2, double.PositiveInfinity)], 9)
            .Mark(5, "\"limit\" > 3")
            .Dot(5, 0.1, "&")
            .Write(standalone: true);

        XElement root = XElement.Parse(svg);

        Assert.DoesNotContain(root.Descendants(), element => element.Name.LocalName is "script" or "b");
        Assert.DoesNotContain("NaN", svg, StringComparison.Ordinal);
        Assert.DoesNotContain("http", svg.Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void Everything_lies_inside_of_the_picture()
    {
        string svg = new SvgChart("t", X, new ChartAxis("y", -1, 1), 300, 200).Line("", [(-100, 5), (100, -5)]).Write();

        string path = XElement.Parse(svg).Descendants().Single(element => element.Name.LocalName == "path").Attribute("d")!.Value;

        Assert.Equal("M70 34L280 148", path);
    }

    [Theory]
    [InlineData(0, 10, 5, "0 2 4 6 8 10")]
    [InlineData(-0.3, 0.3, 6, "-0.3 -0.2 -0.1 0 0.1 0.2 0.3")]
    [InlineData(0, 2_500_000, 5, "0 500000 1e+6 1.5e+6 2e+6 2.5e+6")]
    public void Linear_ticks_are_round(double min, double max, int count, string expected) => Assert.Equal(expected, Texts(new ChartAxis("", min, max), count));

    [Theory]
    [InlineData(0.1, 10, "0.1 0.2 0.5 1 2 5 10")]
    [InlineData(1, 1e6, "1 10 100 1000 10000 100000 1e+6")]
    public void Logarithmic_ticks_are_decades(double min, double max, string expected) =>
        Assert.Equal(expected, Texts(new ChartAxis("", min, max, ChartScale.Logarithmic), 5));

    [Fact]
    public void A_probit_axis_has_a_half_in_the_middle_of_symmetric_ends() => Assert.Equal(0.5, new ChartAxis("", 0.01, 0.99, ChartScale.Probit).Position(0.5), 1e-12);

    [Fact]
    public void An_axis_over_values_begins_at_0_where_that_is_near_and_is_never_empty()
    {
        Assert.Equal((0, 5), Ends([1, 5, double.NaN]));
        Assert.Equal((4, 5), Ends([4, 5]));
        Assert.Equal((3, 6), Ends([3, 3]));
        Assert.Equal((0, 1), Ends([]));

        static (double, double) Ends(double[] values) => (ChartAxis.Over("", values).Min, ChartAxis.Over("", values).Max);
    }

    [Fact]
    public void A_page_needs_nothing_from_elsewhere()
    {
        string page = HtmlPage.Write("a <b>", "<p>text</p>");

        Assert.Contains("<title>a &lt;b&gt;</title>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("http", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        Assert.Contains("prefers-color-scheme", page, StringComparison.Ordinal);
    }

    private static string Texts(ChartAxis axis, int count) =>
        string.Join(' ', axis.Ticks(count).Select(tick => tick.Text.ToString(CultureInfo.InvariantCulture)));
}
