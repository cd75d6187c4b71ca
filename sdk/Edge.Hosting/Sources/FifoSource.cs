using Edge.Audio;

namespace Edge.Hosting.Sources;

/// <summary>Bare PCM from a named pipe that goes on when its writer ends: the next one is waited for.</summary>
/// <param name="path">The pipe.</param>
/// <param name="sampleRateHz">Frames a second.</param>
/// <param name="channels">Samples in a frame.</param>
internal sealed class FifoSource(string path, int sampleRateHz, int channels) : IAudioSource
{
    private RawPcmSource? writer;
    private volatile bool disposed;

    /// <inheritdoc/>
    public string Name => path;

    /// <inheritdoc/>
    public int SampleRateHz => sampleRateHz;

    /// <inheritdoc/>
    public int Channels => channels;

    /// <inheritdoc/>
    public int Read(Span<short> buffer)
    {
        while (!disposed)
        {
            // To open a pipe waits for its writer. Each begins with a whole frame, wherever the one before it was cut.
            writer ??= new RawPcmSource(Open(), sampleRateHz, channels, path);
            int samples = writer.Read(buffer);
            if (samples > 0)
            {
                return samples;
            }

            writer.Dispose();
            writer = null;
        }

        return 0;
    }

    private FileStream Open()
    {
        var pipe = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        if (!pipe.CanSeek)
        {
            return pipe;
        }

        pipe.Dispose(); // a file has no next writer: it would be heard again and again
        throw new InvalidDataException($"{path} is a file, not a named pipe; set Source.Kind to file, or make a pipe elsewhere: mkfifo PATH.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        disposed = true;
        writer?.Dispose();
    }
}
