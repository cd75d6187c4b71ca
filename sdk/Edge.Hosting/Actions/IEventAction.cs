namespace Edge.Hosting.Actions;

/// <summary>Does something with what was heard: writes a line, lights a lamp, sends a message.</summary>
/// <remarks>An action runs behind an <see cref="ActionQueue"/>, never on the listening thread; it may block or fail as it likes.</remarks>
public interface IEventAction : IAsyncDisposable
{
    /// <summary>What to call it in messages and metrics, such as <c>json-lines /var/lib/edge/events.jsonl</c>; free of passwords.</summary>
    string Name { get; }

    /// <summary>Handles one event; returns once it is done for good.</summary>
    /// <param name="heard">What was heard.</param>
    /// <param name="cancellationToken">Cancelled where the service stops and its patience is over.</param>
    /// <exception cref="RetryException">It did not work now; the same event is to be tried again later.</exception>
    /// <exception cref="Exception">It did not work and will not: the event counts as failed.</exception>
    ValueTask HandleAsync(DeviceEvent heard, CancellationToken cancellationToken);
}
