namespace Edge.Audio;

/// <summary>Bare 16-bit little-endian PCM (s16le, interleaved) from a stream, such as what <c>arecord -t raw</c> writes to a pipe.</summary>
/// <remarks>Reads may end anywhere, inside a frame or a sample. A frame that the stream's end cuts is dropped.</remarks>
public sealed class RawPcmSource : IAudioSource
{
    private readonly FrameReader reader;

    /// <summary>Reads PCM of the given format.</summary>
    /// <param name="stream">Read from where it stands; disposed with this source.</param>
    /// <param name="sampleRateHz">8,000 to 192,000; the stream itself does not say.</param>
    /// <param name="channels">1 to 64.</param>
    /// <param name="name">What to call it in messages and events.</param>
    /// <exception cref="ArgumentOutOfRangeException">A rate or a number of channels that no source has.</exception>
    public RawPcmSource(Stream stream, int sampleRateHz, int channels = 1, string name = "stdin")
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(name);
        AudioLimits.CheckArguments(sampleRateHz, channels);
        Name = name;
        SampleRateHz = sampleRateHz;
        Channels = channels;
        reader = new FrameReader(stream, channels * sizeof(short));
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public int SampleRateHz { get; }

    /// <inheritdoc/>
    public int Channels { get; }

    /// <summary>True once the end was read and it came inside a frame.</summary>
    public bool Truncated => reader.EndedInsideFrame;

    /// <inheritdoc/>
    public int Read(Span<short> buffer)
    {
        AudioLimits.CheckBuffer(buffer, Channels);
        ReadOnlySpan<byte> bytes = reader.Read(buffer.Length / Channels);
        int samples = bytes.Length / sizeof(short);
        SampleDecoder.Decode(SampleEncoding.Int16, bytes, buffer[..samples]);
        return samples;
    }

    /// <inheritdoc/>
    public void Dispose() => reader.Dispose();
}
