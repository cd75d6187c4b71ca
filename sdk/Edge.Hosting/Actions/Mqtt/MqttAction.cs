using System.Text;

namespace Edge.Hosting.Actions.Mqtt;

/// <summary>Publishes each event as JSON (<see cref="EventLine"/>) with quality 1, and keeps the connection for as long as it lives.</summary>
/// <remarks>
/// <c>TOPIC/availability</c> says <c>online</c>, retained, and <c>offline</c> where the device stops or is gone (the broker's will). A
/// message that was not acknowledged is sent again, with the same number and marked as a duplicate, over the next connection.
/// </remarks>
internal sealed class MqttAction : IEventAction
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private readonly MqttClientOptions options;
    private readonly string topic;
    private readonly HomeAssistantDiscovery? discovery;
    private readonly TimeSpan firstPause;
    private readonly CancellationTokenSource stop = new();
    private readonly SemaphoreSlim publishing = new(1); // the announcement and the events come from two tasks
    private readonly Task keeping;
    private TaskCompletionSource<MqttClient> connection = NewConnection();
    private string lastFault = "it has not answered yet";
    private ushort lastId;
    private long unacknowledged = -1; // the event that was sent last and may have arrived
    private ushort unacknowledgedId;

    /// <summary>Begins to connect.</summary>
    /// <param name="options">The broker.</param>
    /// <param name="topic">Where events go: <c>topic/MODEL</c>.</param>
    /// <param name="discovery">Announces the models; null for none.</param>
    /// <param name="firstPause">The wait after a first failed connection; it doubles with each further one. One second where null.</param>
    public MqttAction(MqttClientOptions options, string topic, HomeAssistantDiscovery? discovery, TimeSpan? firstPause = null)
    {
        this.options = options;
        this.topic = topic;
        this.discovery = discovery;
        this.firstPause = firstPause ?? TimeSpan.FromSeconds(1);
        keeping = Task.Run(KeepConnectedAsync);
    }

    /// <inheritdoc/>
    public string Name => $"mqtt {options.Host}:{options.Port}";

    /// <inheritdoc/>
    public async ValueTask HandleAsync(DeviceEvent heard, CancellationToken cancellationToken)
    {
        try
        {
            MqttClient client = await Volatile.Read(ref connection).Task.WaitAsync(options.Timeout, cancellationToken).ConfigureAwait(false);
            await publishing.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                await SendAsync(client, heard, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                publishing.Release();
            }
        }
        catch (TimeoutException e)
        {
            throw new RetryException($"no connection to the broker: {lastFault}", e);
        }
        catch (MqttException e)
        {
            throw new RetryException(e.Message, e);
        }
    }

    /// <summary>Says <c>offline</c> and goodbye.</summary>
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync().ConfigureAwait(false);
        await keeping.ConfigureAwait(false);
        stop.Dispose();
    }

    private static TaskCompletionSource<MqttClient> NewConnection() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task SendAsync(MqttClient client, DeviceEvent heard, CancellationToken cancellationToken)
    {
        string model = heard.Heard.Model;
        if (discovery?.Add(model, heard.Heard.Label) == true)
        {
            await client.PublishAsync(discovery.ConfigTopic(model), discovery.Config(model), NextId(), retain: true, duplicate: false, cancellationToken).ConfigureAwait(false);
        }

        bool again = unacknowledged == heard.Sequence;
        if (!again)
        {
            (unacknowledged, unacknowledgedId) = (heard.Sequence, NextId());
        }

        byte[] payload = EventLine.Format(heard, discovery is null ? null : heard.Heard.Label);
        await client.PublishAsync(MqttTopics.Event(topic, model), payload, unacknowledgedId, retain: false, again, cancellationToken).ConfigureAwait(false);
        unacknowledged = -1;
    }

    private ushort NextId() => lastId = (ushort)((lastId % ushort.MaxValue) + 1); // 0 is no packet's number

    private async Task KeepConnectedAsync()
    {
        int failures = 0;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await using MqttClient client = await MqttClient.ConnectAsync(options, stop.Token).ConfigureAwait(false);
                await AnnounceAsync(client).ConfigureAwait(false);
                failures = 0;
                connection.TrySetResult(client);
                await Task.WhenAny(client.Closed, Task.Delay(Timeout.Infinite, stop.Token)).ConfigureAwait(false);
                lastFault = client.Fault?.Message ?? "";
                Volatile.Write(ref connection, NewConnection());
                if (stop.IsCancellationRequested)
                {
                    await SayAsync(client, "offline", CancellationToken.None).ConfigureAwait(false);
                }
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                lastFault = e.Message;
            }
            catch (OperationCanceledException)
            {
                return;
            }

            await PauseAsync(failures++).ConfigureAwait(false);
        }
    }

    private async Task PauseAsync(int failures)
    {
        double pause = Math.Min(firstPause.TotalMilliseconds * Math.Pow(2, Math.Min(failures, 20)), LongestPause.TotalMilliseconds);
        await Task.Delay(TimeSpan.FromMilliseconds(pause * (0.75 + (0.5 * Random.Shared.NextDouble()))), stop.Token)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task AnnounceAsync(MqttClient client)
    {
        await publishing.WaitAsync(stop.Token).ConfigureAwait(false);
        try
        {
            foreach (string model in discovery?.Models ?? [])
            {
                await client.PublishAsync(discovery!.ConfigTopic(model), discovery.Config(model), NextId(), retain: true, duplicate: false, stop.Token).ConfigureAwait(false);
            }
        }
        finally
        {
            publishing.Release();
        }

        await SayAsync(client, "online", stop.Token).ConfigureAwait(false);
    }

    private async Task SayAsync(MqttClient client, string state, CancellationToken cancellationToken)
    {
        await publishing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await client.PublishAsync(MqttTopics.Availability(topic), Encoding.UTF8.GetBytes(state), NextId(), retain: true, duplicate: false, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            publishing.Release();
        }
    }
}
