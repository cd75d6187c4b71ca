namespace Edge.Hosting.Tests.Supervision;

public class KilledServiceTests
{
    [Fact]
    public async Task A_service_that_is_killed_listens_again_and_its_events_stay_whole()
    {
        await using var service = new SupervisedService();
        await service.StartAsync();
        await service.HearAsync("alexa");
        await service.Microphone.SayHalfAsync("jarvis");
        service.Supervisor.Signal(Supervisor.Kill);
        await service.UntilAsync(() => service.Supervisor.Readies == 2, "the service is ready again");
        await service.HearAsync("computer");
        Assert.Equal(["alexa", "computer"], service.Events.Select(heard => heard.Label));
        Assert.EndsWith("\n", File.ReadAllText(service.EventsPath), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_line_that_a_loss_of_power_cut_is_gone_with_the_next_event()
    {
        await using var service = new SupervisedService();
        File.WriteAllText(service.EventsPath, """
            {"time":"2026-01-01T00:00:00.000Z","source":"x","sequence":0,"model":"m","label":"earlier","score":1,"start_s":1,"end_s":2}
            {"time":"2026-01-01T00:0
            """.ReplaceLineEndings("\n"));
        await service.StartAsync();
        await service.Microphone.SayAsync("snowboy");
        await service.UntilAsync(() => service.Events.Length == 2, "the word is heard");
        Assert.Equal(["earlier", "snowboy"], service.Events.Select(heard => heard.Label));
        Assert.DoesNotContain("00:0\n", File.ReadAllText(service.EventsPath), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_service_that_is_told_to_stop_hands_over_what_it_heard_and_ends_well()
    {
        await using var service = new SupervisedService();
        await service.StartAsync();
        await service.Microphone.SayAsync("alexa");
        await service.UntilAsync(() => service.Events.Length == 1, "the word is heard");
        Assert.Equal(0, await service.Supervisor.StopAsync());
        await service.UntilAsync(() => service.Supervisor.SaidStopping, "it says that it stops");
        Assert.Equal((1, 1), (service.Events.Length, service.Supervisor.Starts));
    }
}
