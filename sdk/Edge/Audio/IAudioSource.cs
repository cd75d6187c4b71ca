namespace Edge.Audio;

/// <summary>Where sound comes from: interleaved 16-bit PCM, read in order until it ends.</summary>
/// <remarks>A source belongs to one reader. Whoever opened it disposes it.</remarks>
public interface IAudioSource : IDisposable
{
    /// <summary>What to call this source in messages and events: a path, "stdin", a device name.</summary>
    string Name { get; }

    /// <summary>Frames a second, in Hz.</summary>
    int SampleRateHz { get; }

    /// <summary>Samples in a frame.</summary>
    int Channels { get; }

    /// <summary>Reads what is there, waiting for at least one frame.</summary>
    /// <param name="buffer">Receives interleaved samples; its length is at least <see cref="Channels"/>.</param>
    /// <returns>The number of samples written, a multiple of <see cref="Channels"/>; 0 at the end of the sound.</returns>
    /// <exception cref="AudioFormatException">What was read is not sound of the announced format.</exception>
    /// <exception cref="IOException">The device or file failed.</exception>
    int Read(Span<short> buffer);
}
