using System.Buffers.Binary;

namespace Edge.Audio;

/// <summary>What a WAV file's 'fmt ' chunk says, checked.</summary>
/// <remarks>Layout: Microsoft, "Multiple channel audio data and WAVE files" (WAVEFORMATEX, WAVEFORMATEXTENSIBLE).</remarks>
internal readonly record struct WavFormat(int SampleRateHz, int Channels, SampleEncoding Encoding)
{
    /// <summary>Bytes of the chunk that are looked at.</summary>
    public const int MaxBytes = 40;

    private const int MinBytes = 16;
    private const int TagPcm = 0x0001;
    private const int TagFloat = 0x0003;
    private const int TagExtensible = 0xFFFE;

    /// <summary>Bytes in a frame.</summary>
    public int FrameBytes => Channels * SampleDecoder.BytesPerSample(Encoding);

    // A sub-format GUID is the format tag followed by these bytes.
    private static ReadOnlySpan<byte> SubFormatTail =>
        [0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x80, 0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71];

    /// <summary>Reads the chunk.</summary>
    /// <param name="chunk">The chunk's bytes, or its first <see cref="MaxBytes"/>.</param>
    /// <param name="name">The source's name, for messages.</param>
    /// <exception cref="AudioFormatException">The chunk is too short, contradicts itself or names an encoding that is not read here.</exception>
    public static WavFormat Parse(ReadOnlySpan<byte> chunk, string name)
    {
        if (chunk.Length < MinBytes)
        {
            throw new AudioFormatException(
                $"{name}: the 'fmt ' chunk has {chunk.Length} bytes; expected at least {MinBytes}. The file is damaged.");
        }

        int tag = BinaryPrimitives.ReadUInt16LittleEndian(chunk);
        int channels = BinaryPrimitives.ReadUInt16LittleEndian(chunk[2..]);
        long sampleRateHz = BinaryPrimitives.ReadUInt32LittleEndian(chunk[4..]);
        int blockAlign = BinaryPrimitives.ReadUInt16LittleEndian(chunk[12..]); // bytes 8 to 11, the byte rate, follow from the others
        int bits = BinaryPrimitives.ReadUInt16LittleEndian(chunk[14..]);
        if (tag == TagExtensible)
        {
            tag = ParseSubFormat(chunk, name);
        }

        AudioLimits.CheckFile(name, sampleRateHz, channels);
        WavFormat format = new((int)sampleRateHz, channels, EncodingOf(tag, bits, name));
        if (blockAlign != format.FrameBytes)
        {
            throw new AudioFormatException(
                $"{name}: the 'fmt ' chunk says {blockAlign} bytes a frame; "
                + $"expected {format.FrameBytes} for {channels} channels of {bits} bits. The file is damaged.");
        }

        return format;
    }

    private static int ParseSubFormat(ReadOnlySpan<byte> chunk, string name)
    {
        if (chunk.Length < MaxBytes)
        {
            throw new AudioFormatException(
                $"{name}: the 'fmt ' chunk of an extensible format has {chunk.Length} bytes; expected {MaxBytes}. The file is damaged.");
        }

        if (!chunk[26..40].SequenceEqual(SubFormatTail))
        {
            throw new AudioFormatException(
                $"{name}: the sub-format {new Guid(chunk[24..40])} is unknown; "
                + "expected PCM or IEEE float. Convert the file to 16-bit PCM.");
        }

        return BinaryPrimitives.ReadUInt16LittleEndian(chunk[24..]);
    }

    private static SampleEncoding EncodingOf(int tag, int bits, string name) => (tag, bits) switch
    {
        (TagPcm, 8) => SampleEncoding.UInt8,
        (TagPcm, 16) => SampleEncoding.Int16,
        (TagPcm, 24) => SampleEncoding.Int24,
        (TagPcm, 32) => SampleEncoding.Int32,
        (TagFloat, 32) => SampleEncoding.Float32,
        (TagFloat, 64) => SampleEncoding.Float64,
        _ => throw new AudioFormatException(
            $"{name}: format tag 0x{tag:X4} with {bits} bits is not read here; "
            + "expected PCM (0x0001) of 8, 16, 24 or 32 bits or IEEE float (0x0003) of 32 or 64. Convert the file to 16-bit PCM."),
    };
}
