namespace Edge.Hosting.Tests.Supervision;

public class LostMicrophoneTests
{
    [Fact]
    public async Task A_pipe_whose_writer_is_gone_is_waited_for_and_heard_when_one_comes_back()
    {
        await using var service = new SupervisedService { Watchdog = TimeSpan.FromSeconds(4) };
        await service.StartAsync();
        await service.HearAsync("alexa");
        service.Microphone.PullOut();
        await service.UntilAsync(() => service.Supervisor.Status.StartsWith("Waiting for sound", StringComparison.Ordinal), "the service says that it waits");
        int feeds = service.Supervisor.Feeds;
        await service.UntilAsync(() => service.Supervisor.Feeds > feeds, "the watchdog is fed while it waits");
        service.Microphone.PlugIn();
        await service.HearAsync("jarvis");
        await service.UntilAsync(() => service.Supervisor.Lines("gives sound again").Length == 1, "it is said that sound comes again");
        Assert.Single(service.Supervisor.Lines("gives no sound"));
        Assert.Equal((1, 0), (service.Supervisor.Starts, service.Supervisor.WatchdogKills));
    }
}
