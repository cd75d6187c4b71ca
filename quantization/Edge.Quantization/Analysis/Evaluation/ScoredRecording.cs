using Edge.Audio;
using Edge.Detection;

namespace Edge.Quantization.Analysis.Evaluation;

/// <summary>A recording passed through a model as the device would, in one go and from its first sample to its last.</summary>
internal static class ScoredRecording
{
    private const int BlockMs = 20;

    /// <summary>Hears a recording to its end.</summary>
    /// <param name="path">The sound file.</param>
    /// <param name="channel">The channel to hear; null for the mean.</param>
    /// <param name="tailMs">Silence that follows.</param>
    /// <param name="prepare">Gives a fresh scorer for sound of a rate in Hz.</param>
    /// <param name="stepped">Called after each step.</param>
    /// <returns>The recording's length, without the silence.</returns>
    /// <exception cref="AudioFormatException">The file is no sound, or has no such channel.</exception>
    public static TimeSpan Hear(string path, int? channel, int tailMs, Func<int, Scorer> prepare, Action<Scorer> stepped)
    {
        using IAudioSource source = AudioFile.Open(path);
        if (channel >= source.Channels)
        {
            throw new AudioFormatException($"{path}: the sound has {source.Channels} channel(s), numbered from 0; expected a channel {channel}.");
        }

        using MonoSource mono = new(source, source.SampleRateHz, channel);
        Scorer scorer = prepare(mono.SampleRateHz);
        short[] block = new short[mono.SampleRateHz * BlockMs / 1000];
        for (int count; (count = mono.Read(block)) > 0;)
        {
            Push(scorer, block.AsSpan(0, count), stepped);
        }

        Push(scorer, new short[(int)((long)mono.SampleRateHz * tailMs / 1000)], stepped);
        while (scorer.TryFinish())
        {
            stepped(scorer);
        }

        return mono.TimeOf(mono.SamplesRead);
    }

    private static void Push(Scorer scorer, ReadOnlySpan<short> samples, Action<Scorer> stepped)
    {
        while (scorer.TryStep(ref samples))
        {
            stepped(scorer);
        }
    }
}
