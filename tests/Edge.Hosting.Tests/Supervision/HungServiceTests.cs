namespace Edge.Hosting.Tests.Supervision;

public class HungServiceTests
{
    [Fact]
    public async Task A_service_that_hangs_is_killed_by_the_watchdog_and_listens_again()
    {
        await using var service = new SupervisedService { Watchdog = TimeSpan.FromSeconds(4) };
        await service.StartAsync();
        service.Supervisor.Signal(Supervisor.Stop);
        await service.UntilAsync(() => service.Supervisor.WatchdogKills == 1, "the watchdog kills it");
        await service.UntilAsync(() => service.Supervisor.Readies == 2, "the service is ready again");
        await service.HearAsync("alexa");
    }
}
