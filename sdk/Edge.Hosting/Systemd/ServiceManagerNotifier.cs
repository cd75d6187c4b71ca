using Edge.Audio;
using Edge.Hosting.Listening;
using Microsoft.Extensions.Hosting;

namespace Edge.Hosting.Systemd;

/// <summary>Tells the service manager that the models listen or wait for their device, what they do, and that sound flows.</summary>
/// <remarks>The watchdog is fed only while sound flows, or is known to be waited for: a service that hangs is started anew.</remarks>
internal sealed class ServiceManagerNotifier(ServiceManager manager, ListeningService listening) : BackgroundService
{
    private static readonly TimeSpan StatusInterval = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        // Services start in order, and this one after the one that listens.
        manager.Notify($"READY=1\n{Status()}");
        return manager.IsPresent ? base.StartAsync(cancellationToken) : Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task StopAsync(CancellationToken cancellationToken)
    {
        manager.Notify("STOPPING=1\nSTATUS=Closing what is under way");
        return base.StopAsync(cancellationToken);
    }

    /// <summary>Tells how it goes now.</summary>
    internal void Tell() => manager.Notify(listening.Flow is SoundFlow.Flowing or SoundFlow.Waiting ? $"WATCHDOG=1\n{Status()}" : Status());

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Twice in the time that the manager waits, as sd_watchdog_enabled(3) advises.
        TimeSpan interval = manager.Watchdog is { } watchdog && watchdog / 2 < StatusInterval ? watchdog / 2 : StatusInterval;
        using var timer = new PeriodicTimer(interval);
        using CancellationTokenRegistration end = stoppingToken.Register(timer.Dispose); // ends the wait without an exception
        while (await timer.WaitForNextTickAsync(CancellationToken.None).ConfigureAwait(false))
        {
            Tell();
        }
    }

    private string Status()
    {
        if (listening.WaitingFor is { } missing)
        {
            return $"STATUS=Waiting for {missing.ReplaceLineEndings(" ")}";
        }

        if (listening is not { Thread: { } thread, Bank: { } bank, Source: { } source })
        {
            return "STATUS=Not listening";
        }

        int away = bank.Runners.Count(runner => runner.State == ModelState.GivenWay);
        string models = $"{bank.Runners.Count} model{(bank.Runners.Count == 1 ? "" : "s")}{(away > 0 ? $", {away} of them given way" : "")}";
        return thread.Flow switch
        {
            SoundFlow.Flowing => $"STATUS=Listening to {source.Name} with {models}; {bank.Runners.Sum(runner => runner.Cost.Share):P1} of a core",
            SoundFlow.Waiting => $"STATUS=Waiting for sound from {source.Name}{((source as ICaptureSource)?.Trouble is { } trouble ? $": {trouble.ReplaceLineEndings(" ")}" : "")}",
            SoundFlow.Stuck => $"STATUS=No sound from {source.Name} for {ListeningThread.LongestSilence.TotalSeconds} s",
            _ => $"STATUS={source.Name} has ended",
        };
    }
}
