using Edge.Hosting.Tests.Actions.Mqtt;

namespace Edge.Hosting.Tests.Supervision;

public class LostBrokerTests
{
    [Fact]
    public async Task Events_wait_for_a_broker_that_is_gone_and_none_is_lost()
    {
        using var broker = new Mosquitto();
        await broker.StartAsync();
        await broker.SubscribeAsync();
        await using var service = new SupervisedService { MoreActions = [$$"""{ "Kind": "mqtt", "Url": "{{broker.Url}}", "Topic": "edge/test", "Discovery": false, "TimeoutMs": 3000 }"""] };
        await service.StartAsync();
        await service.HearAsync("alexa");
        await service.UntilAsync(() => Heard(broker).Length == 1, "the event is published");
        await broker.StopAsync();
        await service.HearAsync("jarvis");
        await service.HearAsync("computer");
        await service.UntilAsync(() => service.Supervisor.Lines("<4>mqtt").Length > 0, "the lost broker is told of");
        await broker.StartAsync();
        await service.UntilAsync(() => Heard(broker).Length >= 3, "the events are published");
        Assert.Equal(["alexa", "jarvis", "computer"], Heard(broker).Distinct());
        await service.UntilAsync(() => service.Supervisor.Lines("works again").Length > 0, "it is said that it works again");
        Assert.Single(service.Supervisor.Lines("<4>mqtt"));
        Assert.Single(service.Supervisor.Lines("works again"));
        Assert.Equal(1, service.Supervisor.Starts);
    }

    /// <summary>Labels of the events that the subscriber got; one may come twice, as quality 1 allows.</summary>
    private static string[] Heard(Mosquitto broker) => [.. broker.Messages.Where(message => message.Contains("\"label\"", StringComparison.Ordinal))
        .Select(message => message.Split("\"label\":\"")[1].Split('"')[0])];
}
