namespace Edge.Quantization.Analysis.Charts;

/// <summary>A self-contained page: no script, no font and no image from elsewhere; light or dark as the reader's system is.</summary>
public static class HtmlPage
{
    /// <summary>The style of charts; part of every page. Colours of series are the classes series0 to series7.</summary>
    public const string ChartStyle = """
        .chart { --ink: #1f2328; --faint: #656d76; --grid: #d8dee4; font: 12px system-ui, sans-serif; max-width: 100%; height: auto; }
        .chart text { fill: var(--ink); } .chart .faint { fill: var(--faint); } .chart .title { font-size: 14px; font-weight: 600; }
        .chart .grid { stroke: var(--grid); stroke-width: 1; } .chart .mark { stroke: var(--faint); stroke-dasharray: 4 3; }
        .chart .line { fill: none; stroke: var(--colour); stroke-width: 2; stroke-linejoin: round; } .chart .fill { fill: var(--colour); }
        .chart .band { fill: var(--colour); opacity: 0.15; }
        .series0 { --colour: #0969da; } .series1 { --colour: #bc4c00; } .series2 { --colour: #1a7f37; } .series3 { --colour: #8250df; }
        .series4 { --colour: #bf3989; } .series5 { --colour: #7d6000; } .series6 { --colour: #0b7285; } .series7 { --colour: #cf222e; }
        @media (prefers-color-scheme: dark) {
          .chart { --ink: #e6edf3; --faint: #8d96a0; --grid: #30363d; }
          .series0 { --colour: #58a6ff; } .series1 { --colour: #f0883e; } .series2 { --colour: #3fb950; } .series3 { --colour: #bc8cff; }
          .series4 { --colour: #f778ba; } .series5 { --colour: #d4a72c; } .series6 { --colour: #39c5cf; } .series7 { --colour: #ff7b72; }
        }
        """;

    private const string PageStyle = """
        :root { color-scheme: light dark; }
        body { font: 15px/1.5 system-ui, sans-serif; max-width: 1180px; margin: 2rem auto; padding: 0 1rem; color: #1f2328; background: #fff; }
        table { border-collapse: collapse; margin: 1rem 0; } th, td { padding: 0.25rem 0.75rem; border-bottom: 1px solid #d8dee4; text-align: right; }
        th:first-child, td:first-child { text-align: left; } h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; margin-top: 2rem; }
        .note { color: #656d76; } .wide { overflow-x: auto; } .wide td, .wide th { white-space: nowrap; font-variant-numeric: tabular-nums; }
        @media (prefers-color-scheme: dark) {
          body { color: #e6edf3; background: #0d1117; } th, td { border-color: #30363d; } .note { color: #8d96a0; }
        }
        """;

    /// <summary>The page as text.</summary>
    /// <param name="title">Plain text; also the page's heading.</param>
    /// <param name="body">HTML: what stands under the heading.</param>
    /// <param name="style">CSS besides the style of every page.</param>
    public static string Write(string title, string body, string style = "") => $"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{HtmlText.Escape(title)}</title>
        <style>
        {PageStyle}
        {ChartStyle}
        {style}
        </style>
        </head>
        <body>
        <h1>{HtmlText.Escape(title)}</h1>
        {body}
        </body>
        </html>

        """;
}
