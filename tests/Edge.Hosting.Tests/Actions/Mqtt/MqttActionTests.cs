using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Edge.Hosting.Actions;
using Edge.Hosting.Actions.Mqtt;

namespace Edge.Hosting.Tests.Actions.Mqtt;

public class MqttActionTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(10);
    private static readonly ActionQueueOptions Fast = new() { FirstDelay = TimeSpan.FromMilliseconds(10), LongestDelay = TimeSpan.FromMilliseconds(100) };

    private readonly LogLines log = new();

    [Fact]
    public async Task Events_reach_a_real_broker_and_Home_Assistant_is_told_of_the_device()
    {
        using var broker = new Mosquitto();
        await broker.StartAsync();
        await broker.SubscribeAsync();
        var options = new ActionOptions { Kind = "mqtt", Url = broker.Url, Topic = "home/{host}", Discovery = true };
        var context = new ActionContext(log) { Host = "kitchen", Models = [new("wake-words", ["alexa", "computer"])] };
        await using (ActionQueue queue = new ActionFactory().Create(options, context))
        {
            queue.TryPost(Some.Event(1));
            queue.TryPost(Some.Event(2, label: "new one"));
            await Eventually.HoldsAsync(() => broker.Messages.Count == 5, () => string.Join('\n', broker.Messages));
        }

        await Eventually.HoldsAsync(() => broker.Messages.Count == 6);
        string[] topics = [.. broker.Messages.Select(message => message.Split(' ')[1])];
        const string config = "homeassistant/event/edge_kitchen/wake-words/config", availability = "home/kitchen/availability", events = "home/kitchen/wake-words";
        Assert.Equal([config, availability, events, config, events, availability], topics);
        Assert.EndsWith("online", broker.Messages[1]);
        Assert.EndsWith("offline", broker.Messages[5]);
        using JsonDocument heard = JsonDocument.Parse(broker.Messages[2][(events.Length + 3)..]);
        Assert.Equal("alexa", heard.RootElement.GetProperty("event_type").GetString());
        Assert.Contains("""["alexa","computer","new one"]""", broker.Messages[3]);
        Assert.Empty(log.Lines);
    }

    [Fact]
    public async Task A_broker_that_goes_and_comes_back_gets_every_event()
    {
        using var broker = new Mosquitto();
        await broker.StartAsync();
        await broker.SubscribeAsync();
        await using var queue = new ActionQueue(Action(broker.Port), Fast, log);
        queue.TryPost(Some.Event(1));
        await Eventually.HoldsAsync(() => queue.Counters.Sent == 1);
        await broker.StopAsync();
        for (long i = 2; i <= 10; i++)
        {
            queue.TryPost(Some.Event(i));
        }

        await Eventually.HoldsAsync(() => queue.Counters.Retried >= 2, () => queue.Counters.ToString());
        await broker.StartAsync();
        await Eventually.HoldsAsync(() => queue.Counters.Sent == 10, () => queue.Counters.ToString());
        await Eventually.HoldsAsync(() => Sequences(broker).Distinct().Count() == 10, () => string.Join('\n', broker.Messages));
        Assert.Equal(Enumerable.Range(1, 10).Select(i => (long)i), Sequences(broker).Distinct());
        Assert.Null(queue.Trouble);
        Assert.Contains(log.Lines, line => line.Contains("works again", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_broker_says_offline_for_a_device_that_is_gone_without_a_word()
    {
        using var broker = new Mosquitto();
        await broker.StartAsync();
        await broker.SubscribeAsync();
        var options = new MqttClientOptions("127.0.0.1", broker.Port, "device") { WillTopic = "edge/availability" };
        await using MqttClient device = await MqttClient.ConnectAsync(options, TestContext.Current.CancellationToken);
        // Of two clients of one name the broker throws out the first, which gets no chance to say goodbye.
        await using MqttClient thief = await MqttClient.ConnectAsync(options with { WillTopic = null }, TestContext.Current.CancellationToken);
        await Eventually.HoldsAsync(() => broker.Messages.Count == 1);
        Assert.EndsWith("edge/availability offline", broker.Messages[0]);
    }

    [Fact]
    public async Task Login_is_checked_by_the_broker()
    {
        using var broker = new Mosquitto("allow_anonymous false", "password_file /nonexistent");
        string passwords = Path.Combine(broker.Folder, "passwords"), configuration = Path.Combine(broker.Folder, "mosquitto.conf");
        File.WriteAllText(configuration, File.ReadAllText(configuration).Replace("/nonexistent", passwords, StringComparison.Ordinal));
        using (Process add = Process.Start(Mosquitto.Find("mosquitto_passwd"), ["-b", "-c", passwords, "edge", "p:@ss/word"]))
        {
            await add.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        await broker.StartAsync();
        await using ActionQueue right = new ActionFactory().Create(new() { Kind = "mqtt", Url = $"mqtt://edge:p%3A%40ss%2Fword@127.0.0.1:{broker.Port}", ClientId = "right" }, new(log));
        right.TryPost(Some.Event());
        await Eventually.HoldsAsync(() => right.Counters.Sent == 1);
        await using ActionQueue wrong = new ActionFactory().Create(new() { Kind = "mqtt", Url = $"mqtt://edge:no@127.0.0.1:{broker.Port}", ClientId = "wrong", TimeoutMs = 500 }, new(log));
        wrong.TryPost(Some.Event());
        await Eventually.HoldsAsync(() => wrong.Trouble?.Contains("refused the connection", StringComparison.Ordinal) == true, () => wrong.Trouble ?? "");
        Assert.DoesNotContain(log.Lines, line => line.Contains("edge:no", StringComparison.Ordinal));
    }

    [Fact]
    public async Task TLS_takes_a_certificate_that_is_trusted_and_no_other()
    {
        using var broker = new Mosquitto("allow_anonymous true", "certfile cert.pem", "keyfile key.pem");
        string[] files = [Path.Combine(broker.Folder, "cert.pem"), Path.Combine(broker.Folder, "key.pem"), Path.Combine(broker.Folder, "mosquitto.conf")];
        string trusted = Certificate.Write(files[0], files[1]);
        File.WriteAllText(files[2], File.ReadAllText(files[2]).Replace("certfile cert.pem", $"certfile {files[0]}", StringComparison.Ordinal).Replace("keyfile key.pem", $"keyfile {files[1]}", StringComparison.Ordinal));
        await broker.StartAsync();
        var options = new MqttClientOptions("127.0.0.1", broker.Port, "test") { UseTls = true };
        Assert.Contains("TLS failed", (await Assert.ThrowsAsync<MqttException>(() => MqttClient.ConnectAsync(options, TestContext.Current.CancellationToken))).Message);
        await using MqttClient client = await MqttClient.ConnectAsync(options with { ValidateCertificate = (_, found, _, _) => found?.GetCertHashString() == trusted }, TestContext.Current.CancellationToken);
        await client.PublishAsync("topic", new byte[] { 1 }, 1, retain: false, duplicate: false, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_message_whose_acknowledgement_was_lost_is_sent_again_as_a_duplicate_of_the_same_number()
    {
        int events = 0;
        using var broker = new FakeBroker(packet => FakeBroker.IsConnect(packet) ? FakeBroker.Accepted
            : !FakeBroker.IsPublish(packet) ? []
            : IsEvent(packet) && ++events == 1 ? null : FakeBroker.Acknowledge(packet));
        await using var queue = new ActionQueue(Action(broker.Port, TimeSpan.FromSeconds(30)), Fast, log);
        queue.TryPost(Some.Event(1));
        queue.TryPost(Some.Event(2));
        await Eventually.HoldsAsync(() => queue.Counters.Sent == 2, () => queue.Counters.ToString());
        byte[][] sent = [.. broker.Packets.Where(packet => FakeBroker.IsPublish(packet) && IsEvent(packet))];
        Assert.Equal([0x32, 0x3A, 0x32], sent.Select(packet => packet[0])); // the second try is marked
        Assert.Equal(sent[0][1..], sent[1][1..]);
        Assert.NotEqual(FakeBroker.Acknowledge(sent[1]), FakeBroker.Acknowledge(sent[2]));
    }

    [Fact]
    public async Task Without_a_broker_the_events_wait_and_stopping_is_quick()
    {
        int port;
        using (var gone = new FakeBroker(_ => null))
        {
            port = gone.Port;
        }

        var queue = new ActionQueue(Action(port, TimeSpan.FromMilliseconds(50)), Fast with { Capacity = 4 }, log);
        for (long i = 1; i <= 10; i++)
        {
            queue.TryPost(Some.Event(i));
        }

        await Eventually.HoldsAsync(() => queue.Trouble is not null);
        Assert.Contains("no connection to the broker", queue.Trouble);
        Assert.InRange(queue.Counters.Dropped, 5, 6); // whether one was in hand when the queue was full
        await queue.StopAsync(TimeSpan.FromMilliseconds(100));
        Assert.Equal(0, queue.Counters.Pending);
    }

    private static bool IsEvent(byte[] publish) => System.Text.Encoding.UTF8.GetString(publish).Contains("\"sequence\"", StringComparison.Ordinal);

    private static MqttAction Action(int port, TimeSpan? timeout = null) => new(
        new MqttClientOptions("127.0.0.1", port, "edge-test") { WillTopic = "edge/availability", Timeout = timeout ?? TimeSpan.FromMilliseconds(500) }, "edge", null, Short);

    private static long[] Sequences(Mosquitto broker) => [.. broker.Messages.Where(message => message.Contains("\"sequence\"", StringComparison.Ordinal)).Select(message =>
    {
        using JsonDocument json = JsonDocument.Parse(message[message.IndexOf('{', StringComparison.Ordinal)..]);
        return json.RootElement.GetProperty("sequence").GetInt64();
    })];
}
