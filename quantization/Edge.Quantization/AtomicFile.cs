namespace Edge.Quantization;

/// <summary>A file that appears whole or not at all: written under another name in the same folder, then renamed.</summary>
public sealed class AtomicFile : IDisposable
{
    private readonly string path;
    private readonly string temporary;
    private readonly FileStream stream;

    private AtomicFile(string path)
    {
        this.path = path;
        temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        stream = Guarded(() => File.Create(temporary));
    }

    /// <summary>Begins a file; one that is there stays until the new one is complete.</summary>
    /// <exception cref="IOException">The file cannot be made.</exception>
    public static AtomicFile Create(string path) => new(path);

    /// <summary>Writes a file; one that is there is replaced once the new one is complete.</summary>
    /// <param name="path">The file.</param>
    /// <param name="write">Writes the content.</param>
    /// <exception cref="IOException">The file cannot be written; what was there before still is.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        using AtomicFile file = Create(path);
        file.Write(write);
        file.Complete();
    }

    /// <summary>Writes a part of the content.</summary>
    /// <param name="write">Writes it; may seek.</param>
    /// <exception cref="IOException">It cannot be written, for instance since the disk is full.</exception>
    public void Write(Action<Stream> write) => Guarded(() =>
    {
        write(stream);
        return true;
    });

    /// <summary>Appends bytes.</summary>
    /// <exception cref="IOException">They cannot be written.</exception>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        try
        {
            stream.Write(bytes);
        }
        catch (IOException e)
        {
            throw Unwritten(e);
        }
    }

    /// <summary>Gives the file its name.</summary>
    /// <exception cref="IOException">The rest cannot be written, or the name not be given.</exception>
    public void Complete() => Guarded(() =>
    {
        stream.Dispose();
        File.Move(temporary, path, overwrite: true);
        return true;
    });

    /// <summary>Deletes the file where it was not completed.</summary>
    public void Dispose()
    {
        try
        {
            stream.Dispose();
        }
        catch (IOException)
        {
            // What could not be written is not wanted any more.
        }

        File.Delete(temporary);
    }

    private T Guarded<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unwritten(e);
        }
    }

    private IOException Unwritten(Exception cause) => new(
        $"{path} cannot be written, and what was there before, if anything, still is: {cause.Message.Replace(temporary, path, StringComparison.Ordinal)}",
        cause.HResult);
}
