namespace Edge.Hosting.Tests.Supervision;

public class LostSoundCardTests
{
    private const int Tries = 6;
    private const int PatienceMs = 3_000; // from the end of the sound to its event

    [Fact]
    public async Task A_sound_card_that_is_gone_is_waited_for_and_heard_when_it_is_back()
    {
        await using var service = new SupervisedService { Watchdog = TimeSpan.FromSeconds(20), Source = PulseServer.Source };
        using var card = new PulseServer(service.InFolder("."));
        service.Environment = card.Environment;
        await card.StartAsync();
        await service.StartAsync();
        await HearAsync(service, card, "alexa");
        int before = service.Events.Length;
        card.Kill();
        await service.UntilAsync(() => service.Supervisor.Lines("Waiting for it").Length > 0, "it is said that the card is gone");
        await card.StartAsync();
        await service.UntilAsync(() => service.Supervisor.Lines("room is back").Length > 0, "it is said that the card is back");
        await HearAsync(service, card, "jarvis");
        Assert.All(service.Events[..before], heard => Assert.Equal("alexa", heard.Label));
        Assert.Contains(service.Events[before..], heard => heard.Label == "jarvis");
        Assert.Equal((1, 0), (service.Supervisor.Starts, service.Supervisor.WatchdogKills));
        Assert.Single(service.Supervisor.Lines("Waiting for it"));
        Assert.Single(service.Supervisor.Lines("room is back"));
    }

    [Fact]
    public async Task A_sound_card_that_comes_after_the_start_is_waited_for_and_heard()
    {
        await using var service = new SupervisedService { Watchdog = TimeSpan.FromSeconds(4), Source = PulseServer.Source };
        using var card = new PulseServer(service.InFolder("."));
        service.Environment = card.Environment;
        await service.StartAsync();
        await service.UntilAsync(() => service.Supervisor.Feeds >= 1, "the watchdog is fed");
        Assert.StartsWith("Waiting for room: ", service.Supervisor.Status, StringComparison.Ordinal);
        await card.StartAsync();
        await service.UntilAsync(() => service.Supervisor.Lines("Listening to room").Length > 0, "the card is there");
        await HearAsync(service, card, "jarvis");
        Assert.Equal((1, 0), (service.Supervisor.Starts, service.Supervisor.WatchdogKills));
        Assert.Single(service.Supervisor.Lines("Waiting for it"));
    }

    [Fact]
    public async Task A_service_that_waits_for_its_card_stops_when_it_is_told()
    {
        await using var service = new SupervisedService { Source = PulseServer.Source };
        using var card = new PulseServer(service.InFolder("."));
        service.Environment = card.Environment;
        await service.StartAsync();
        Assert.Equal(0, await service.Supervisor.StopAsync());
    }

    /// <summary>Plays a word in real time, and again where a machine that is busy with other things cut it into pieces.</summary>
    private static async Task HearAsync(SupervisedService service, PulseServer card, string word)
    {
        bool isHeard = false;
        for (int i = 0; i < Tries && !isHeard; i++)
        {
            await card.PlayAsync(Microphone.Sound(word, beforeSeconds: 1, afterSeconds: 1.5));
            isHeard = await SupervisedService.IsSoonAsync(() => service.Events.Any(heard => heard.Label == word), PatienceMs);
        }

        Assert.True(isHeard, $"\"{word}\" was played {Tries} times and not heard; log:\n{string.Join('\n', service.Supervisor.Log)}");
    }
}
