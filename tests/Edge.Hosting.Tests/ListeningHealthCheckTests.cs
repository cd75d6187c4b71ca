using Edge.Audio;
using Edge.Hosting.Actions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Edge.Hosting.Tests;

public class ListeningHealthCheckTests
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Health_follows_sound_and_actions()
    {
        var source = new ScriptedSource(TestModels.Keywords[..(8 * TestModels.RateHz)].ToArray(), 0) { Endless = true };
        await using var fixture = new HostFixture(source, TestModels.Options(TestModels.WakeWords("words")), services => services.AddSingleton<IEventAction, FailingAction>());
        Assert.Equal(HealthStatus.Unhealthy, (await CheckAsync(fixture)).Status);
        await fixture.Host.StartAsync(Token);
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(fixture)).Status);

        source.State = CaptureState.WaitingForDevice;
        HealthReportEntry waiting = await CheckAsync(fixture);
        Assert.Equal((HealthStatus.Degraded, "script gives no sound; it is waited for."), (waiting.Status, waiting.Description));

        source.State = CaptureState.Capturing;
        source.Open(0);
        await HostFixture.Until(() => fixture.Listening.Queues.Sum(queue => queue.Counters.Failed) == 2);
        HealthReportEntry losing = await CheckAsync(fixture);
        Assert.Equal(HealthStatus.Degraded, losing.Status);
        Assert.Contains("Actions lost events since the last check.", losing.Description, StringComparison.Ordinal);
        Assert.DoesNotContain("since the last check", (await CheckAsync(fixture)).Description!, StringComparison.Ordinal);

        await fixture.Host.StopAsync(Token);
        Assert.Equal(HealthStatus.Unhealthy, (await CheckAsync(fixture)).Status);
    }

    [Fact]
    public async Task A_device_that_is_missing_at_the_start_is_told_and_is_no_illness()
    {
        var source = new ScriptedSource(new short[TestModels.RateHz], 0) { Missing = ScriptedSource.Unplugged };
        await using var fixture = new HostFixture(source, TestModels.Options(TestModels.WakeWords("words")));
        await fixture.Host.StartAsync(Token);
        HealthReportEntry waiting = await CheckAsync(fixture);
        Assert.Equal((HealthStatus.Degraded, "script: there is no such device. Plug it in. Waiting for it."), (waiting.Status, waiting.Description));

        source.Missing = null;
        await fixture.Listening.Beginning;
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(fixture)).Status);
    }

    private static async Task<HealthReportEntry> CheckAsync(HostFixture fixture)
    {
        HealthReport report = await fixture.Host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(Token);
        return report.Entries["edge"];
    }

    private sealed class FailingAction : IEventAction
    {
        public string Name => "failing";

        public ValueTask HandleAsync(DeviceEvent heard, CancellationToken cancellationToken) => throw new InvalidDataException("No.");

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
