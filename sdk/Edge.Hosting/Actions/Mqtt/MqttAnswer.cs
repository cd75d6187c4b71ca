namespace Edge.Hosting.Actions.Mqtt;

/// <summary>What a broker may say to a client that only publishes.</summary>
internal enum MqttAnswerType
{
    /// <summary>CONNACK: the connection is taken or refused.</summary>
    ConnectAcknowledged = 0x20,

    /// <summary>PUBACK: the broker has the message.</summary>
    PublishAcknowledged = 0x40,

    /// <summary>PINGRESP: the broker lives.</summary>
    Pong = 0xD0,
}

/// <summary>One packet from the broker.</summary>
/// <param name="Type">Which.</param>
/// <param name="Value">Of CONNACK the return code; of PUBACK the packet's number; else 0.</param>
internal readonly record struct MqttAnswer(MqttAnswerType Type, int Value)
{
    /// <summary>Reads one packet. Each that may come has a fixed first byte and a fixed length; anything else is an error, so nothing larger is ever read.</summary>
    /// <exception cref="MqttException">The stream ended, or this is no answer to a publishing client.</exception>
    public static async Task<MqttAnswer> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var packet = new byte[4];
        await FillAsync(stream, packet.AsMemory(0, 2), cancellationToken).ConfigureAwait(false);
        var type = (MqttAnswerType)packet[0];
        int expected = type switch
        {
            MqttAnswerType.ConnectAcknowledged or MqttAnswerType.PublishAcknowledged => 2,
            MqttAnswerType.Pong => 0,
            _ => throw new MqttException($"the broker sent a packet that begins with 0x{packet[0]:X2}; expected CONNACK, PUBACK or PINGRESP. Is this an MQTT 3.1.1 broker?"),
        };
        if (packet[1] != expected)
        {
            throw new MqttException($"the broker sent {type} with a length byte of {packet[1]}; expected {expected}.");
        }

        await FillAsync(stream, packet.AsMemory(2, expected), cancellationToken).ConfigureAwait(false);
        // The first byte of CONNACK tells of a session kept; a clean one has none.
        return new MqttAnswer(type, type == MqttAnswerType.ConnectAcknowledged ? packet[3] : (packet[2] << 8) | packet[3]);
    }

    private static async Task FillAsync(Stream stream, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            await stream.ReadExactlyAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (EndOfStreamException e)
        {
            throw new MqttException("the broker closed the connection.", e);
        }
    }
}
