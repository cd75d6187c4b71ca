using Edge.Hosting.Actions;

namespace Edge.Hosting.Tests.Actions;

/// <summary>An action that does what a test says, and keeps what it was given.</summary>
internal sealed class ScriptedAction(Func<DeviceEvent, CancellationToken, Task> handle) : IEventAction
{
    private readonly List<long> handled = [];

    public string Name => "scripted";

    public bool IsDisposed { get; private set; }

    /// <summary>Sequence numbers of the events that were handled, in order.</summary>
    public long[] Handled
    {
        get
        {
            lock (handled)
            {
                return [.. handled];
            }
        }
    }

    public async ValueTask HandleAsync(DeviceEvent heard, CancellationToken cancellationToken)
    {
        await handle(heard, cancellationToken);
        lock (handled)
        {
            handled.Add(heard.Sequence);
        }
    }

    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        return ValueTask.CompletedTask;
    }
}
