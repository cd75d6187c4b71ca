using Edge.Audio.Interop;

namespace Edge.Audio;

/// <summary>FLAC, OGG, MP3, AIFF and whatever else libsndfile reads, where it is installed.</summary>
/// <remarks>
/// Frames are taken as doubles of full scale 1.0 and rounded and saturated as <see cref="WavSource"/> does. libsndfile's own
/// conversion to int16 cuts 24-bit samples instead of rounding them, gives zeros for float-coded files or scales them to the
/// file's peak, and lets decoded OGG peaks wrap around. Nothing is allocated by <see cref="Read"/>.
/// </remarks>
public sealed unsafe class SoundFileSource : IAudioSource
{
    private const int BlockSamples = 4096;

    private readonly SndFile.Handle file;
    private readonly double[] block = new double[BlockSamples];
    private long samplesRead;

    private SoundFileSource(string path, SndFile.Handle file, in SndFile.Info info)
    {
        Name = path;
        this.file = file;
        SampleRateHz = info.SampleRateHz;
        Channels = info.Channels;
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public int SampleRateHz { get; }

    /// <inheritdoc/>
    public int Channels { get; }

    /// <summary>Opens a file.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="AudioFormatException">libsndfile is not installed, does not know the file's format or finds it damaged.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static SoundFileSource Open(string path) => Open(path, static () => SndFile.IsAvailable);

    /// <summary>As above, with the question whether the library is there left open for tests.</summary>
    internal static SoundFileSource Open(string path, Func<bool> libraryIsAvailable)
    {
        Span<byte> magic = stackalloc byte[12];
        using (FileStream stream = AudioFile.OpenStream(path))
        {
            magic = magic[..stream.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false)];
        }

        if (!libraryIsAvailable())
        {
            throw new AudioFormatException(
                $"{path}: the file begins with {AudioFile.Printable(magic)}, which is not WAV; "
                + "other formats are read by libsndfile, and that is not on this machine. Install it (apt-get install libsndfile1) or convert the file to WAV.");
        }

        SndFile.Info info = default;
        SndFile.Handle file = SndFile.Open(path, SndFile.ModeRead, ref info);
        try
        {
            if (file.IsInvalid)
            {
                throw new AudioFormatException(
                    $"{path}: libsndfile cannot read it ({SndFile.Message(file).TrimEnd('.', '\n')}); "
                    + $"it begins with {AudioFile.Printable(magic)}, expected FLAC, OGG, MP3 or another sound file. Convert it to WAV.");
            }

            AudioLimits.CheckFile(path, info.SampleRateHz, info.Channels);
            return new SoundFileSource(path, file, info);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public int Read(Span<short> buffer)
    {
        AudioLimits.CheckBuffer(buffer, Channels);
        ObjectDisposedException.ThrowIf(file.IsClosed, this);
        int frames = Math.Min(buffer.Length, BlockSamples) / Channels;
        int samples;
        fixed (double* target = block)
        {
            samples = (int)SndFile.ReadFrames(file, target, frames) * Channels;
        }

        if (samples < frames * Channels && SndFile.Error(file) != 0)
        {
            throw new AudioFormatException(
                $"{Name}: decoding failed after sample {samplesRead + samples} ({SndFile.Message(file).TrimEnd('.', '\n')}); "
                + "expected sound up to the end. The file is damaged.");
        }

        for (int i = 0; i < samples; i++)
        {
            if (!SampleDecoder.TryFromDouble(block[i], out buffer[i]))
            {
                throw SampleDecoder.NotANumber(Name, samplesRead + i, Channels, SampleRateHz);
            }
        }

        samplesRead += samples;
        return samples;
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();
}
