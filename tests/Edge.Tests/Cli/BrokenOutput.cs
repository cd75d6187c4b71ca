namespace Edge.Tests.Cli;

/// <summary>An output that the system refuses to take.</summary>
internal sealed class BrokenOutput(int errno, string message) : MemoryStream
{
    public override void Write(ReadOnlySpan<byte> buffer) => throw new IOException(message, errno);

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));
}
