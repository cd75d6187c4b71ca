using System.Globalization;
using System.Text;
using Edge.Quantization.Analysis.Charts;

namespace Edge.Quantization.Analysis.Report;

/// <summary>An analysis as one HTML page that needs no network and no script: summary, advice, layers by loss, histograms, clips.</summary>
public static class AnalysisPage
{
    private const string Style = """
        .tiles { display: flex; flex-wrap: wrap; gap: 0.75rem; margin: 1rem 0; padding: 0; list-style: none; }
        .tiles li { border: 1px solid #d8dee4; border-radius: 8px; padding: 0.6rem 1rem; min-width: 8.5rem; }
        .tiles strong { display: block; font-size: 1.35rem; font-variant-numeric: tabular-nums; }
        .wide td, .wide th { padding: 0.25rem 0.5rem; } th[title] { text-decoration: underline dotted; cursor: help; }
        .second { display: block; max-width: 15rem; overflow: hidden; text-overflow: ellipsis; font-size: 0.8rem; }
        .share { display: inline-block; width: 4.6rem; }
        .bar { display: inline-block; width: 4.5rem; height: 0.7rem; background: #d8dee488; border-radius: 3px; vertical-align: middle; text-align: left; overflow: hidden; }
        .bar span { display: block; height: 100%; background: #cf222e; }
        .advice > li { margin: 0.8rem 0; } code { background: #8882; padding: 0.1rem 0.35rem; border-radius: 4px; white-space: nowrap; }
        details { border-top: 1px solid #d8dee4; padding: 0.45rem 0; } summary { cursor: pointer; } details svg { display: block; margin: 0.5rem 0; }
        @media (prefers-color-scheme: dark) { .tiles li, details { border-color: #30363d; } .bar { background: #30363d; } .bar span { background: #ff7b72; } }
        """;

    private const int OpenHistograms = 3;

    private static readonly (string Head, string Meaning)[] Columns =
    [
        ("layer", "The value that the layer makes, and its operators."),
        ("share of loss", "Of the noise at the output when each layer is quantized alone, what this one makes."),
        ("alone", "The float model in which only this layer is quantized, at the model's output."),
        ("accumulated", "Quantized against float at the layer itself, with what all layers before it lost."),
        ("rounding", "The float values against the same values rounded to the layer's scale."),
        ("saturated", "Values outside of the range that the integers can write."),
        ("weights", "Bits of a weight, bytes of all, and the float weights against the stored ones."),
        ("MACs", "Multiply-accumulates a clip."),
    ];

    private static readonly (string Head, string Meaning) MemoryColumn =
        ("memory", "Session memory that the value takes at a step, which other layers use again (so the shares add up to more than the whole), and that holds its past.");

    /// <summary>The page as text.</summary>
    public static string Write(AnalysisResult result)
    {
        var body = new StringBuilder();
        body.Append($"<p class=\"note\">{Escape(Capital(result.Quantized))} measured against {Escape(result.Float)} over {result.Samples} clips");
        body.Append(result.IsolatedSamples > 0 ? $"; each layer quantized alone over {result.IsolatedSamples} of them.</p>\n" : ".</p>\n");
        if (result.IsRescaled)
        {
            body.Append("<p>Channels of this model were scaled between layers before it was quantized. Its layers are therefore measured against the model itself without the rounding of values; what the rounding of weights costs is in the figures of the output and of the clips alone.</p>\n");
        }

        WriteTiles(body, result);
        WriteAdvice(body, result);
        WriteLayers(body, result);
        WriteCourse(body, result);
        WriteHistograms(body, result);
        WriteClips(body, result);
        WriteTerms(body, result);
        return HtmlPage.Write($"What quantization costs {Path.GetFileNameWithoutExtension(result.Float)}", body.ToString(), Style);
    }

