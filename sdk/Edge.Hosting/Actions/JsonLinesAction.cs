namespace Edge.Hosting.Actions;

/// <summary>Appends events to a file, one JSON object a line (<see cref="EventLine"/>).</summary>
/// <remarks>
/// A line is in the file as a whole or not at all: what a full disk cuts is taken back, and what a loss of power cut is removed
/// before the next line. The file is opened for each line, so that it may be moved or deleted under the service. A line is with the system at
/// once, and on the disk when the system puts it there: an fsync for each would wear out memory cards.
/// </remarks>
public sealed class JsonLinesAction : IEventAction
{
    private const int LongestLine = 64 * 1024; // how far back the start of a cut line is looked for

    private readonly string path;
    private readonly long maximumBytes;
    private readonly int keepFiles;

    /// <summary>Prepares to write; nothing is opened yet.</summary>
    /// <param name="path">The file; made where it is absent.</param>
    /// <param name="maximumBytes">A new file begins before this size is passed; null for one that grows without end.</param>
    /// <param name="keepFiles">How many full files are kept, as <c>path.1</c> (the newest), <c>path.2</c> …</param>
    public JsonLinesAction(string path, long? maximumBytes = null, int keepFiles = 1)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentOutOfRangeException.ThrowIfLessThan(maximumBytes ?? long.MaxValue, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(keepFiles, 1);
        this.path = path;
        this.maximumBytes = maximumBytes ?? long.MaxValue;
        this.keepFiles = keepFiles;
    }

    /// <inheritdoc/>
    public string Name => $"json-lines {path}";

    /// <inheritdoc/>
    public ValueTask HandleAsync(DeviceEvent heard, CancellationToken cancellationToken)
    {
        byte[] line = [.. EventLine.Format(heard), (byte)'\n'];
        try
        {
            Append(line);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RetryException($"cannot write: {e.Message.TrimEnd('.')}. Free some space, or see to the permissions.", e);
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Nothing is held between two events.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void Append(byte[] line)
    {
        using (FileStream file = Open())
        {
            if (!file.CanSeek)
            {
                file.Write(line); // a pipe or a terminal
                return;
            }

            long end = RemoveCutLine(file);
            if (end == 0 || line.Length <= maximumBytes - end)
            {
                WriteWhole(file, end, line);
                return;
            }
        }

        Rotate();
        using FileStream next = Open();
        WriteWhole(next, next.Length, line);
    }

    // Unbuffered: a line that was written is with the system, whatever becomes of this process.
    private FileStream Open() => new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);

    private static void WriteWhole(FileStream file, long end, byte[] line)
    {
        file.Position = end;
        try
        {
            file.Write(line);
        }
        catch (IOException)
        {
            TakeBack(file, end);
            throw;
        }
    }

    private static void TakeBack(FileStream file, long end)
    {
        try
        {
            file.SetLength(end);
        }
        catch (Exception e) when (e is IOException or NotSupportedException or ArgumentException)
        {
            // Devices have no length; of a file, RemoveCutLine does it before the next line.
        }
    }

    /// <summary>Gives the position after the last whole line, and cuts what lies behind it.</summary>
    private static long RemoveCutLine(FileStream file)
    {
        long length = file.Length;
        if (length == 0)
        {
            return 0;
        }

        file.Position = length - 1;
        if (file.ReadByte() is '\n' or -1) // a device reads as it likes
        {
            return length;
        }

        var tail = new byte[(int)Math.Min(length, LongestLine)];
        file.Position = length - tail.Length;
        file.ReadExactly(tail);
        int lastEnd = tail.AsSpan().LastIndexOf((byte)'\n');
        if (tail[lastEnd + 1] != '{' || (lastEnd < 0 && length > tail.Length))
        {
            throw new IOException($"{file.Name} is no file of JSON lines: it ends inside a line that is no JSON object. Name another file."); // nothing of it is touched
        }

        long end = length - tail.Length + lastEnd + 1;
        file.SetLength(end);
        return end;
    }

    private void Rotate()
    {
        for (int i = keepFiles; i > 0; i--)
        {
            string from = i == 1 ? path : $"{path}.{i - 1}";
            if (File.Exists(from))
            {
                File.Move(from, $"{path}.{i}", overwrite: true);
            }
        }
    }
}
