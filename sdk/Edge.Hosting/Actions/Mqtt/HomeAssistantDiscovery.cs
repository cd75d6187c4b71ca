using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Edge.Hosting.Actions.Mqtt;

/// <summary>Announces the device to Home Assistant: one <c>event</c> entity a model, whose event types are its labels.</summary>
/// <remarks>
/// Topic <c>PREFIX/event/NODE/OBJECT/config</c> and the fields below are those of Home Assistant's documentation, "MQTT" (MQTT discovery:
/// device, origin, availability_topic, unique_id) and "MQTT Event" (state_topic, event_types).
/// </remarks>
/// <param name="prefix">Home Assistant's discovery prefix.</param>
/// <param name="host">Name of the machine.</param>
/// <param name="topic">Where events go: <c>topic/MODEL</c>.</param>
internal sealed class HomeAssistantDiscovery(string prefix, string host, string topic)
{
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly string Version = typeof(HomeAssistantDiscovery).Assembly.GetName().Version?.ToString(3) ?? "";

    private readonly Dictionary<string, List<string>> models = [];

    /// <summary>The models known so far.</summary>
    public IReadOnlyCollection<string> Models => models.Keys;

    /// <summary>Adds a label of a model; whether it is new, so that the model must be announced again.</summary>
    public bool Add(string model, string label)
    {
        if (!models.TryGetValue(model, out List<string>? labels))
        {
            models.Add(model, labels = []);
        }

        if (labels.Contains(label))
        {
            return false;
        }

        labels.Add(label);
        return true;
    }

    /// <summary>Where a model is announced.</summary>
    public string ConfigTopic(string model) => $"{prefix}/event/{Identifier($"edge_{host}")}/{Identifier(model)}/config";

    /// <summary>The announcement of a model, to be retained.</summary>
    public byte[] Config(string model)
    {
        string device = Identifier($"edge_{host}");
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, Readable))
        {
            json.WriteStartObject();
            json.WriteString("name", model);
            json.WriteString("unique_id", $"{device}_{Identifier(model)}");
            json.WriteString("state_topic", MqttTopics.Event(topic, model));
            json.WriteStartArray("event_types");
            models[model].ForEach(json.WriteStringValue);
            json.WriteEndArray();
            json.WriteString("availability_topic", MqttTopics.Availability(topic));
            json.WriteNumber("qos", 1);
            json.WriteString("icon", "mdi:ear-hearing");
            WriteDevice(json, device);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private void WriteDevice(Utf8JsonWriter json, string device)
    {
        json.WriteStartObject("device");
        json.WriteStartArray("identifiers");
        json.WriteStringValue(device);
        json.WriteEndArray();
        json.WriteString("name", $"Edge on {host}");
        json.WriteString("manufacturer", "Edge");
        json.WriteString("sw_version", Version);
        json.WriteEndObject();
        json.WriteStartObject("origin");
        json.WriteString("name", "Edge");
        json.WriteString("sw_version", Version);
        json.WriteEndObject();
    }

    /// <summary>Node and object may hold letters, digits, dash and underscore; letters of other scripts are told by their numbers, so that two names stay two.</summary>
    private static string Identifier(string name) =>
        string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c == '-' ? c.ToString() : char.IsAscii(c) ? "_" : $"_{(int)c:x4}"));
}