    private static void WriteTiles(StringBuilder body, AnalysisResult result)
    {
        body.Append("<ul class=\"tiles\">\n");
        Tile($"{Decibels(result.Output.SqnrDb)} dB", "signal to noise at the output");
        if (result.Top.Share is { } share)
        {
            Tile(Percent(share), $"same largest score as in float, of {Count(result.Top.Vectors)}");
        }

        if (result.Accuracy is { } accuracy)
        {
            Tile(Percent(accuracy.Float), $"accuracy in float, {accuracy.Clips} clips");
            Tile(Percent(accuracy.Quantized), "accuracy quantized");
        }

        Tile(Bytes(result.Layers.Sum(layer => layer.Weights?.Bytes ?? 0)), "of weights");
        if (result.MemoryBytes > 0)
        {
            Tile(Bytes(result.MemoryBytes), "of session memory");
        }

        Tile(Count(result.Layers.Sum(layer => layer.MultiplyAccumulates)), "multiply-accumulates a clip");
        body.Append("</ul>\n");

        void Tile(string figure, string text) => body.Append($"<li><strong>{Escape(figure)}</strong>{Escape(text)}</li>\n");
    }

    private static void WriteAdvice(StringBuilder body, AnalysisResult result)
    {
        body.Append("<h2>What to try next</h2>\n");
        if (result.Advice.Count == 0)
        {
            body.Append("<p>No layer alone costs anything that the output shows. There is nothing to gain here.</p>\n");
            return;
        }

        body.Append("<ol class=\"advice\">\n");
        foreach (IGrouping<(string Option, string Remedy), Advice> same in result.Advice.GroupBy(advice => (advice.Option, advice.Remedy)))
        {
            body.Append($"<li><code>{Escape(same.Key.Option)}</code> {Escape(same.Key.Remedy)}\n<ul>\n");
            foreach (Advice advice in same)
            {
                body.Append($"<li><strong>{Escape(advice.Layer)}</strong>: {Escape(advice.Finding)}</li>\n");
            }

            body.Append("</ul></li>\n");
        }

        body.Append("</ol>\n");
    }

    private static void WriteLayers(StringBuilder body, AnalysisResult result)
    {
        body.Append("<h2>Layers by loss</h2>\n<p class=\"note\">Figures in dB are signal to noise: more is better; at 20 dB the error is a tenth of the signal, at 40 dB a hundredth.</p>\n<div class=\"wide\"><table>\n<thead><tr>");
        foreach ((string head, string meaning) in ColumnsOf(result))
        {
            body.Append($"<th title=\"{Escape(meaning)}\">{Escape(head)}</th>");
        }

        body.Append("</tr></thead>\n<tbody>\n");
        double largest = result.Layers.Max(layer => layer.LossShare ?? 0);
        foreach (LayerReport layer in result.ByLoss)
        {
            WriteRow(body, layer, largest, result.MemoryBytes);
        }

        body.Append("</tbody></table></div>\n");
    }

    private static void WriteRow(StringBuilder body, LayerReport layer, double largest, int memoryBytes)
    {
        string share = layer.LossShare is { } loss
            ? $"<span class=\"bar\"><span style=\"width: {HtmlText.Number(largest > 0 ? 100 * loss / largest : 0)}%\"></span></span> <span class=\"share\">{Percent(loss)}</span>"
            : "–";
        WeightReport? weights = layer.Weights;
        body.Append($"<tr><td>{Escape(layer.Name)}{Second(layer.Kind)}</td><td>{share}</td>")
            .Append($"<td>{(layer.IsolatedSqnrDb is { } alone ? Decibels(alone) + " dB" : "–")}</td><td>{Decibels(layer.Accumulated.SqnrDb)} dB</td>")
            .Append($"<td>{Decibels(layer.RoundingSqnrDb)} dB</td><td>{Percent(layer.SaturatedShare)}</td>")
            .Append($"<td>{(weights is null ? "–" : $"{weights.Bits} bit, {Bytes(weights.Bytes)}{Second(double.IsNaN(weights.SqnrDb) ? "" : $"keep {Decibels(weights.SqnrDb)} dB")}")}</td>")
            .Append($"<td>{(layer.MultiplyAccumulates > 0 ? Count(layer.MultiplyAccumulates) : "–")}</td>");
        if (memoryBytes > 0)
        {
            body.Append($"<td>{(layer.ArenaBytes == 0 ? "–" : Bytes(layer.ArenaBytes))}{Second(MemoryShares(layer, memoryBytes))}</td>");
        }

        body.Append("</tr>\n");
    }

