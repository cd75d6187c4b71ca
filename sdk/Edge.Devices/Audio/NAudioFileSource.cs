using Edge.Audio;
using NAudio.Wave;

namespace Edge.Devices.Audio;

/// <summary>A recording that NAudio reads: WAV and AIFF everywhere, MP3 and whatever Media Foundation knows on Windows.</summary>
public sealed class NAudioFileSource : IAudioSource
{
    private const float FullScale = 32768; // NAudio's floats are samples divided by it
    private const int BlockSamples = 4096;

    private readonly AudioFileReader reader;
    private readonly float[] block = new float[BlockSamples];

    private NAudioFileSource(AudioFileReader reader, string name)
    {
        this.reader = reader;
        Name = name;
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public int SampleRateHz => reader.WaveFormat.SampleRate;

    /// <inheritdoc/>
    public int Channels => reader.WaveFormat.Channels;

    /// <summary>Opens a file.</summary>
    /// <exception cref="AudioFormatException">NAudio cannot read it.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static NAudioFileSource Open(string path)
    {
        try
        {
            return new NAudioFileSource(new AudioFileReader(path), path);
        }
        catch (Exception e) when (e is FormatException or NotSupportedException or InvalidDataException or ArgumentException or EndOfStreamException)
        {
            throw new AudioFormatException($"{path}: NAudio cannot read this file: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    /// <remarks>Samples are rounded to nearest, halves up as <see cref="WavSource"/> does it, and saturated: PCM of up to 24 bits comes out the same.</remarks>
    public int Read(Span<short> buffer)
    {
        int wanted = Math.Min(buffer.Length, block.Length) / Channels * Channels;
        ArgumentOutOfRangeException.ThrowIfZero(wanted, nameof(buffer));
        int count = reader.Read(block.AsSpan(0, wanted)) / Channels * Channels;
        for (int i = 0; i < count; i++)
        {
            buffer[i] = (short)Math.Clamp(MathF.Floor((block[i] * FullScale) + 0.5f), short.MinValue, short.MaxValue);
        }

        return count;
    }

    /// <inheritdoc/>
    public void Dispose() => reader.Dispose();
}
