namespace Edge.Hosting.Actions;

/// <summary>Turns something on for a while; being asked again within that time makes it longer.</summary>
public sealed class TimedOutput : IDisposable
{
    private readonly Action<bool> set;
    private readonly TimeSpan on;
    private readonly TimeProvider time;
    private readonly ITimer timer;
    private readonly Lock gate = new();
    private long lastAsked;
    private bool isOn;
    private bool disposed;

    /// <summary>Prepares; it is taken to be off.</summary>
    /// <param name="set">Turns it on (true) or off (false); called one at a time.</param>
    /// <param name="on">How long.</param>
    /// <param name="time">The clock; null for the system's.</param>
    public TimedOutput(Action<bool> set, TimeSpan on, TimeProvider? time = null)
    {
        this.set = set;
        this.on = on;
        this.time = time ?? TimeProvider.System;
        timer = this.time.CreateTimer(_ => TurnOff(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Turns it on, or leaves it on for longer. What <c>set</c> throws comes through.</summary>
    public void Trigger()
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            if (!isOn)
            {
                set(true);
                isOn = true;
            }

            lastAsked = time.GetTimestamp();
            timer.Change(on, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Turns it off.</summary>
    public void Dispose()
    {
        timer.Dispose();
        lock (gate)
        {
            disposed = true;
            Off();
        }
    }

    private void TurnOff()
    {
        lock (gate)
        {
            // A call that was under way while Trigger made the time longer comes too early.
            if (!disposed && time.GetElapsedTime(lastAsked) >= on - TimeSpan.FromMilliseconds(1))
            {
                Off();
            }
        }
    }

    private void Off()
    {
        if (!isOn)
        {
            return;
        }

        isOn = false;
        try
        {
            set(false);
        }
        catch (Exception)
        {
            // The device is gone, and so is its light; the next event tells. What escapes from a timer would end the whole program.
        }
    }
}
