using Edge.Audio;
using Edge.Cli;
using Edge.Features;

namespace Edge.Quantization.Cli;

/// <summary>Features of whole recordings, as the device computes them.</summary>
/// <param name="options">The front end.</param>
/// <param name="channel">The channel to hear, from 0; null for the mean of all.</param>
internal sealed class FeatureExtractor(FrontEndOptions options, int? channel)
{
    private const int BlockSamples = 4096;

    /// <summary>Features in a frame.</summary>
    public int Bins { get; } = FrontEnd.Create(options).Bins;

    /// <summary>Fractional bits of a feature: its real value is the integer / 2^this.</summary>
    public int FractionBits { get; } = FrontEnd.Create(options).FractionBits;

    /// <summary>All frames of a recording, [frames, <see cref="Bins"/>].</summary>
    /// <exception cref="AudioFormatException">The file is not sound, or has no such channel.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public List<int> Extract(string path)
    {
        using IAudioSource source = AudioFile.Open(path);
        if (channel >= source.Channels)
        {
            throw new AudioFormatException($"{path}: the sound has {source.Channels} channel(s), numbered from 0; expected a channel {channel}.");
        }

        using var mono = new MonoSource(source, options.SampleRateHz, channel);
        FrontEnd frontEnd = FrontEnd.Create(options);
        var features = new List<int>();
        var frame = new int[Bins];
        var block = new short[BlockSamples];
        for (int read = mono.Read(block); read > 0; read = mono.Read(block))
        {
            Push(frontEnd, block.AsSpan(0, read), frame, features);
        }

        Push(frontEnd, new short[frontEnd.TrailingZeros], frame, features);
        return features;
    }

    /// <summary>The features as 16-bit numbers.</summary>
    /// <exception cref="UsageException">One does not fit.</exception>
    public static short[] ToInt16(List<int> features, string path)
    {
        var narrow = new short[features.Count];
        for (int i = 0; i < narrow.Length; i++)
        {
            narrow[i] = features[i] is >= short.MinValue and <= short.MaxValue ? (short)features[i] : throw new UsageException(
                $"{path}: a feature is {features[i]}, which does not fit in 16 bits; use --type int32.");
        }

        return narrow;
    }

    private static void Push(FrontEnd frontEnd, ReadOnlySpan<short> samples, int[] frame, List<int> features)
    {
        while (frontEnd.TryRead(ref samples, frame))
        {
            features.AddRange(frame);
        }
    }
}
