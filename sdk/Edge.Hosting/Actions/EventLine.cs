using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Edge.Detection;

namespace Edge.Hosting.Actions;

/// <summary>An event as one JSON object, the same in files, webhooks and MQTT.</summary>
/// <remarks>
/// <c>{"time":"2026-01-31T08:15:00.250Z","source":…,"sequence":12,"model":…,"label":…,"score":0.88,"start_s":1.23,"end_s":1.81}</c>;
/// like the lines of <c>edge run --json</c>, with wall clock and source. Values of a regression stand in place of the score.
/// </remarks>
public static class EventLine
{
    // The output is no HTML: labels stay readable.
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The event as UTF-8 without a line end.</summary>
    public static byte[] Format(in DeviceEvent heard) => Format(heard, null);

    /// <summary>Wall clock in UTC as ISO 8601 with milliseconds.</summary>
    public static string FormatTime(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);

    /// <summary>Seconds, exact to the millisecond.</summary>
    internal static decimal Seconds(TimeSpan time) => Math.Round((decimal)time.Ticks / TimeSpan.TicksPerSecond, 3);

    /// <param name="heard">The event.</param>
    /// <param name="eventType">Stands first as <c>event_type</c>, which Home Assistant asks for; null for none.</param>
    internal static byte[] Format(in DeviceEvent heard, string? eventType)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer, Readable))
        {
            json.WriteStartObject();
            if (eventType is not null)
            {
                json.WriteString("event_type", eventType);
            }

            json.WriteString("time", FormatTime(heard.Time));
            json.WriteString("source", heard.Source);
            json.WriteNumber("sequence", heard.Sequence);
            Write(json, heard.Heard);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void Write(Utf8JsonWriter json, in AudioEvent heard)
    {
        json.WriteString("model", heard.Model);
        json.WriteString("label", heard.Label);
        if (heard.Values is null)
        {
            WriteRatio(json, "score", heard.Score);
        }

        json.WriteNumber("start_s", Seconds(heard.Start));
        json.WriteNumber("end_s", Seconds(heard.End));
        if (heard.Values is { } values)
        {
            json.WriteStartObject("values");
            foreach ((string label, float value) in values)
            {
                WriteRatio(json, label, value);
            }

            json.WriteEndObject();
        }

        if (heard.Phase == EventPhase.Onset)
        {
            json.WriteString("phase", "onset");
        }
    }

    private static void WriteRatio(Utf8JsonWriter json, string name, float value)
    {
        if (float.IsFinite(value) && Math.Abs(value) < 1e9f)
        {
            json.WriteNumber(name, Math.Round((decimal)value, 4));
        }
        else
        {
            json.WriteNull(name); // JSON has no other word for what is no number
        }
    }
}
