using Edge.Quantization.Graph;
using Microsoft.Win32.SafeHandles;

namespace Edge.Quantization.Checkpoints;

/// <summary>An open file whose every read is checked against its end.</summary>
internal sealed class CheckpointFile : IDisposable
{
    private readonly SafeFileHandle handle;

    public CheckpointFile(string path)
    {
        Source = path;
        handle = File.OpenHandle(path);
        Length = RandomAccess.GetLength(handle);
    }

    public string Source { get; }

    public long Length { get; }

    /// <summary>Bytes [offset, offset + count).</summary>
    /// <param name="offset">From the start of the file.</param>
    /// <param name="count">How many.</param>
    /// <param name="place">What they are, for messages.</param>
    /// <exception cref="GraphFormatException">The file ends before.</exception>
    public byte[] Read(long offset, long count, string place)
    {
        if (offset < 0 || count < 0 || count > Array.MaxLength || offset > Length - count)
        {
            throw Fault(place, $"it lies at bytes {offset} to {(Int128)offset + count} of a file of {Length}; the file is cut short or damaged. Copy it again.");
        }

        var bytes = new byte[count];
        for (int done = 0; done < bytes.Length;)
        {
            int got = RandomAccess.Read(handle, bytes.AsSpan(done), offset + done);
            done += got > 0 ? got : throw Fault(place, "the file became shorter while it was read.");
        }

        return bytes;
    }

    /// <summary>The file as a stream of its own place; closing it closes the file.</summary>
    public Stream Stream() => new FileStream(handle, FileAccess.Read);

    public GraphFormatException Fault(string place, string problem) => new(Source, place, problem);

    public void Dispose() => handle.Dispose();
}
