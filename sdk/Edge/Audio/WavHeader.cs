using System.Buffers.Binary;

namespace Edge.Audio;

/// <summary>What stands before a WAV file's samples.</summary>
/// <param name="Format">The 'fmt ' chunk.</param>
/// <param name="DataBytes">Bytes of sound that the header announces; null where it was written before the length was known.</param>
/// <remarks>RF64 and BW64 keep 64-bit sizes in a 'ds64' chunk: EBU Tech 3306.</remarks>
internal readonly record struct WavHeader(WavFormat Format, long? DataBytes)
{
    // Chunks before 'data'; real files have a handful, an endless stream of rubbish has no end.
    private const int MaxChunks = 1024;

    // Programs that write to a pipe cannot go back to fill in the length: ffmpeg leaves 0xFFFFFFFF or 0, sox 0x7FFFF000 and
    // up, arecord 0x7FFFFF00 and up.
    private const uint Placeholder = 0x7FFFF000;

    /// <summary>Reads up to the first byte of the 'data' chunk.</summary>
    /// <exception cref="AudioFormatException">This is no WAV file, or one that is damaged.</exception>
    public static WavHeader Read(Stream stream, string name)
    {
        uint riffBytes = ReadRiff(stream, name);
        WavFormat? format = null;
        long? ds64DataBytes = null;
        Span<byte> head = stackalloc byte[8];
        Span<byte> content = stackalloc byte[WavFormat.MaxBytes];
        for (int chunk = 0; chunk < MaxChunks && stream.ReadAtLeast(head, 8, throwOnEndOfStream: false) == 8; chunk++)
        {
            uint bytes = BinaryPrimitives.ReadUInt32LittleEndian(head[4..]);
            if (head.StartsWith("data"u8))
            {
                WavFormat found = format ?? throw new AudioFormatException(
                    $"{name}: the 'data' chunk comes before any 'fmt ' chunk; expected 'fmt ' first. The file is damaged.");
                return new WavHeader(found, DataLength(stream, bytes, riffBytes, ds64DataBytes));
            }

            int read = (int)Math.Min(bytes, content.Length);
            if (head.StartsWith("fmt "u8))
            {
                ReadContent(stream, content[..read], "fmt ", name);
                format = WavFormat.Parse(content[..read], name);
            }
            else if (head.StartsWith("ds64"u8))
            {
                ReadContent(stream, content[..read], "ds64", name);
                ds64DataBytes = ParseDs64(content[..read], name);
            }
            else
            {
                read = 0;
            }

            Skip(stream, bytes - read + (bytes & 1)); // chunks start at even offsets
        }

        throw new AudioFormatException(
            $"{name}: no {(format is null ? "'fmt ' chunk" : "'data' chunk")} was found; "
            + "expected 'fmt ' and then 'data'. The file is cut off or damaged.");
    }

    private static uint ReadRiff(Stream stream, string name)
    {
        Span<byte> head = stackalloc byte[12];
        int got = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        if (got == 0)
        {
            throw new AudioFormatException($"{name}: there is nothing in it (0 bytes); expected a WAV file. Record or copy it again.");
        }

        bool riff = head.StartsWith("RIFF"u8) || head.StartsWith("RF64"u8) || head.StartsWith("BW64"u8);
        if (got < head.Length || !riff || !head[8..].SequenceEqual("WAVE"u8))
        {
            throw new AudioFormatException(
                $"{name}: not a WAV file; it begins with {AudioFile.Printable(head[..got])}, expected 'RIFF' (or 'RF64'), a length and 'WAVE'. "
                + "Name a WAV file or convert this one.");
        }

        return BinaryPrimitives.ReadUInt32LittleEndian(head[4..]);
    }

    private static long? DataLength(Stream stream, uint bytes, uint riffBytes, long? ds64DataBytes)
    {
        if (ds64DataBytes is not null && bytes == uint.MaxValue)
        {
            return ds64DataBytes;
        }

        if (bytes == 0)
        {
            // Empty if the header agrees with the file about its end; otherwise a recorder was stopped before it wrote the length.
            return stream.CanSeek && stream.Length == riffBytes + 8L ? 0 : null;
        }

        bool unfinished = bytes >= Placeholder && (!stream.CanSeek || bytes > stream.Length - stream.Position);
        return unfinished || bytes == uint.MaxValue ? null : bytes;
    }

    private static long ParseDs64(ReadOnlySpan<byte> chunk, string name)
    {
        long bytes = chunk.Length < 16 ? -1 : BinaryPrimitives.ReadInt64LittleEndian(chunk[8..]);
        return bytes >= 0
            ? bytes
            : throw new AudioFormatException(
                $"{name}: the 'ds64' chunk has {chunk.Length} bytes and no valid data length; "
                + "expected at least 16 bytes. The file is damaged.");
    }

    private static void ReadContent(Stream stream, Span<byte> content, string chunk, string name)
    {
        int got = stream.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
        if (got < content.Length)
        {
            throw new AudioFormatException(
                $"{name}: the file ends inside the '{chunk}' chunk, after {got} bytes of it; "
                + $"expected {content.Length}. The file is cut off.");
        }
    }

    private static void Skip(Stream stream, long bytes)
    {
        if (stream.CanSeek)
        {
            stream.Position = Math.Min(stream.Position + bytes, stream.Length);
            return;
        }

        Span<byte> rubbish = stackalloc byte[512];
        for (int got = 1; bytes > 0 && got > 0; bytes -= got)
        {
            got = stream.Read(rubbish[..(int)Math.Min(bytes, rubbish.Length)]);
        }
    }
}
