using System.Diagnostics;
using Edge.Audio;
using Edge.Detection;

namespace Edge.Cli;

/// <summary>Passes sources through every model, one source after the other, and writes what the models hear.</summary>
/// <param name="models">At least one.</param>
/// <param name="detection">Changes to the models' own settings.</param>
/// <param name="results">Receives events, in order of time for each model.</param>
internal sealed class Hearing(IReadOnlyList<AudioModel> models, DetectionArguments detection, ResultWriter results)
{
    private const int BlockMs = 20;

    private readonly (AudioModel Model, DetectorOptions Detection)[] hearers = [.. models.Select(model => (model, detection.For(model)))];
    private (Scorer Scorer, Detector Detector)[] streams = [];
    private int rateHz;

    /// <summary>Whether the scores of every step are written too.</summary>
    public bool WithScores { get; init; }

    /// <summary>Whether a source is heard no faster than it would sound.</summary>
    public bool RealTime { get; init; }

    /// <summary>Hears a source to its end and disposes it.</summary>
    /// <param name="source">The source.</param>
    /// <param name="channel">The channel to hear; null for the mean.</param>
    /// <param name="progress">Told after each block how many frames have been heard.</param>
    /// <exception cref="AudioFormatException">The source has no such channel, or is no sound.</exception>
    /// <exception cref="OutputException">The results cannot be written.</exception>
    public void Hear(IAudioSource source, int? channel, Action<long>? progress = null)
    {
        if (channel >= source.Channels)
        {
            using IAudioSource refused = source;
            throw new AudioFormatException($"{source.Name}: the sound has no channel {channel}; expected --channel 0 to {source.Channels - 1}, or none for the mean.");
        }

        using MonoSource mono = new(source, source.SampleRateHz, channel);
        Prepare(mono.SampleRateHz);
        short[] block = new short[mono.SampleRateHz * BlockMs / 1000];
        var clock = Stopwatch.StartNew();
        for (int count; (count = mono.Read(block)) > 0;)
        {
            Push(mono.Name, block.AsSpan(0, count));
            progress?.Invoke(mono.SamplesRead);
            TimeSpan ahead = mono.TimeOf(mono.SamplesRead) - clock.Elapsed;
            if (RealTime && ahead > TimeSpan.Zero)
            {
                Thread.Sleep(ahead);
            }
        }

        foreach ((Scorer scorer, Detector detector) in streams)
        {
            while (scorer.TryFinish())
            {
                Report(mono.Name, scorer, detector);
            }

            Tell(mono.Name, detector, detector.Finish());
        }

        results.Flush();
    }

    /// <summary>Tables and packed weights are made anew only where the rate changes.</summary>
    private void Prepare(int sampleRateHz)
    {
        if (sampleRateHz != rateHz)
        {
            rateHz = sampleRateHz;
            streams = [.. hearers.Select(one => (new Scorer(one.Model, sampleRateHz), one.Model.CreateDetector(one.Detection)))];
            return;
        }

        foreach ((Scorer scorer, Detector detector) in streams)
        {
            scorer.Reset();
            detector.Reset();
        }
    }

    private void Push(string name, ReadOnlySpan<short> block)
    {
        foreach ((Scorer scorer, Detector detector) in streams)
        {
            ReadOnlySpan<short> samples = block;
            while (scorer.TryStep(ref samples))
            {
                Report(name, scorer, detector);
            }
        }

        if (!WithScores)
        {
            results.Flush();
        }
    }

    private void Report(string name, Scorer scorer, Detector detector)
    {
        if (WithScores)
        {
            results.Scores(name, scorer);
        }

        Tell(name, detector, detector.Push(scorer.Scores, scorer.Time));
    }
    private void Tell(string name, Detector detector, ReadOnlySpan<AudioEvent> events)
    {
        foreach (AudioEvent heard in events)
        {
            results.Heard(name, heard, detector is SoundEventDetector);
        }
    }
}
