namespace Edge.Hosting.Tests.Actions;

/// <summary>Time that passes where a test says so.</summary>
internal sealed class ManualClock : TimeProvider
{
    private readonly List<ManualTimer> timers = [];
    private long now;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => now;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, () => callback(state));
        timers.Add(timer);
        timer.Change(dueTime, period);
        return timer;
    }

    public void Pass(int milliseconds)
    {
        now += milliseconds * TimeSpan.TicksPerMillisecond;
        timers.ForEach(timer => timer.FireIfDue());
    }

    private sealed class ManualTimer(ManualClock clock, Action fire) : ITimer
    {
        private long due = long.MaxValue;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            due = dueTime < TimeSpan.Zero ? long.MaxValue : clock.now + dueTime.Ticks;
            return true;
        }

        public void FireIfDue()
        {
            if (clock.now >= due)
            {
                due = long.MaxValue;
                fire();
            }
        }

        public void Dispose() => due = long.MaxValue;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
