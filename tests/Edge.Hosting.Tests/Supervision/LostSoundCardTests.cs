namespace Edge.Hosting.Tests.Supervision;

public class LostSoundCardTests
{
    [Fact]
    public async Task A_sound_card_that_is_gone_is_waited_for_and_heard_when_it_is_back()
    {
        await using var service = new SupervisedService { Watchdog = TimeSpan.FromSeconds(8), Source = PulseServer.Source };
        using var card = new PulseServer(service.InFolder("."));
        service.Environment = card.Environment;
        await card.StartAsync();
        await service.StartAsync();
        await card.PlayAsync(Microphone.Sound("alexa", beforeSeconds: 1, afterSeconds: 1.5));
        await service.UntilAsync(() => service.Events.Length == 1, "\"alexa\" is heard");
        card.Kill();
        await service.UntilAsync(() => service.Supervisor.Lines("Waiting for it").Length > 0, "it is said that the card is gone");
        await card.StartAsync();
        await service.UntilAsync(() => service.Supervisor.Lines("room is back").Length > 0, "it is said that the card is back");
        await card.PlayAsync(Microphone.Sound("jarvis", beforeSeconds: 1, afterSeconds: 1.5));
        await service.UntilAsync(() => service.Events.Length == 2, "\"jarvis\" is heard");
        Assert.Equal(["alexa", "jarvis"], service.Events.Select(heard => heard.Label));
        Assert.Equal((1, 0), (service.Supervisor.Starts, service.Supervisor.WatchdogKills));
        Assert.Single(service.Supervisor.Lines("Waiting for it"));
        Assert.Single(service.Supervisor.Lines("room is back"));
    }
}
