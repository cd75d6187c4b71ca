using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Edge.Hosting.Actions;

/// <summary>Says once that an action has trouble and once that it is over, however often it is tried in between.</summary>
internal sealed partial class ActionTrouble(ILogger logger, string name, int capacity)
{
    private static readonly TimeSpan SameFailureEvery = TimeSpan.FromMinutes(10);

    private readonly Lock gate = new();
    private string? current;
    private long? retryingSince;
    private string? lastFailure;
    private long lastFailureAt;
    private int unsaid;
    private long lostSaid;

    /// <summary>What keeps the action from working; null where nothing does.</summary>
    public string? Current => Volatile.Read(ref current);

    /// <summary>It did not work and is tried again.</summary>
    public void Begins(string message)
    {
        lock (gate)
        {
            if (retryingSince is null)
            {
                retryingSince = Stopwatch.GetTimestamp();
                LogBegins(logger, name, message, capacity);
            }

            current = message;
        }
    }

    /// <summary>It works.</summary>
    /// <param name="lost">Events lost to a full queue so far, where none waits any more; else null.</param>
    public void Over(long? lost)
    {
        lock (gate)
        {
            if (retryingSince is { } since)
            {
                LogOver(logger, name, (long)Stopwatch.GetElapsedTime(since).TotalSeconds);
            }

            if (lost > lostSaid)
            {
                LogLost(logger, name, lost.Value - lostSaid, capacity);
                lostSaid = lost.Value;
            }

            (current, retryingSince) = (null, null);
        }
    }

    /// <summary>An event failed for good. The same failure again is said every ten minutes.</summary>
    public void Failed(string message)
    {
        lock (gate)
        {
            current = message;
            if (message == lastFailure && Stopwatch.GetElapsedTime(lastFailureAt) < SameFailureEvery)
            {
                unsaid++;
                return;
            }

            LogFailed(logger, name, message, unsaid == 0 ? "" : $" ({unsaid} more since the last line)");
            (lastFailure, lastFailureAt, unsaid) = (message, Stopwatch.GetTimestamp(), 0);
        }
    }

    /// <summary>The queue has stopped.</summary>
    public void Stopped(long lost)
    {
        if (lost > 0)
        {
            LogStopped(logger, name, lost);
        }
    }

    [LoggerMessage(LogLevel.Warning, "{Name}: {Message} Events wait for it, {Capacity} at most.")]
    private static partial void LogBegins(ILogger logger, string name, string message, int capacity);

    [LoggerMessage(LogLevel.Information, "{Name}: works again after {Seconds} s.")]
    private static partial void LogOver(ILogger logger, string name, long seconds);

    [LoggerMessage(LogLevel.Warning, "{Name}: {Lost} events lost; its queue of {Capacity} was full.")]
    private static partial void LogLost(ILogger logger, string name, long lost, int capacity);

    [LoggerMessage(LogLevel.Warning, "{Name}: {Message}{Unsaid}")]
    private static partial void LogFailed(ILogger logger, string name, string message, string unsaid);

    [LoggerMessage(LogLevel.Warning, "{Name}: {Lost} events lost; they had not been handled when the service stopped.")]
    private static partial void LogStopped(ILogger logger, string name, long lost);
}
