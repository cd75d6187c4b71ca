using System.Buffers.Binary;
using System.Text;

namespace Edge.Hosting.Actions.Mqtt;

/// <summary>The packets that a publishing client sends, as in MQTT 3.1.1 (OASIS standard, chapter 3).</summary>
internal static class MqttPacket
{
    /// <summary>The most bytes a text may have.</summary>
    public const int LongestText = ushort.MaxValue;

    private const int LargestRemainder = 268_435_455; // what four bytes of seven bits hold
    private const byte ConnectType = 0x10;
    private const byte PublishType = 0x30;
    private const byte ProtocolLevel = 4;
    private const byte CleanSession = 0x02, HasWill = 0x04, WillQos1 = 0x08, WillRetain = 0x20, HasPassword = 0x40, HasUserName = 0x80;
    private const byte Retain = 0x01, Qos1 = 0x02, Duplicate = 0x08;

    /// <summary>PINGREQ.</summary>
    public static ReadOnlyMemory<byte> PingRequest { get; } = new byte[] { 0xC0, 0 };

    /// <summary>DISCONNECT.</summary>
    public static ReadOnlyMemory<byte> Disconnect { get; } = new byte[] { 0xE0, 0 };

    /// <summary>CONNECT, with a clean session: the broker keeps nothing for a client that only publishes.</summary>
    public static byte[] Connect(MqttClientOptions options)
    {
        byte flags = CleanSession;
        var body = new List<byte>();
        AddText(body, "MQTT");
        body.Add(ProtocolLevel);
        int flagsAt = body.Count;
        body.Add(0);
        AddNumber(body, options.KeepAliveSeconds);
        AddText(body, options.ClientId);
        if (options.WillTopic is not null)
        {
            flags |= HasWill | WillQos1 | WillRetain;
            AddText(body, options.WillTopic);
            AddText(body, options.WillPayload);
        }

        if (options.UserName is not null)
        {
            flags |= HasUserName;
            AddText(body, options.UserName);
        }

        if (options is { UserName: not null, Password: not null })
        {
            flags |= HasPassword;
            AddText(body, options.Password);
        }

        body[flagsAt] = flags;
        return Whole(ConnectType, body);
    }

    /// <summary>PUBLISH of quality 1: the broker acknowledges it.</summary>
    /// <param name="topic">Where to.</param>
    /// <param name="payload">What.</param>
    /// <param name="id">1 to 65,535; comes back with the acknowledgement.</param>
    /// <param name="retain">Whether the broker keeps it for those who come later.</param>
    /// <param name="duplicate">Whether it was sent before and not acknowledged.</param>
    public static byte[] Publish(string topic, ReadOnlySpan<byte> payload, ushort id, bool retain, bool duplicate)
    {
        var body = new List<byte>(topic.Length + payload.Length + 4);
        AddText(body, topic);
        AddNumber(body, id);
        body.AddRange(payload);
        return Whole((byte)(PublishType | Qos1 | (retain ? Retain : 0) | (duplicate ? Duplicate : 0)), body);
    }

    private static byte[] Whole(byte first, List<byte> body)
    {
        if (body.Count > LargestRemainder)
        {
            throw new MqttException($"a packet of {body.Count} bytes is too large; MQTT carries {LargestRemainder}.");
        }

        var packet = new List<byte>(body.Count + 5) { first };
        int rest = body.Count;
        do
        {
            int digit = rest & 0x7F;
            rest >>= 7;
            packet.Add((byte)(rest > 0 ? digit | 0x80 : digit));
        }
        while (rest > 0);

        packet.AddRange(body);
        return [.. packet];
    }

    private static void AddText(List<byte> body, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        if (bytes.Length > LongestText)
        {
            throw new MqttException($"a text of {bytes.Length} bytes is too long; MQTT carries {LongestText}.");
        }

        AddNumber(body, (ushort)bytes.Length);
        body.AddRange(bytes);
    }

    private static void AddNumber(List<byte> body, ushort number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, number);
        body.AddRange(bytes);
    }
}
