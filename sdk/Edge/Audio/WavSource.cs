namespace Edge.Audio;

/// <summary>
/// A RIFF/WAVE file or stream: PCM of 8, 16, 24 or 32 bits, IEEE float of 32 or 64, plain or extensible header, RF64.
/// </summary>
/// <remarks>
/// Everything becomes int16, rounded to nearest and saturated; infinities saturate, NaN is an error. The first 'data' chunk is
/// played, as far as it is there: see <see cref="Truncated"/>. Nothing is allocated by <see cref="Read"/>, and nothing but a
/// buffer of 16 KiB is held.
/// </remarks>
public sealed class WavSource : IAudioSource
{
    private readonly FrameReader reader;
    private readonly WavFormat format;
    private readonly bool lengthKnown;
    private long samplesRead;

    /// <summary>Reads the header of <paramref name="stream"/>, which need not be seekable.</summary>
    /// <param name="stream">Read from where it stands; disposed with this source.</param>
    /// <param name="name">What to call it in messages and events.</param>
    /// <exception cref="AudioFormatException">This is no WAV file, one that is damaged, or of an encoding that is not read here.</exception>
    public WavSource(Stream stream, string name)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(name);
        Name = name;
        WavHeader header = WavHeader.Read(stream, name);
        format = header.Format;
        lengthKnown = header.DataBytes is not null;
        AnnouncedFrames = header.DataBytes / format.FrameBytes;
        reader = new FrameReader(stream, format.FrameBytes, header.DataBytes ?? long.MaxValue);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public int SampleRateHz => format.SampleRateHz;

    /// <inheritdoc/>
    public int Channels => format.Channels;

    /// <summary>Frames that the header announces; null where it was written before the length was known, as on a pipe.</summary>
    public long? AnnouncedFrames { get; }

    /// <summary>True once the end was read and it came early: before the announced length, or inside a frame.</summary>
    public bool Truncated => reader.EndedInsideFrame || (reader.Ended && lengthKnown && reader.BytesLeft > 0);

    /// <summary>Opens a file.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="AudioFormatException">This is no WAV file, one that is damaged, or of an encoding that is not read here.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static WavSource Open(string path)
    {
        FileStream stream = AudioFile.OpenStream(path);
        try
        {
            return new WavSource(stream, path);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public int Read(Span<short> buffer)
    {
        AudioLimits.CheckBuffer(buffer, Channels);
        ReadOnlySpan<byte> bytes = reader.Read(buffer.Length / Channels);
        int samples = bytes.Length / SampleDecoder.BytesPerSample(format.Encoding);
        int notANumber = SampleDecoder.Decode(format.Encoding, bytes, buffer[..samples]);
        if (notANumber >= 0)
        {
            throw SampleDecoder.NotANumber(Name, samplesRead + notANumber, Channels, SampleRateHz);
        }

        samplesRead += samples;
        return samples;
    }

    /// <inheritdoc/>
    public void Dispose() => reader.Dispose();
}
