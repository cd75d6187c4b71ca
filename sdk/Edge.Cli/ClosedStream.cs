namespace Edge.Cli;

/// <summary>Stands for a standard stream that whoever started the program has closed.</summary>
/// <param name="name">What messages call it.</param>
internal sealed class ClosedStream(string name) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw Closed();

    public override long Position { get => throw Closed(); set => throw Closed(); }

    public override int Read(byte[] buffer, int offset, int count) => throw Closed();

    public override void Write(byte[] buffer, int offset, int count) => throw Closed();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw Closed();

    public override void SetLength(long value) => throw Closed();

    private IOException Closed() => new($"{name} is closed; expected it to lead to a file, a pipe or a terminal.");
}
