using System.Collections.Concurrent;
using Edge.Hosting.Actions;

namespace Edge.Hosting.Tests;

/// <summary>Keeps what it is given.</summary>
internal sealed class CollectingAction : IEventAction
{
    public string Name => "collector";

    public ConcurrentQueue<DeviceEvent> Heard { get; } = [];

    /// <summary>What an event waits for before it is handled.</summary>
    public Task Ready { get; init; } = Task.CompletedTask;

    public async ValueTask HandleAsync(DeviceEvent heard, CancellationToken cancellationToken)
    {
        await Ready.WaitAsync(cancellationToken);
        Heard.Enqueue(heard);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
