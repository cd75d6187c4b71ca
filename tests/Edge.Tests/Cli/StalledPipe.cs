namespace Edge.Tests.Cli;

/// <summary>A pipe that gives what it has and then neither more nor an end, until it is disposed.</summary>
/// <param name="bytes">What it has.</param>
/// <param name="stalled">Called where a read begins to wait.</param>
internal sealed class StalledPipe(byte[] bytes, Action stalled) : MemoryStream(bytes)
{
    private readonly ManualResetEventSlim release = new();

    public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, count) is > 0 and var read ? read : Wait();

    protected override void Dispose(bool disposing)
    {
        release.Set();
        base.Dispose(disposing);
    }

    private int Wait()
    {
        stalled();
        release.Wait();
        return 0;
    }
}
