using Edge.Audio;

namespace Edge.Cli;

/// <summary>Sound on standard input: 16-bit little-endian PCM, bare or with a WAV header.</summary>
internal static class PipedSound
{
    private const string Name = "stdin";

    /// <summary>Opens it; waits for its first four bytes, which say whether there is a header.</summary>
    /// <param name="input">Disposed with the source.</param>
    /// <param name="rateHz">Rate of bare PCM.</param>
    /// <param name="channels">Channels of bare PCM.</param>
    /// <exception cref="IOException">It cannot be read, or its header is no good.</exception>
    /// <remarks>`arecord` writes a WAV header unless it is told not to; as PCM it would be heard at the wrong rate.</remarks>
    public static IAudioSource Open(Stream input, int rateHz, int channels)
    {
        byte[] start = new byte[4];
        int count = input.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        var whole = new ResumedStream(start.AsMemory(0, count), input);
        return start.AsSpan(0, count).SequenceEqual("RIFF"u8) ? new WavSource(whole, Name) : new RawPcmSource(whole, rateHz, channels, Name);
    }
}
