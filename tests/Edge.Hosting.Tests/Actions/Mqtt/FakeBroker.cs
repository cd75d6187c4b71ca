using System.Net;
using System.Net.Sockets;

namespace Edge.Hosting.Tests.Actions.Mqtt;

/// <summary>A broker that answers each packet as a test says, and keeps what it got.</summary>
internal sealed class FakeBroker : IDisposable
{
    public static readonly byte[] Accepted = [0x20, 2, 0, 0];

    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly Func<byte[], byte[]?> answer;
    private readonly List<byte[]> packets = [];

    /// <param name="answer">Gives the answer to a packet: empty for none, null to cut the connection.</param>
    public FakeBroker(Func<byte[], byte[]?> answer)
    {
        this.answer = answer;
        listener.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    public IReadOnlyList<byte[]> Packets
    {
        get
        {
            lock (packets)
            {
                return [.. packets];
            }
        }
    }

    /// <summary>PUBACK of a PUBLISH of quality 1.</summary>
    public static byte[] Acknowledge(byte[] publish)
    {
        int topic = BodyAt(publish), id = topic + 2 + (publish[topic] << 8) + publish[topic + 1];
        return [0x40, 2, publish[id], publish[id + 1]];
    }

    public static bool IsConnect(byte[] packet) => packet[0] == 0x10;

    public static bool IsPublish(byte[] packet) => packet[0] >> 4 == 3;

    public void Dispose() => listener.Dispose();

    private static int BodyAt(byte[] packet) => Array.FindIndex(packet, 1, one => one < 0x80) + 1;

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = TalkAsync(await listener.AcceptTcpClientAsync());
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task TalkAsync(TcpClient client)
    {
        using TcpClient mine = client;
        NetworkStream stream = client.GetStream();
        try
        {
            while (await ReadAsync(stream) is { } packet)
            {
                lock (packets)
                {
                    packets.Add(packet);
                }

                if (answer(packet) is not { } said)
                {
                    return;
                }

                await stream.WriteAsync(said);
            }
        }
        catch (IOException)
        {
            // The client is gone.
        }
    }

    private static async Task<byte[]?> ReadAsync(NetworkStream stream)
    {
        var packet = new List<byte>();
        var one = new byte[1];
        int length = 0;
        for (int i = 0; i < 5; i++)
        {
            if (await stream.ReadAsync(one) == 0)
            {
                return null;
            }

            packet.Add(one[0]);
            length |= i == 0 ? 0 : (one[0] & 0x7F) << (7 * (i - 1));
            if (i > 0 && one[0] < 0x80)
            {
                break;
            }
        }

        var body = new byte[length];
        await stream.ReadExactlyAsync(body);
        return [.. packet, .. body];
    }
}
