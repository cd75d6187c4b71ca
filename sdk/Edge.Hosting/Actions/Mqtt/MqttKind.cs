namespace Edge.Hosting.Actions.Mqtt;

/// <summary>Kind <c>mqtt</c>: a message for each event.</summary>
internal sealed class MqttKind : IActionKind
{
    private const string DefaultTopic = "edge/{host}";
    private const string DefaultPrefix = "homeassistant";
    private const int PlainPort = 1883;
    private const int TlsPort = 8883;
    private const int LongestTimeoutMs = 600_000;

    public string Kind => "mqtt";

    public IReadOnlyCollection<string> Fields { get; } =
        [nameof(ActionOptions.Url), nameof(ActionOptions.Topic), nameof(ActionOptions.Discovery), nameof(ActionOptions.DiscoveryPrefix),
        nameof(ActionOptions.ClientId), nameof(ActionOptions.TimeoutMs)];

    public void Check(ActionOptions options, ICollection<string> faults)
    {
        if (!Uri.TryCreate(options.Url, UriKind.Absolute, out Uri? url) || url.Scheme is not ("mqtt" or "mqtts") || url.Host.Length == 0)
        {
            faults.Add($"Url is {(string.IsNullOrEmpty(options.Url) ? "missing" : "no broker's address")}; expected mqtt://HOST, mqtts://HOST for TLS, or mqtt://USER:PASSWORD@HOST:PORT."); // it may hold a password, so it is not repeated
        }
        else if (url.Query.Length > 0 || url.Fragment.Length > 0)
        {
            faults.Add("Url has a ? or a #; in a user's name or a password write them %3F and %23.");
        }
        else if (url.AbsolutePath.Trim('/').Length > 0)
        {
            faults.Add($"Url has the path {url.AbsolutePath}; give the topic in Topic.");
        }

        CheckTopic(nameof(options.Topic), options.Topic?.Replace("{host}", "host", StringComparison.Ordinal), faults);
        CheckTopic(nameof(options.DiscoveryPrefix), options.DiscoveryPrefix, faults);
        ActionOptions.CheckRange(nameof(options.TimeoutMs), options.TimeoutMs, 1, LongestTimeoutMs, faults);
        if (options.ClientId is not null && (options.ClientId.Length is 0 or > 1024 || options.ClientId.Any(char.IsControl)))
        {
            faults.Add("ClientId is empty, too long or holds a control character; expected a short name, or leave it out.");
        }

        if (options is { DiscoveryPrefix: not null, Discovery: not true })
        {
            faults.Add("DiscoveryPrefix without Discovery; set Discovery to true, or take it out.");
        }
    }

    public string? Claims(ActionOptions options) => Uri.TryCreate(options.Url, UriKind.Absolute, out Uri? url)
        ? $"{(options.ClientId is null ? "the usual ClientId" : $"ClientId {options.ClientId}")} at the broker {url.DnsSafeHost}:{Port(url)}"
        : null;

    public IEventAction Create(ActionOptions options, ActionContext context)
    {
        var url = new Uri(options.Url!);
        string topic = (options.Topic ?? DefaultTopic).Replace("{host}", MqttTopics.Level(context.Host), StringComparison.Ordinal);
        string[] login = [.. url.UserInfo.Split(':', 2).Select(Uri.UnescapeDataString)];
        var client = new MqttClientOptions(url.DnsSafeHost, Port(url), options.ClientId ?? $"edge-{context.Host}")
        {
            UseTls = IsTls(url),
            UserName = login[0].Length > 0 ? login[0] : null,
            Password = login.Length > 1 ? login[1] : null,
            WillTopic = MqttTopics.Availability(topic),
            Timeout = TimeSpan.FromMilliseconds(options.TimeoutMs ?? CommandKind.DefaultTimeoutMs),
        };
        return new MqttAction(client, topic, options.Discovery == true ? Discovery(options, context, topic) : null);
    }

    private static bool IsTls(Uri url) => url.Scheme == "mqtts";

    private static int Port(Uri url) => url.Port > 0 ? url.Port : IsTls(url) ? TlsPort : PlainPort;

    private static HomeAssistantDiscovery Discovery(ActionOptions options, ActionContext context, string topic)
    {
        var discovery = new HomeAssistantDiscovery(options.DiscoveryPrefix ?? DefaultPrefix, context.Host, topic);
        foreach ((string model, IReadOnlyList<string> labels) in context.Models.Where(model => Takes(options.Models, model.Key)))
        {
            foreach (string label in labels.Where(label => Takes(options.Labels, label)))
            {
                discovery.Add(model, label);
            }
        }

        return discovery;
    }

    private static bool Takes(List<string> wanted, string name) => wanted.Count == 0 || wanted.Contains(name, StringComparer.OrdinalIgnoreCase);

    private static void CheckTopic(string field, string? topic, ICollection<string> faults)
    {
        if (topic is not null && MqttTopics.Fault(topic) is { } fault)
        {
            faults.Add($"{field}: {fault}");
        }
    }
}
