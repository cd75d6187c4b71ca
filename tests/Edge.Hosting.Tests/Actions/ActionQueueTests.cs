using Edge.Hosting.Actions;

namespace Edge.Hosting.Tests.Actions;

public class ActionQueueTests
{
    private static readonly ActionQueueOptions Fast = new() { FirstDelay = TimeSpan.FromMilliseconds(1), LongestDelay = TimeSpan.FromMilliseconds(5) };

    private readonly LogLines log = new();

    [Fact]
    public async Task Events_reach_the_action_in_order()
    {
        var action = new ScriptedAction((_, _) => Task.CompletedTask);
        await using (var queue = new ActionQueue(action, null, log))
        {
            Post(queue, 1, 100);
        }

        Assert.Equal(Numbers(1, 100), action.Handled);
        Assert.True(action.IsDisposed);
        Assert.Empty(log.Lines);
    }

    [Fact]
    public async Task An_action_that_hangs_for_ever_delays_neither_posting_nor_the_end()
    {
        var started = new TaskCompletionSource();
        var action = new ScriptedAction((_, _) => { started.TrySetResult(); return Task.Delay(Timeout.Infinite, CancellationToken.None); });
        var queue = new ActionQueue(action, Fast with { Capacity = 8 }, log);
        Post(queue, 1, 1);
        await started.Task;
        Post(queue, 2, 10_000);
        Assert.Equal(new ActionCounters(10_000, 0, 10_000 - 9, 0, 0, 9), queue.Counters);
        await queue.StopAsync(TimeSpan.FromMilliseconds(10));
        Assert.Equal(new ActionCounters(10_000, 0, 10_000, 0, 0, 0), queue.Counters);
        Assert.Equal(["Warning: scripted: 9 events lost; they had not been handled when the service stopped."], log.Lines);
    }

    [Fact]
    public async Task An_action_that_blocks_its_thread_delays_neither_posting_nor_the_end()
    {
        using var never = new ManualResetEventSlim();
        var queue = new ActionQueue(new ScriptedAction((_, _) => { never.Wait(CancellationToken.None); return Task.CompletedTask; }), Fast, log);
        Post(queue, 1, 1000);
        await queue.StopAsync(TimeSpan.FromMilliseconds(10));
        Assert.Equal(1000, queue.Counters.Dropped);
        never.Set();
    }

