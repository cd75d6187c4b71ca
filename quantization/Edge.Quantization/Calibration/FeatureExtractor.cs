using System.Runtime.InteropServices;
using Edge.Audio;
using Edge.Features;

namespace Edge.Quantization.Calibration;

/// <summary>Features of recordings, as the device computes them.</summary>
/// <param name="options">The front end.</param>
/// <param name="channel">The channel to hear, from 0; null for the mean of all.</param>
public sealed class FeatureExtractor(FrontEndOptions options, int? channel = null)
{
    private const int BlockSamples = 4096;

    /// <summary>The front end.</summary>
    public FrontEndOptions Options { get; } = options;

    /// <summary>Features in a frame.</summary>
    public int Bins { get; } = FrontEnd.Create(options).Bins;

    /// <summary>Fractional bits of a feature: its real value is the integer / 2^this.</summary>
    public int FractionBits { get; } = FrontEnd.Create(options).FractionBits;

    /// <summary>Whether a recording that ends before the length that its header announces is an error.</summary>
    public bool RequireWhole { get; init; }

    /// <summary>Told the path and sample rate of each recording that is resampled.</summary>
    public Action<string, int>? Resampled { get; init; }

    /// <summary>All frames of a recording, [frames, <see cref="Bins"/>].</summary>
    /// <exception cref="AudioFormatException">The file is not sound, has no such channel, or is not whole.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public int[] Extract(string path) => ExtractPieces(path, Array.MaxLength / Bins).FirstOrDefault() ?? [];

    /// <summary>A recording's frames in pieces, one in memory at a time.</summary>
    /// <param name="path">The recording.</param>
    /// <param name="frames">Frames of a piece; the last one may have fewer, at least one.</param>
    /// <returns>Pieces [frames, <see cref="Bins"/>].</returns>
    /// <inheritdoc cref="Extract" path="/exception"/>
    public IEnumerable<int[]> ExtractPieces(string path, int frames)
    {
        using IAudioSource source = AudioFile.Open(path);
        if (channel >= source.Channels)
        {
            throw new AudioFormatException($"{path}: the sound has {source.Channels} channel(s), numbered from 0; expected a channel {channel}.");
        }

        if (source.SampleRateHz != Options.SampleRateHz)
        {
            Resampled?.Invoke(path, source.SampleRateHz);
        }

        using var mono = new MonoSource(source, Options.SampleRateHz, channel);
        FrontEnd frontEnd = FrontEnd.Create(Options);
        var features = new List<int>();
        var frame = new int[Bins];
        var block = new short[BlockSamples];
        int length = checked(frames * Bins);
        for (int read = mono.Read(block); read > 0; read = mono.Read(block))
        {
            Push(frontEnd, block.AsSpan(0, read), frame, features);
            while (features.Count >= length)
            {
                yield return Take(features, length);
            }
        }

        if (RequireWhole && source is WavSource { Truncated: true })
        {
            throw new AudioFormatException($"{path}: the file ends before the length that its header announces; expected a whole recording. Copy it again or leave it out.");
        }

        Push(frontEnd, new short[frontEnd.TrailingZeros], frame, features);
        while (features.Count > 0)
        {
            yield return Take(features, Math.Min(length, features.Count));
        }
    }

    /// <summary>The frame that lasting digital silence has, [<see cref="Bins"/>].</summary>
    public int[] Silence()
    {
        FrontEnd frontEnd = FrontEnd.Create(Options);
        var frame = new int[Bins];
        ReadOnlySpan<short> zeros = new short[Options.WindowSamples + Options.HopSamples + frontEnd.TrailingZeros + BlockSamples];
        while (frontEnd.TryRead(ref zeros, frame))
        {
        }

        return frame;
    }

    private static int[] Take(List<int> features, int count)
    {
        int[] piece = CollectionsMarshal.AsSpan(features)[..count].ToArray();
        features.RemoveRange(0, count);
        return piece;
    }

    private static void Push(FrontEnd frontEnd, ReadOnlySpan<short> samples, int[] frame, List<int> features)
    {
        while (frontEnd.TryRead(ref samples, frame))
        {
            features.AddRange(frame);
        }
    }
}
