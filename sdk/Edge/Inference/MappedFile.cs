using System.Buffers;
using System.IO.MemoryMappedFiles;

namespace Edge.Inference;

/// <summary>A file's bytes, mapped and read-only.</summary>
internal sealed unsafe class MappedFile : MemoryManager<byte>
{
    private readonly MemoryMappedFile file;
    private readonly MemoryMappedViewAccessor view;
    private readonly int length;
    private byte* start;

    private MappedFile(MemoryMappedFile file, int length)
    {
        (this.file, this.length) = (file, length);
        view = file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        start += view.PointerOffset;
    }

    /// <summary>Maps a whole file.</summary>
    /// <exception cref="ModelFormatException">The file is empty or larger than 2 GB.</exception>
    /// <exception cref="IOException">The file is missing, a folder, or cannot be read.</exception>
    public static MappedFile Open(string path)
    {
        if (Directory.Exists(path))
        {
            throw new IOException($"{path} is a folder; expected an .edge file.");
        }

        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"{path}: there is no such file; expected an .edge file. Check the path.", path);
        }

        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
        if (stream.Length is 0 or > int.MaxValue)
        {
            throw new ModelFormatException(path, [$"The file holds {stream.Length} bytes; expected 1 to {int.MaxValue}."]);
        }

        MemoryMappedFile file = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        try
        {
            return new MappedFile(file, (int)stream.Length);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public override Span<byte> GetSpan()
    {
        ObjectDisposedException.ThrowIf(start is null, this);
        return new Span<byte>(start, length);
    }

    public override MemoryHandle Pin(int elementIndex = 0) => new(start + elementIndex);

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing)
    {
        if (start is not null)
        {
            start = null;
            view.SafeMemoryMappedViewHandle.ReleasePointer();
            view.Dispose();
            file.Dispose();
        }
    }
}