    [Fact]
    public async Task Posting_allocates_nothing()
    {
        var action = new ScriptedAction((_, _) => Task.Delay(Timeout.Infinite, CancellationToken.None));
        var queue = new ActionQueue(action, Fast with { Capacity = 16 }, log);
        DeviceEvent heard = Some.Event();
        for (int i = 0; i < 1000; i++)
        {
            queue.TryPost(heard);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            queue.TryPost(heard);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        await queue.StopAsync(TimeSpan.Zero);
    }

    [Fact]
    public async Task A_full_queue_drops_the_oldest_that_wait()
    {
        long[] handled = await WithFullQueueAsync(dropOldest: true);
        Assert.Equal([1, 8, 9, 10], handled);
        Assert.Contains("Warning: scripted: 6 events lost; its queue of 3 was full.", log.Lines);
    }

    [Fact]
    public async Task A_full_queue_drops_the_newest_where_that_is_asked_for()
    {
        long[] handled = await WithFullQueueAsync(dropOldest: false);
        Assert.Equal([1, 2, 3, 4], handled);
    }

    [Fact]
    public async Task What_does_not_work_now_is_tried_until_it_does_and_said_once()
    {
        int tries = 0;
        var action = new ScriptedAction((_, _) => ++tries <= 20 ? throw new RetryException("the broker is gone.") : Task.CompletedTask);
        await using var queue = new ActionQueue(action, Fast, log);
        Post(queue, 1, 50);
        await Eventually.HoldsAsync(() => queue.Counters.Sent == 50, () => queue.Counters.ToString());
        Assert.Equal(Numbers(1, 50), action.Handled);
        Assert.Equal(20, queue.Counters.Retried);
        Assert.Null(queue.Trouble);
        Assert.Equal(["Warning: scripted: the broker is gone. Events wait for it, 256 at most.", "Information: scripted: works again after 0 s."], log.Lines);
    }

    [Fact]
    public async Task An_event_that_is_refused_is_given_up_after_its_tries_and_the_next_goes_on()
    {
        var action = new ScriptedAction((heard, _) => heard.Sequence == 1 ? throw new RetryException("500.") { WasRefused = true } : Task.CompletedTask);
        await using var queue = new ActionQueue(action, Fast with { MaximumAttempts = 3 }, log);
        Post(queue, 1, 2);
        await Eventually.HoldsAsync(() => queue.Counters.Pending == 0);
        Assert.Equal(new ActionCounters(2, 1, 0, 1, 2, 0), queue.Counters);
        Assert.Contains("Warning: scripted: 500. Given up after 3 tries.", log.Lines);
    }

    [Fact]
    public async Task A_failure_is_final_and_the_same_one_is_said_once()
    {
        var action = new ScriptedAction((_, _) => throw new IOException("404."));
        await using var queue = new ActionQueue(action, Fast, log);
        Post(queue, 1, 20);
        await Eventually.HoldsAsync(() => queue.Counters.Pending == 0);
        Assert.Equal(new ActionCounters(20, 0, 0, 20, 0, 0), queue.Counters);
        Assert.Equal("404.", queue.Trouble);
        Assert.Equal(["Warning: scripted: 404."], log.Lines);
    }

    [Fact]
    public async Task A_wait_that_the_other_side_asks_for_is_kept()
    {
        int tries = 0;
        var action = new ScriptedAction((_, _) => { tries++; throw new RetryException("busy.") { After = TimeSpan.FromHours(5) }; });
        await using var queue = new ActionQueue(action, Fast, log);
        Post(queue, 1, 1);
        await Eventually.HoldsAsync(() => queue.Trouble is not null);
        await Task.Delay(50, TestContext.Current.CancellationToken); // ten times the longest wait without it
        Assert.Equal(1, tries);
    }

    [Fact]
    public async Task Stopping_cuts_a_wait_short_for_one_last_try()
    {
        int tries = 0;
        var action = new ScriptedAction((_, _) => ++tries == 1 ? throw new RetryException("busy.") { After = TimeSpan.FromHours(1) } : Task.CompletedTask);
        var queue = new ActionQueue(action, Fast, log);
        Post(queue, 1, 3);
        await Eventually.HoldsAsync(() => queue.Trouble is not null);
        await queue.StopAsync(TimeSpan.FromSeconds(30));
        Assert.Equal([1, 2, 3], action.Handled);
    }

    [Fact]
    public async Task What_the_last_try_cannot_save_is_counted_and_said()
    {
        var queue = new ActionQueue(new ScriptedAction((_, _) => throw new RetryException("the broker is gone.")), Fast, log);
        Post(queue, 1, 7);
        await Eventually.HoldsAsync(() => queue.Trouble is not null);
        await queue.StopAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(7, queue.Counters.Dropped);
        Assert.Equal("Warning: scripted: 7 events lost; they had not been handled when the service stopped.", log.Lines[^1]);
    }

    [Fact]
    public async Task After_the_end_nothing_is_taken()
    {
        var queue = new ActionQueue(new ScriptedAction((_, _) => Task.CompletedTask), null, log);
        await queue.DisposeAsync();
        await queue.DisposeAsync();
        Assert.False(queue.TryPost(Some.Event()));
        Assert.Equal(1, queue.Counters.Dropped);
    }

    [Fact]
    public async Task As_many_events_as_asked_for_are_handled_at_a_time()
    {
        int now = 0, most = 0;
        var gate = new TaskCompletionSource();
        var action = new ScriptedAction(async (_, _) =>
        {
            int here = Interlocked.Increment(ref now);
            lock (gate)
            {
                most = Math.Max(most, here);
            }

            await gate.Task;
            Interlocked.Decrement(ref now);
        });
        await using var queue = new ActionQueue(action, Fast with { MaximumParallel = 3 }, log);
        Post(queue, 1, 10);
        await Eventually.HoldsAsync(() => Volatile.Read(ref now) == 3);
        gate.SetResult();
        await Eventually.HoldsAsync(() => queue.Counters.Sent == 10);
        Assert.Equal(3, most);
    }

    private static long[] Numbers(int from, int to) => [.. Enumerable.Range(from, to - from + 1).Select(number => (long)number)];

    private static void Post(ActionQueue queue, long from, long to)
    {
        for (long sequence = from; sequence <= to; sequence++)
        {
            queue.TryPost(Some.Event(sequence));
        }
    }

    private async Task<long[]> WithFullQueueAsync(bool dropOldest)
    {
        var gate = new TaskCompletionSource();
        var started = new TaskCompletionSource();
        var action = new ScriptedAction((_, _) => { started.TrySetResult(); return gate.Task; });
        await using var queue = new ActionQueue(action, Fast with { Capacity = 3, DropOldest = dropOldest }, log);
        Post(queue, 1, 1);
        await started.Task;
        Post(queue, 2, 10);
        gate.SetResult();
        await Eventually.HoldsAsync(() => queue.Counters.Pending == 0);
        Assert.Equal(new ActionCounters(10, 4, 6, 0, 0, 0), queue.Counters);
        return action.Handled;
    }
}
