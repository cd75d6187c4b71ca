using System.Globalization;
using System.Net;

namespace Edge.Quantization.Analysis.Charts;

/// <summary>Text and numbers as they stand in HTML and SVG.</summary>
public static class HtmlText
{
    /// <summary>Text with everything escaped that could be taken for markup; control characters, which XML forbids, become spaces.</summary>
    public static string Escape(string text) =>
        WebUtility.HtmlEncode(string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c)));

    /// <summary>A coordinate with a hundredth of a pixel.</summary>
    public static string Number(double value) => Math.Round(value, 2).ToString("0.##", CultureInfo.InvariantCulture);
}
