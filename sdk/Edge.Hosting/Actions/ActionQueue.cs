using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;

namespace Edge.Hosting.Actions;

/// <summary>Events that wait for one action, so that a slow or dead one never delays listening.</summary>
/// <remarks>
/// What it promises: an event that was taken is handed to the action in order, and again where that throws
/// <see cref="RetryException"/>, until the action takes it, refuses it for good, or newer events push it out of a full queue. Events
/// in hand are never pushed out. The queue is memory: what has not been handled when the process ends is gone.
/// </remarks>
[SuppressMessage("Naming", "CA1711:Identifiers should not have incorrect suffix", Justification = "It is a queue, in the order in which events came.")]
public sealed class ActionQueue : IAsyncDisposable
{
    /// <summary>How long <see cref="DisposeAsync"/> lets the action work off what waits.</summary>
    public static readonly TimeSpan DefaultPatience = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan LongestAsked = TimeSpan.FromHours(1); // whatever the other side asks for
    private static readonly TimeSpan CancelledPatience = TimeSpan.FromSeconds(1);

    private readonly IEventAction action;
    private readonly ActionQueueOptions options;
    private readonly ActionTrouble trouble;
    private readonly EventFilter? filter;
    private readonly Lock gate = new(); // held for the copy of one event, never while the action works
    private readonly DeviceEvent[] ring;
    private readonly SemaphoreSlim waiting = new(0); // one permit an event in the ring
    private readonly CancellationTokenSource closing = new();
    private readonly CancellationTokenSource stop = new();
    private readonly Task[] workers;
    private int head;
    private int count;
    private int inHand;
    private bool closed; // no more events are taken
    private bool ended; // what is left was counted
    private long posted;
    private long sent;
    private long dropped;
    private long failed;
    private long retried;

    /// <summary>Makes the queue and begins to work it off.</summary>
    /// <param name="action">Disposed with the queue.</param>
    /// <param name="options">Capacity and patience; null for the defaults.</param>
    /// <param name="logger">Told once where trouble begins and once where it ends.</param>
    public ActionQueue(IEventAction action, ActionQueueOptions? options, ILogger logger) : this(action, options ?? new(), logger, null)
    {
    }