    /// <summary>How the error grows from input to output, beside what each layer costs alone.</summary>
    private static void WriteCourse(StringBuilder body, AnalysisResult result)
    {
        if (result.Layers.Count < 2)
        {
            return;
        }

        var accumulated = result.Layers.Select((layer, i) => ((double)i + 1, layer.Accumulated.SqnrDb)).ToList();
        var isolated = result.Layers.Select((layer, i) => ((double)i + 1, layer.IsolatedSqnrDb ?? double.NaN)).ToList();
        var x = new ChartAxis("layer, in order of execution", 0, result.Layers.Count + 1);
        var y = ChartAxis.Over("signal to noise, dB", accumulated.Concat(isolated).Select(point => point.Item2));
        var chart = new SvgChart("From input to output", x, y, 1000, 320);
        chart.Line("accumulated error, at the layer", accumulated);
        if (result.IsolatedSamples > 0)
        {
            chart.Line("this layer alone, at the output", isolated, 1);
        }

        for (int i = 0; i < result.Layers.Count; i++)
        {
            chart.Dot(i + 1, Math.Clamp(accumulated[i].SqnrDb, y.Min, y.Max), $"{result.Layers[i].Name}: {Decibels(accumulated[i].SqnrDb)} dB accumulated");
            if (result.Layers[i].IsolatedSqnrDb is { } alone)
            {
                chart.Dot(i + 1, Math.Clamp(alone, y.Min, y.Max), $"{result.Layers[i].Name}: {Decibels(alone)} dB alone", 1);
            }
        }

        body.Append("<h2>Along the network</h2>\n").Append(chart.Write());
    }

