using Edge.Hosting.Listening;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Edge.Hosting;

/// <summary>Healthy where sound flows, all models run and no action loses events.</summary>
internal sealed class ListeningHealthCheck(ListeningService listening) : IHealthCheck
{
    private long lostBefore;

    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(Check());

    private HealthCheckResult Check()
    {
        if (listening.WaitingFor is { } missing)
        {
            return HealthCheckResult.Degraded($"{missing} Waiting for it.");
        }

        if (listening is not { Thread: { } thread, Bank: { } bank })
        {
            return HealthCheckResult.Unhealthy("Listening has not begun.");
        }

        switch (thread.Flow)
        {
            case SoundFlow.Ended:
                return HealthCheckResult.Unhealthy($"Listening has ended{(listening.Fault is { } fault ? $": {fault.Message}" : "")}.");
            case SoundFlow.Stuck:
                return HealthCheckResult.Unhealthy($"{listening.Source!.Name} has given no sound for {ListeningThread.LongestSilence.TotalSeconds} s.");
        }

        var troubles = new List<string>();
        if (thread.Flow == SoundFlow.Waiting)
        {
            troubles.Add($"{listening.Source!.Name} gives no sound; it is waited for.");
        }

        string[] away = [.. bank.Runners.Where(runner => runner.State == ModelState.GivenWay).Select(runner => runner.Name)];
        if (away.Length > 0)
        {
            troubles.Add($"The budget of processor time is too small for {string.Join(", ", away)}.");
        }

        troubles.AddRange(listening.Queues.Where(queue => queue.Trouble is not null).Select(queue => $"{queue.Name}: {queue.Trouble}"));
        long lost = listening.Queues.Sum(queue => queue.Counters.Dropped + queue.Counters.Failed);
        if (Interlocked.Exchange(ref lostBefore, lost) < lost)
        {
            troubles.Add("Actions lost events since the last check.");
        }

        return troubles.Count == 0 ? HealthCheckResult.Healthy($"{thread.Heard} of sound heard.") : HealthCheckResult.Degraded(string.Join(" ", troubles));
    }
}
