using System.Text;

namespace Edge.Audio;

/// <summary>Opens a sound file by what is in it.</summary>
public static class AudioFile
{
    /// <summary>Opens WAV files by <see cref="WavSource"/>, everything else (FLAC, OGG, MP3 …) by <see cref="SoundFileSource"/>.</summary>
    /// <remarks>What cannot be rewound, such as a named pipe, is read as WAV.</remarks>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="AudioFormatException">The file is not sound, is damaged, or needs libsndfile and that is not installed.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static IAudioSource Open(string path)
    {
        FileStream stream = OpenStream(path);
        try
        {
            if (!stream.CanSeek || IsWav(stream))
            {
                return new WavSource(stream, path);
            }
        }
        catch
        {
            stream.Dispose();
            throw;
        }

        stream.Dispose();
        return SoundFileSource.Open(path);
    }

    /// <summary>Opens a file for reading, unbuffered, with errors that say what is wrong.</summary>
    internal static FileStream OpenStream(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path))
        {
            throw new AudioFormatException($"{path}: this is a directory; expected a sound file. Name a file in it.");
        }

        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new FileNotFoundException($"{path}: there is no such file; expected a sound file. Check the path.", path, e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"{path}: the file may not be read by this user; "
                + "expected a readable sound file. Check its permissions.", e);
        }
    }

    /// <summary>The first bytes of a file as a message shows them.</summary>
    internal static string Printable(ReadOnlySpan<byte> bytes)
    {
        StringBuilder text = new("'");
        foreach (byte b in bytes)
        {
            text.Append(b is >= 0x20 and < 0x7F ? (char)b : '.');
        }

        return text.Append('\'').ToString();
    }

    private static bool IsWav(FileStream stream)
    {
        Span<byte> magic = stackalloc byte[4];
        int got = stream.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false);
        stream.Position = 0;
        // An empty file goes the same way: the message for it is the same whatever it was meant to be.
        return got == 0 || magic.SequenceEqual("RIFF"u8) || magic.SequenceEqual("RF64"u8) || magic.SequenceEqual("BW64"u8);
    }
}
