using System.Buffers.Binary;

namespace Edge.Audio;

/// <summary>Writes 16-bit PCM WAV files.</summary>
public static class WavWriter
{
    private const int HeaderBytes = 44;

    /// <summary>Writes a file, over what was there.</summary>
    /// <param name="path">The file.</param>
    /// <param name="samples">Interleaved, a whole number of frames.</param>
    /// <param name="sampleRateHz">8,000 to 192,000.</param>
    /// <param name="channels">1 to 64.</param>
    /// <exception cref="ArgumentException">A rate or channel number out of range, part of a frame, or more than 4 GiB.</exception>
    public static void Write(string path, ReadOnlySpan<short> samples, int sampleRateHz, int channels = 1)
    {
        Check(samples, sampleRateHz, channels);
        using FileStream stream = new(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        Write(stream, samples, sampleRateHz, channels);
    }

    /// <summary>Writes to a stream, which need not be seekable and stays open.</summary>
    /// <param name="stream">Written from where it stands.</param>
    /// <param name="samples">Interleaved, a whole number of frames.</param>
    /// <param name="sampleRateHz">8,000 to 192,000.</param>
    /// <param name="channels">1 to 64.</param>
    /// <exception cref="ArgumentException">A rate or channel number out of range, part of a frame, or more than 4 GiB.</exception>
    public static void Write(Stream stream, ReadOnlySpan<short> samples, int sampleRateHz, int channels = 1)
    {
        ArgumentNullException.ThrowIfNull(stream);
        uint dataBytes = Check(samples, sampleRateHz, channels);
        Span<byte> block = stackalloc byte[4096];
        WriteHeader(block, dataBytes, sampleRateHz, channels);
        int filled = HeaderBytes;
        foreach (short sample in samples)
        {
            if (filled == block.Length)
            {
                stream.Write(block);
                filled = 0;
            }

            BinaryPrimitives.WriteInt16LittleEndian(block[filled..], sample);
            filled += sizeof(short);
        }

        stream.Write(block[..filled]);
    }

    private static uint Check(ReadOnlySpan<short> samples, int sampleRateHz, int channels)
    {
        AudioLimits.CheckArguments(sampleRateHz, channels);
        long dataBytes = (long)samples.Length * sizeof(short);
        if (samples.Length % channels != 0 || dataBytes + HeaderBytes > uint.MaxValue)
        {
            throw new ArgumentException(
                $"{samples.Length} samples cannot be written; expected whole frames of {channels} and at most 4 GiB.", nameof(samples));
        }

        return (uint)dataBytes;
    }

    private static void WriteHeader(Span<byte> header, uint dataBytes, int sampleRateHz, int channels)
    {
        "RIFF"u8.CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], dataBytes + HeaderBytes - 8);
        "WAVEfmt "u8.CopyTo(header[8..]);
        BinaryPrimitives.WriteUInt32LittleEndian(header[16..], 16);
        BinaryPrimitives.WriteUInt16LittleEndian(header[20..], 1); // PCM
        BinaryPrimitives.WriteUInt16LittleEndian(header[22..], (ushort)channels);
        BinaryPrimitives.WriteUInt32LittleEndian(header[24..], (uint)sampleRateHz);
        BinaryPrimitives.WriteUInt32LittleEndian(header[28..], (uint)(sampleRateHz * channels * sizeof(short)));
        BinaryPrimitives.WriteUInt16LittleEndian(header[32..], (ushort)(channels * sizeof(short)));
        BinaryPrimitives.WriteUInt16LittleEndian(header[34..], 16);
        "data"u8.CopyTo(header[36..]);
        BinaryPrimitives.WriteUInt32LittleEndian(header[40..], dataBytes);
    }
}
