using System.Text.Encodings.Web;
using System.Text.Json;

namespace Edge.Quantization.Analysis.Report;

/// <summary>Writes an analysis as JSON: the figures of <see cref="AnalysisPage"/>; what is infinite or not known is null.</summary>
public static class AnalysisJson
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes one object.</summary>
    /// <param name="result">The analysis.</param>
    /// <param name="stream">Where to; stays open.</param>
    public static void Write(AnalysisResult result, Stream stream)
    {
        using var json = new Utf8JsonWriter(stream, Options);
        json.WriteStartObject();
        json.WriteString("float", result.Float);
        json.WriteString("quantized", result.Quantized);
        json.WriteNumber("samples", result.Samples);
        json.WriteNumber("isolated_samples", result.IsolatedSamples);
        json.WriteBoolean("rescaled", result.IsRescaled);
        json.WriteNumber("memory_bytes", result.MemoryBytes);
        json.WriteStartObject("output");
        Real(json, "sqnr_db", result.Output.SqnrDb);
        Real(json, "cosine", result.Output.Cosine);
        Real(json, "max_difference", result.Output.MaxAbsolute);
        Real(json, "top_1_agreement", result.Top.Share);
        json.WriteNumber("vectors", result.Top.Vectors);
        Real(json, "float_accuracy", result.Accuracy?.Float);
        Real(json, "quantized_accuracy", result.Accuracy?.Quantized);
        json.WriteEndObject();
        Array(json, "advice", result.Advice, advice =>
        {
            json.WriteString("layer", advice.Layer);
            json.WriteString("finding", advice.Finding);
            json.WriteString("remedy", advice.Remedy);
            json.WriteString("option", advice.Option);
        });
        Array(json, "layers_by_loss", result.ByLoss, layer => Layer(json, layer));
        Array(json, "worst_clips", result.WorstClips, clip =>
        {
            json.WriteString("clip", clip.Name);
            Real(json, "sqnr_db", clip.SqnrDb);
            json.WriteNumber("vectors", clip.Vectors);
            json.WriteNumber("top_1_changed", clip.TopChanged);
        });
        json.WriteEndObject();
    }

    private static void Layer(Utf8JsonWriter json, LayerReport layer)
    {
        json.WriteString("name", layer.Name);
        json.WriteString("kind", layer.Kind);
        json.WriteStartArray("shape");
        foreach (int dimension in layer.Shape)
        {
            json.WriteNumberValue(dimension);
        }

        json.WriteEndArray();
        json.WriteNumber("bits", layer.Bits);
        Real(json, "isolated_sqnr_db", layer.IsolatedSqnrDb);
        Real(json, "loss_share", layer.LossShare);
        Real(json, "accumulated_sqnr_db", layer.Accumulated.SqnrDb);
        Real(json, "cosine", layer.Accumulated.Cosine);
        Real(json, "rounding_sqnr_db", layer.RoundingSqnrDb);
        Real(json, "median_channel_sqnr_db", layer.MedianChannelSqnrDb);
        Real(json, "channel_spread", layer.ChannelSpread);
        Real(json, "saturated_share", layer.SaturatedShare);
        Real(json, "used_share", layer.UsedShare);
        Real(json, "bias_share", layer.BiasShare);
        Real(json, "range_min", layer.Range.Min);
        Real(json, "range_max", layer.Range.Max);
        Real(json, "seen_min", layer.Seen.Min);
        Real(json, "seen_max", layer.Seen.Max);
        Array(json, "histogram", layer.Histogram, bar =>
        {
            Real(json, "from", bar.From);
            Real(json, "to", bar.To);
            json.WriteNumber("count", bar.Count);
        });
        if (layer.Weights is { } weights)
        {
            json.WriteStartObject("weights");
            json.WriteNumber("bits", weights.Bits);
            json.WriteNumber("bytes", weights.Bytes);
            json.WriteBoolean("per_channel", weights.PerChannel);
            Real(json, "sqnr_db", weights.SqnrDb);
            Real(json, "channel_spread", weights.ChannelSpread);
            json.WriteEndObject();
        }

        Real(json, "macs", layer.MultiplyAccumulates);
        json.WriteNumber("arena_bytes", layer.ArenaBytes);
        json.WriteNumber("state_bytes", layer.StateBytes);
    }

    private static void Array<T>(Utf8JsonWriter json, string name, IEnumerable<T> items, Action<T> write)
    {
        json.WriteStartArray(name);
        foreach (T item in items)
        {
            json.WriteStartObject();
            write(item);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Real(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number && double.IsFinite(number))
        {
            json.WriteNumber(name, number);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
