namespace Edge.Cli;

/// <summary>Results cannot be written.</summary>
/// <param name="cause">What the stream said.</param>
internal sealed class OutputException(Exception cause) : Exception($"Standard output cannot be written: {cause.Message}", cause)
{
    private const int BrokenPipe = 32; // EPIPE on every Unix
    private const int PipeIsBeingClosed = unchecked((int)0x800700E8); // ERROR_NO_DATA as an HRESULT
    private const int PipeHasBeenEnded = unchecked((int)0x8007006D); // ERROR_BROKEN_PIPE as an HRESULT

    /// <summary>Whether whoever read the results has seen enough, as `head` does; no fault then.</summary>
    public bool ReaderIsGone { get; } = cause.HResult is BrokenPipe or PipeIsBeingClosed or PipeHasBeenEnded;
}
