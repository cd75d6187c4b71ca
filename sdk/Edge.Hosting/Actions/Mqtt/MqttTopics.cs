using System.Text;

namespace Edge.Hosting.Actions.Mqtt;

/// <summary>Topics under the configured one.</summary>
internal static class MqttTopics
{
    /// <summary>Where a model's events go.</summary>
    public static string Event(string topic, string model) => $"{topic}/{Level(model)}";

    /// <summary>A name as one level of a topic: what has a meaning in topics becomes an underscore.</summary>
    public static string Level(string name) => string.Concat(name.Select(c => c is '/' or '+' or '#' || char.IsControl(c) ? '_' : c));

    /// <summary>Where it says <c>online</c> or <c>offline</c>.</summary>
    public static string Availability(string topic) => $"{topic}/availability";

    /// <summary>What keeps a text from being a topic to publish to; null where it is one.</summary>
    public static string? Fault(string topic) =>
        topic.Length == 0 || topic[0] == '$' || topic[^1] == '/' || topic.Any(c => c is '+' or '#' || char.IsControl(c)) || Encoding.UTF8.GetByteCount(topic) > 1024
            ? $"'{topic}' is no topic; expected a path such as edge/kitchen, without +, #, a slash at its end or a $ at its beginning."
            : null;
}