    private static void WriteHistograms(StringBuilder body, AnalysisResult result)
    {
        body.Append("<h2>Values and ranges</h2>\n<p class=\"note\">Float values of each layer, counted on a logarithmic axis; dashed lines are the range that its integers can write.</p>\n");
        int index = 0;
        foreach (LayerReport layer in result.ByLoss)
        {
            body.Append($"<details{(index++ < OpenHistograms ? " open=\"open\"" : "")}><summary><strong>{Escape(layer.Name)}</strong> <span class=\"note\">{Escape(layer.Kind)}, [{string.Join(", ", layer.Shape)}], {layer.Bits} bit</span></summary>\n");
            body.Append($"<p>Range {Number(layer.Range.Min)} to {Number(layer.Range.Max)}; seen {Number(layer.Seen.Min)} to {Number(layer.Seen.Max)}; {Percent(layer.UsedShare)} of the range is used. ")
                .Append($"The median channel keeps {Decibels(layer.MedianChannelSqnrDb)} dB; the loudest channel reaches {Number(layer.ChannelSpread)} times as far as the median one. ")
                .Append($"{Percent(layer.BiasShare)} of the accumulated error is a constant offset; the cosine of quantized and float values is {Real(layer.Accumulated.Cosine, "0.0000")}.</p>\n");
            body.Append(Histogram(layer)).Append("</details>\n");
        }
    }

    private static string Histogram(LayerReport layer)
    {
        if (layer.Histogram.Count == 0)
        {
            return "";
        }

        double margin = 0.02 * Math.Max(layer.Range.Max - layer.Range.Min, layer.Seen.Max - layer.Seen.Min);
        double low = Math.Min(layer.Range.Min, layer.Seen.Min) - margin;
        double high = Math.Max(layer.Range.Max, layer.Seen.Max) + margin;
        var x = new ChartAxis("value", low, high);
        var y = new ChartAxis("count", 0.7, Math.Max(2, layer.Histogram.Max(bar => bar.Count)), ChartScale.Logarithmic);
        return new SvgChart($"Float values of {layer.Name}", x, y, 1000, 240)
            .Bars("", layer.Histogram.Where(bar => bar.Count > 0).Select(bar => (bar.From, bar.To, (double)bar.Count)))
            .Mark(layer.Range.Min, Number(layer.Range.Min), textBefore: true).Mark(layer.Range.Max, Number(layer.Range.Max)).Write();
    }

    private static void WriteClips(StringBuilder body, AnalysisResult result)
    {
        body.Append("<h2>Clips that lose most</h2>\n<div class=\"wide\"><table>\n<thead><tr><th>clip</th><th>output signal to noise</th><th>largest score changed</th></tr></thead>\n<tbody>\n");
        foreach (ClipReport clip in result.WorstClips)
        {
            body.Append($"<tr><td>{Escape(clip.Name)}</td><td>{Decibels(clip.SqnrDb)} dB</td><td>{(clip.Vectors == 0 ? "–" : $"{clip.TopChanged} of {clip.Vectors}")}</td></tr>\n");
        }

        body.Append("</tbody></table></div>\n");
    }

    private static IEnumerable<(string Head, string Meaning)> ColumnsOf(AnalysisResult result) => result.MemoryBytes > 0 ? Columns.Append(MemoryColumn) : Columns;

    private static void WriteTerms(StringBuilder body, AnalysisResult result)
    {
        body.Append("<details><summary>What the figures mean</summary>\n<p>Signal to noise is 10 log₁₀ of the sum of squares of the float values over the sum of squares of the differences.</p>\n<dl>\n");
        foreach ((string head, string meaning) in ColumnsOf(result))
        {
            body.Append($"<dt><strong>{Escape(head)}</strong></dt><dd>{Escape(meaning)}</dd>\n");
        }

        body.Append("</dl>\n</details>\n");
    }

    /// <summary>A second, fainter line of a cell.</summary>
    private static string Second(string text) => text.Length == 0 ? "" : $"<span class=\"note second\" title=\"{Escape(text)}\">{Escape(text)}</span>";

    private static string MemoryShares(LayerReport layer, int all) => string.Join("; ", new[]
    {
        layer.ArenaBytes == 0 ? "" : $"{Real(100.0 * layer.ArenaBytes / all, "0")} %",
        layer.StateBytes == 0 ? "" : $"past {Bytes(layer.StateBytes)}, {Real(100.0 * layer.StateBytes / all, "0")} %",
    }.Where(text => text.Length > 0));

    private static string Capital(string text) => text.Length == 0 || text.Contains('.', StringComparison.Ordinal) ? text : char.ToUpperInvariant(text[0]) + text[1..];

    private static string Escape(string text) => HtmlText.Escape(text);

    private static string Decibels(double db) => double.IsPositiveInfinity(db) ? "∞" : double.IsNegativeInfinity(db) ? "−∞" : Real(db, "0.0");

    private static string Percent(double share) => share == 0 ? "0 %" : share is > 0 and < 1e-4 ? "< 0.01 %" : $"{Real(100 * share, "0.0#")} %";

    private static string Number(double value) => ChartAxis.Format(double.IsFinite(value) ? double.Parse(value.ToString("G4", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) : 0);

    private static string Bytes(long bytes) => bytes switch
    {
        < 10_000 => $"{bytes} B",
        < 10_000_000 => $"{Real(bytes / 1e3, "0.0")} kB",
        _ => $"{Real(bytes / 1e6, "0.0")} MB",
    };

    private static string Count(double count) => count switch
    {
        < 1e4 => Real(count, "0"),
        < 1e6 => $"{Real(count / 1e3, "0.0")} k",
        < 1e9 => $"{Real(count / 1e6, "0.0")} M",
        _ => $"{Real(count / 1e9, "0.0")} G",
    };

    private static string Real(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
