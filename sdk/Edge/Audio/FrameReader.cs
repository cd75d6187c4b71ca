namespace Edge.Audio;

/// <summary>Cuts a byte stream into whole frames through one fixed buffer, wherever its reads end.</summary>
internal sealed class FrameReader : IDisposable
{
    private const int BufferBytes = 16 * 1024; // half a second of 16 kHz mono; the largest frame has 512 bytes

    private readonly Stream stream;
    private readonly int frameBytes;
    private readonly byte[] buffer = new byte[BufferBytes];
    private int start;
    private int end;

    /// <param name="stream">Where the bytes come from; disposed with this reader.</param>
    /// <param name="frameBytes">Bytes in a frame.</param>
    /// <param name="limitBytes">Bytes that belong to the sound; none beyond them is read.</param>
    public FrameReader(Stream stream, int frameBytes, long limitBytes = long.MaxValue)
    {
        this.stream = stream;
        this.frameBytes = frameBytes;
        BytesLeft = limitBytes;
    }

    /// <summary>Bytes of the limit that the stream has not given yet.</summary>
    public long BytesLeft { get; private set; }

    /// <summary>The stream or the limit came to its end.</summary>
    public bool Ended { get; private set; }

    /// <summary>The end came inside a frame; what there was of it is dropped.</summary>
    public bool EndedInsideFrame => Ended && end - start is int rest && rest % frameBytes != 0;

    /// <summary>Waits for at least one frame and gives what is there, valid until the next call; empty at the end.</summary>
    public ReadOnlySpan<byte> Read(int maxFrames)
    {
        if (end - start < frameBytes)
        {
            Fill();
        }

        int bytes = Math.Min(maxFrames, (end - start) / frameBytes) * frameBytes;
        ReadOnlySpan<byte> frames = buffer.AsSpan(start, bytes);
        start += bytes;
        return frames;
    }

    public void Dispose() => stream.Dispose();

    private void Fill()
    {
        buffer.AsSpan(start, end - start).CopyTo(buffer);
        end -= start;
        start = 0;
        while (end < frameBytes && !Ended)
        {
            int wanted = (int)Math.Min(buffer.Length - end, BytesLeft);
            int got = wanted == 0 ? 0 : stream.Read(buffer, end, wanted);
            Ended = got == 0;
            end += got;
            BytesLeft -= got;
        }
    }
}
