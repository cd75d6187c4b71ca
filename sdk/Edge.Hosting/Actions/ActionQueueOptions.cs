namespace Edge.Hosting.Actions;

/// <summary>How events wait for an action, and how often it is tried.</summary>
public sealed record ActionQueueOptions
{
    /// <summary>Events that wait at most, besides those in hand.</summary>
    public int Capacity { get; init; } = 256;

    /// <summary>Whether the oldest event makes room where the queue is full; else the newest is not taken.</summary>
    public bool DropOldest { get; init; } = true;

    /// <summary>Events that the action handles at a time.</summary>
    public int MaximumParallel { get; init; } = 1;

    /// <summary>How often an event is tried that is refused (<see cref="RetryException.WasRefused"/>).</summary>
    public int MaximumAttempts { get; init; } = int.MaxValue;

    /// <summary>The wait after a first failure; it doubles with each further one.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait between two tries.</summary>
    public TimeSpan LongestDelay { get; init; } = TimeSpan.FromSeconds(30);
}
