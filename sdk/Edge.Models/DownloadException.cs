namespace Edge.Models;

/// <summary>A file could not be had from its address; the message says what came instead and what to do.</summary>
/// <param name="message">The message.</param>
/// <param name="isPassing">Whether the same request may succeed in a moment.</param>
/// <param name="cause">What the network said; null where it answered.</param>
internal sealed class DownloadException(string message, bool isPassing = false, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>Whether the same request may succeed in a moment.</summary>
    public bool IsPassing { get; } = isPassing;
}
