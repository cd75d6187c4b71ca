namespace Edge.Hosting.Actions;

/// <summary>An action did not work now but may later; its queue keeps the event and tries again.</summary>
public sealed class RetryException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="message">What was found, and where.</param>
    /// <param name="innerException">The cause, if another error led here.</param>
    public RetryException(string message, Exception? innerException = null) : base(message, innerException)
    {
    }

    /// <summary>The earliest time to try again that the other side asked for; null to leave it to the queue.</summary>
    public TimeSpan? After { get; init; }

    /// <summary>Whether the other side took the event and refused it, which counts towards <see cref="ActionQueueOptions.MaximumAttempts"/>; false where it was not reached at all.</summary>
    public bool WasRefused { get; init; }
}