    internal ActionQueue(IEventAction action, ActionQueueOptions options, ILogger logger, EventFilter? filter)
    {
        ArgumentNullException.ThrowIfNull(action);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Capacity, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaximumParallel, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaximumAttempts, 1);
        this.action = action;
        this.options = options;
        this.filter = filter;
        trouble = new ActionTrouble(logger, action.Name, options.Capacity);
        ring = new DeviceEvent[options.Capacity];
        workers = [.. Enumerable.Range(0, options.MaximumParallel).Select(_ => Task.Run(WorkAsync))];
    }

    /// <summary>Name of the action.</summary>
    public string Name => action.Name;

    /// <summary>What keeps the action from working since its last success; null where nothing does.</summary>
    public string? Trouble => trouble.Current;

    /// <summary>What became of the events so far.</summary>
    public ActionCounters Counters
    {
        get
        {
            lock (gate)
            {
                return new ActionCounters(posted, sent, dropped, failed, retried, count + inHand);
            }
        }
    }

    /// <summary>Gives an event to the action if it passes its filter. Never waits, never allocates, never throws.</summary>
    /// <returns>Whether the event is in the queue.</returns>
    public bool TryPost(in DeviceEvent heard)
    {
        if (filter is not null && !filter.Takes(heard.Heard))
        {
            return false;
        }

        lock (gate)
        {
            posted++;
            if (closed || (count == ring.Length && !options.DropOldest))
            {
                dropped++;
                return false;
            }

            if (count == ring.Length)
            {
                dropped++;
                ring[head] = heard;
                head = (head + 1) % ring.Length;
                return true; // its permit is the one of the event it pushed out
            }

            ring[(head + count) % ring.Length] = heard;
            count++;
            waiting.Release();
        }

        return true;
    }

    /// <summary>Takes no more events, lets the action work off those that wait, and disposes it.</summary>
    /// <param name="patience">After this time what is left is dropped and counted.</param>
    public async Task StopAsync(TimeSpan patience)
    {
        long droppedBefore;
        lock (gate)
        {
            if (closed)
            {
                return;
            }

            closed = true;
            droppedBefore = dropped;
        }

        await closing.CancelAsync().ConfigureAwait(false);
        waiting.Release(workers.Length); // those without an event end
        Task all = Task.WhenAll(workers);
        if (!await EndsAsync(all, patience).ConfigureAwait(false))
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await EndsAsync(all, CancelledPatience).ConfigureAwait(false);
        }

        trouble.Stopped(DropRest() - droppedBefore);
        // A dead action is left behind: the service must end.
        await EndsAsync(DisposeActionAsync(), CancelledPatience).ConfigureAwait(false);
    }

    /// <summary>Stops within <see cref="DefaultPatience"/>.</summary>
    public async ValueTask DisposeAsync() => await StopAsync(DefaultPatience).ConfigureAwait(false);

    private static async Task<bool> EndsAsync(Task task, TimeSpan patience) =>
        await Task.WhenAny(task, Task.Delay(patience)).ConfigureAwait(false) == task;

    private async Task DisposeActionAsync()
    {
        try
        {
            await Task.Run(() => action.DisposeAsync().AsTask()).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            trouble.Failed(e.Message);
        }
    }

    private async Task WorkAsync()
    {
        try
        {
            while (true)
            {
                await waiting.WaitAsync(stop.Token).ConfigureAwait(false);
                if (!TryTake(out DeviceEvent heard))
                {
                    return; // closed, and nothing waits
                }

                await HandleAsync(heard).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The patience is over; StopAsync counts what is left.
        }
    }

    private bool TryTake(out DeviceEvent heard)
    {
        lock (gate)
        {
            if (count == 0)
            {
                heard = default;
                return false;
            }

            heard = ring[head];
            ring[head] = default;
            head = (head + 1) % ring.Length;
            count--;
            inHand++;
            return true;
        }
    }

    private async Task HandleAsync(DeviceEvent heard)
    {
        int refusals = 0;
        for (int tries = 1; ; tries++)
        {
            bool last = closing.IsCancellationRequested;
            try
            {
                await action.HandleAsync(heard, stop.Token).ConfigureAwait(false);
                trouble.Over(Settle(ref sent));
                return;
            }
            catch (RetryException e) when (!last && (!e.WasRefused || ++refusals < options.MaximumAttempts))
            {
                trouble.Begins(e.Message);
                await WaitAsync(Delay(tries, e.After)).ConfigureAwait(false);
                Interlocked.Increment(ref retried);
            }
            catch (RetryException) when (last)
            {
                Settle(ref dropped);
                return;
            }
            catch (RetryException e)
            {
                trouble.Failed($"{e.Message} Given up after {options.MaximumAttempts} tries.");
                Settle(ref failed);
                return;
            }
            catch (Exception e) when (e is not OperationCanceledException || !stop.IsCancellationRequested)
            {
                trouble.Failed(e.Message);
                Settle(ref failed);
                return;
            }
        }
    }

    /// <summary>Counts the event in hand; gives how many events were lost so far, where none waits any more, else null.</summary>
    private long? Settle(ref long counter)
    {
        lock (gate)
        {
            if (ended)
            {
                return null; // counted as dropped
            }

            counter++;
            inHand--;
            return count + inHand == 0 ? dropped : null;
        }
    }

    private TimeSpan Delay(int tries, TimeSpan? asked)
    {
        double doubled = options.FirstDelay.TotalMilliseconds * Math.Pow(2, Math.Min(tries - 1, 20));
        double bounded = Math.Min(doubled, options.LongestDelay.TotalMilliseconds);
        double jittered = bounded * (0.75 + (0.5 * Random.Shared.NextDouble())); // many devices must not come back at the same moment
        double floor = Math.Min((asked ?? TimeSpan.Zero).TotalMilliseconds, LongestAsked.TotalMilliseconds);
        return TimeSpan.FromMilliseconds(Math.Max(jittered, floor));
    }

    private async Task WaitAsync(TimeSpan delay)
    {
        try
        {
            await Task.Delay(delay, closing.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // One last try before the end.
        }
    }

    /// <summary>Drops what is left; gives how many events were dropped in all.</summary>
    private long DropRest()
    {
        lock (gate)
        {
            dropped += count + inHand;
            (count, inHand, ended) = (0, 0, true);
            Array.Clear(ring);
            return dropped;
        }
    }
}
