using System.Diagnostics;
using Edge.Audio;
using Edge.Detection;

namespace Edge.Cli;

/// <summary>Passes sources through every model, one source after the other, and writes what the models hear.</summary>
/// <param name="models">At least one.</param>
/// <param name="detection">Changes to the models' own settings.</param>
/// <param name="results">Receives events, for each model in the order in which they become certain.</param>
/// <exception cref="UsageException">A change does not suit a model.</exception>
internal sealed class Hearing(IReadOnlyList<AudioModel> models, DetectionArguments detection, ResultWriter results)
{
    private const int BlockMs = 20;
    private const int PatienceMs = 1_000; // for whoever reads the results

    private const int Waiting = 0; // for sound, or not begun
    private const int Working = 1;
    private const int Ended = 2; // by another thread, which has the detectors and the results now

    private readonly (AudioModel Model, DetectorOptions Detection)[] hearers = Array.ConvertAll([.. models], (AudioModel model) => (model, detection.For(model)));
    private (Scorer Scorer, Detector Detector)[] streams = [];
    private string name = "";
    private int rateHz;
    private ICaptureSource? live; // the source under way, where it is one
    private int state = Waiting;

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
        if (!TryWork())
        {
            return;
        }

        name = mono.Name;
        live = source as ICaptureSource;
        Prepare(mono.SampleRateHz);
        short[] block = new short[mono.SampleRateHz * BlockMs / 1000];
        var clock = Stopwatch.StartNew();
        while (true)
        {
            Volatile.Write(ref state, Waiting);
            int count = mono.Read(block);
            if (!TryWork())
            {
                return;
            }

            if (count == 0)
            {
                break;
            }

            Push(block.AsSpan(0, count));
            progress?.Invoke(mono.SamplesRead);
            if (RealTime && !TryPace(mono.TimeOf(mono.SamplesRead) - clock.Elapsed))
            {
                return;
            }
        }

        Finish();
        Volatile.Write(ref state, Waiting);
    }

    /// <summary>Ends hearing from another thread: events under way are closed and written, where hearing waits for sound or soon does.</summary>
    /// <param name="work">What hears.</param>
    public void End(Task work)
    {
        var clock = Stopwatch.StartNew();
        while (!work.IsCompleted && clock.ElapsedMilliseconds < PatienceMs)
        {
            if (Interlocked.CompareExchange(ref state, Ended, Waiting) == Waiting)
            {
                Finish();
                return;
            }

            Thread.Sleep(1);
        }
    }

    private bool TryWork() => Interlocked.CompareExchange(ref state, Working, Waiting) == Waiting;

    /// <summary>Waits until the sound would have sounded; false where hearing was ended meanwhile.</summary>
    private bool TryPace(TimeSpan ahead)
    {
        if (ahead <= TimeSpan.Zero)
        {
            return true;
        }

        Volatile.Write(ref state, Waiting);
        Thread.Sleep(ahead);
        return TryWork();
    }

    /// <summary>Tables and packed weights are made anew only where the rate changes.</summary>
    private void Prepare(int sampleRateHz)
    {
        if (sampleRateHz != rateHz)
        {
            rateHz = sampleRateHz;
            streams = Array.ConvertAll(hearers, one => (new Scorer(one.Model, sampleRateHz), one.Model.CreateDetector(one.Detection)));
            return;
        }

        foreach ((Scorer scorer, Detector detector) in streams)
        {
            scorer.Reset();
            detector.Reset();
        }
    }

    private void Push(ReadOnlySpan<short> block)
    {
        foreach ((Scorer scorer, Detector detector) in streams)
        {
            ReadOnlySpan<short> samples = block;
            while (scorer.TryStep(ref samples))
            {
                Report(scorer, detector);
            }
        }

        if (!WithScores)
        {
            results.Flush();
        }
    }

    private void Finish()
    {
        foreach ((Scorer scorer, Detector detector) in streams)
        {
            while (scorer.TryFinish())
            {
                Report(scorer, detector);
            }

            Tell(detector, detector.Finish());
        }

        results.Flush();
    }

    private void Report(Scorer scorer, Detector detector)
    {
        ReadOnlySpan<AudioEvent> events = detector.Push(scorer);
        if (detector is FeatureDetector)
        {
            results.Features(name, scorer);
        }
        else if (WithScores)
        {
            results.Scores(name, scorer, detector);
        }

        Tell(detector, events);
    }

    private TimeSpan SkippedBefore(TimeSpan time) => live?.SkippedBefore(time) ?? TimeSpan.Zero;

    private void Tell(Detector detector, ReadOnlySpan<AudioEvent> events)
    {
        foreach (AudioEvent found in events)
        {
            AudioEvent heard = found with { Start = found.Start + SkippedBefore(found.Start), End = found.End + SkippedBefore(found.End) };
            results.Heard(name, heard, detector is not (KeywordDetector or UtteranceDetector));
        }
    }
}
