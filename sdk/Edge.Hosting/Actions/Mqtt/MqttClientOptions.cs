using System.Net.Security;

namespace Edge.Hosting.Actions.Mqtt;

/// <summary>Where a broker is and how it knows this client.</summary>
/// <param name="Host">Name or address.</param>
/// <param name="Port">1883 by custom, 8883 with TLS.</param>
/// <param name="ClientId">Its name at the broker; another client of the same name is thrown out.</param>
internal sealed record MqttClientOptions(string Host, int Port, string ClientId)
{
    /// <summary>Whether the connection is encrypted, and the broker's certificate checked against the system's authorities.</summary>
    public bool UseTls { get; init; }

    /// <summary>Null to connect without a name.</summary>
    public string? UserName { get; init; }

    /// <summary>Null for none; MQTT 3.1.1 allows it only with a user name.</summary>
    public string? Password { get; init; }

    /// <summary>Where the broker says <see cref="WillPayload"/>, retained, once this client is gone without a word; null for nowhere.</summary>
    public string? WillTopic { get; init; }

    /// <summary>What the broker says then.</summary>
    public string WillPayload { get; init; } = "offline";

    /// <summary>The connection proves that it lives this often, in seconds.</summary>
    public ushort KeepAliveSeconds { get; init; } = 60;

    /// <summary>How long the broker may take to answer.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Judges the broker's certificate; null for the system's judgement.</summary>
    public RemoteCertificateValidationCallback? ValidateCertificate { get; init; }
}
