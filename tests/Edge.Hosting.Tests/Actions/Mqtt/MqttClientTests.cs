using Edge.Hosting.Actions.Mqtt;

namespace Edge.Hosting.Tests.Actions.Mqtt;

public class MqttClientTests
{
    private static readonly TimeSpan Generous = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Patient = TimeSpan.FromSeconds(1); // a busy machine connects within it

    [Theory]
    [InlineData(1, "does not speak MQTT 3.1.1")]
    [InlineData(2, "does not take this ClientId")]
    [InlineData(4, "user name or password is wrong")]
    [InlineData(5, "not authorized")]
    [InlineData(99, "return code 99")]
    public async Task A_refusal_says_why(byte code, string reason)
    {
        using var broker = new FakeBroker(_ => [0x20, 2, 0, code]);
        Assert.Contains(reason, (await Assert.ThrowsAsync<MqttException>(() => ConnectAsync(broker.Port))).Message);
    }

    [Fact]
    public async Task An_absent_broker_is_told_as_such()
    {
        int port;
        using (var broker = new FakeBroker(_ => null))
        {
            port = broker.Port;
        }

        Assert.Contains("refused", (await Assert.ThrowsAsync<MqttException>(() => ConnectAsync(port))).Message);
    }

    [Fact]
    public async Task A_broker_that_does_not_answer_is_given_up()
    {
        using var broker = new FakeBroker(_ => []);
        Assert.Contains("no answer", (await Assert.ThrowsAsync<MqttException>(() => ConnectAsync(broker.Port, TimeSpan.FromMilliseconds(100)))).Message);
    }

    [Fact]
    public async Task A_message_that_is_not_acknowledged_in_time_ends_the_connection()
    {
        using var broker = new FakeBroker(packet => FakeBroker.IsConnect(packet) ? FakeBroker.Accepted : []);
        await using MqttClient client = await ConnectAsync(broker.Port, Patient);
        await Assert.ThrowsAsync<MqttException>(() => PublishAsync(client, 1));
        await client.Closed.WaitAsync(Generous, TestContext.Current.CancellationToken);
        Assert.Contains("did not acknowledge", (await Assert.ThrowsAsync<MqttException>(() => PublishAsync(client, 2))).Message);
    }

    [Fact]
    public async Task The_acknowledgement_of_another_message_does_not_count()
    {
        using var broker = new FakeBroker(packet => FakeBroker.IsConnect(packet) ? FakeBroker.Accepted : [0x40, 2, 0xFF, 0xFF]);
        await using MqttClient client = await ConnectAsync(broker.Port, Patient);
        await Assert.ThrowsAsync<MqttException>(() => PublishAsync(client, 1));
    }

    public static TheoryData<string> Hostile() => ["40", "40FFFFFF7F", "FFFFFFFFFF", "300500016162", "20020000", "00000000"];

    [Theory]
    [MemberData(nameof(Hostile))]
    public async Task Nonsense_from_the_broker_ends_the_connection_and_nothing_else(string bytes)
    {
        bool cut = false;
        using var broker = new FakeBroker(packet => FakeBroker.IsConnect(packet) ? FakeBroker.Accepted : (cut = !cut) ? Convert.FromHexString(bytes) : null);
        await using MqttClient client = await ConnectAsync(broker.Port);
        Task publishing = PublishAsync(client, 1);
        if (bytes.Length == 2)
        {
            await Eventually.HoldsAsync(() => broker.Packets.Count == 2);
            await Assert.ThrowsAsync<MqttException>(() => PublishAsync(client, 2)); // the broker hangs up inside a packet
        }

        await Assert.ThrowsAsync<MqttException>(() => publishing);
        await client.Closed.WaitAsync(Generous, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_quiet_connection_is_kept_alive_and_one_without_an_answer_given_up()
    {
        int pings = 0;
        using var broker = new FakeBroker(packet => FakeBroker.IsConnect(packet) ? FakeBroker.Accepted : ++pings <= 1 ? [0xD0, 0] : []);
        var options = new MqttClientOptions("127.0.0.1", broker.Port, "test") { KeepAliveSeconds = 2 };
        await using MqttClient client = await MqttClient.ConnectAsync(options, TestContext.Current.CancellationToken);
        await client.Closed.WaitAsync(Generous, TestContext.Current.CancellationToken);
        Assert.Equal(2, pings);
        Assert.Contains("silent", client.Fault!.Message);
    }

    [Fact]
    public async Task Goodbye_is_said()
    {
        using var broker = new FakeBroker(packet => FakeBroker.IsConnect(packet) ? FakeBroker.Accepted : []);
        MqttClient client = await ConnectAsync(broker.Port);
        await client.DisposeAsync();
        await Eventually.HoldsAsync(() => broker.Packets.Count == 2);
        Assert.Equal([0xE0, 0], broker.Packets[1]);
    }

    private static Task<MqttClient> ConnectAsync(int port, TimeSpan? timeout = null) =>
        MqttClient.ConnectAsync(new MqttClientOptions("127.0.0.1", port, "test") { Timeout = timeout ?? Generous }, TestContext.Current.CancellationToken);

    private static Task PublishAsync(MqttClient client, ushort id) =>
        client.PublishAsync("topic", new byte[] { 1 }, id, retain: false, duplicate: false, TestContext.Current.CancellationToken);
}
