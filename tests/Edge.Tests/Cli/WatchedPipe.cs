namespace Edge.Tests.Cli;

/// <summary>An input that gives 100 bytes a read and notes how much output there was at each.</summary>
internal sealed class WatchedPipe(byte[] bytes, Func<long> written) : MemoryStream(bytes)
{
    private readonly List<(long Read, long Written)> notes = [];

    /// <summary>Bytes written when that many had been read.</summary>
    public long WrittenWhenRead(long read) => notes.First(note => note.Read >= read).Written;

    // MemoryStream leads reads of a span here too.
    public override int Read(byte[] buffer, int offset, int count)
    {
        notes.Add((Position, written()));
        return base.Read(buffer, offset, Math.Min(count, 100));
    }
}
