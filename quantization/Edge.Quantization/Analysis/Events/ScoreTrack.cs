using Edge.Detection;
using Edge.Quantization.Analysis.Evaluation;

namespace Edge.Quantization.Analysis.Events;

/// <summary>The scores of a detector's classes over a whole recording, so that detectors of other settings run over them without the network.</summary>
public sealed class ScoreTrack
{
    private readonly AudioModel model;
    private readonly List<TimeSpan> times = [];
    private readonly List<sbyte> scores = []; // [steps, classes]

    private ScoreTrack(EventRecording recording, AudioModel model, IReadOnlyList<SoundClass> classes) => (Recording, this.model, Classes) = (recording, model, classes);

    /// <summary>What was heard, and what is known to be in it.</summary>
    public EventRecording Recording { get; }

    /// <summary>Length of the recording, in seconds.</summary>
    public double Seconds { get; private set; }

    /// <summary>The classes, each the largest of some of the network's scores.</summary>
    public IReadOnlyList<SoundClass> Classes { get; }

    /// <summary>Hears recordings.</summary>
    /// <param name="model">A model that hears sound events.</param>
    /// <param name="classes">The classes to keep scores of.</param>
    /// <param name="recordings">What is heard, each from a cold start.</param>
    /// <param name="channel">The channel to hear, from 0; null for the mean of all.</param>
    /// <param name="heard">Called after each recording, from several threads.</param>
    /// <param name="cancellationToken">Stops between two recordings.</param>
    /// <exception cref="InvalidDataException">A file is no sound, or has no such channel.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static IReadOnlyList<ScoreTrack> Hear(
        AudioModel model, IReadOnlyList<SoundClass> classes, IReadOnlyList<EventRecording> recordings, int? channel = null, Action? heard = null, CancellationToken cancellationToken = default)
    {
        var tracks = new ScoreTrack[recordings.Count];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellationToken };
        try
        {
            Parallel.For(0, tracks.Length, parallel, i =>
            {
                var track = new ScoreTrack(recordings[i], model, classes);
                track.Seconds = ScoredRecording.Hear(recordings[i].Path, channel, 0, rateHz => new Scorer(model, rateHz), track.Keep).TotalSeconds;
                tracks[i] = track;
                heard?.Invoke();
            });
        }
        catch (AggregateException errors)
        {
            throw errors.Flatten().InnerExceptions[0];
        }

        return tracks;
    }

    /// <summary>What a detector of given settings makes of the scores: what the device tells of the recording.</summary>
    /// <param name="options">Settings; their classes are some of <see cref="Classes"/>, by name.</param>
    /// <returns>The events in the order in which they were told.</returns>
    public List<SoundEvent> Detect(SoundEventOptions options)
    {
        int[] columns = [.. options.Classes.Select(one => Column(one.Name))];
        SoundClass[] own = [.. options.Classes.Select((one, i) => one with { Labels = [i] })];
        var detector = new SoundEventDetector(
            options with { Classes = own, Onsets = false }, [.. own.Select(one => one.Name)], model.ScoreScale, model.ScoreZeroPoint, model.Step, model.Window);
        var events = new List<SoundEvent>();
        Span<sbyte> row = stackalloc sbyte[columns.Length];
        for (int step = 0; step < times.Count; step++)
        {
            for (int i = 0; i < columns.Length; i++)
            {
                row[i] = scores[(step * Classes.Count) + columns[i]];
            }

            Add(events, detector.Push(row, times[step]));
        }

        Add(events, detector.Finish());
        return events;
    }

    private int Column(string name)
    {
        for (int i = 0; i < Classes.Count; i++)
        {
            if (Classes[i].Name == name)
            {
                return i;
            }
        }

        throw new ArgumentException($"There is no class '{name}'; the scores are of {string.Join(", ", Classes.Select(one => one.Name))}.");
    }

    private void Keep(Scorer scorer)
    {
        times.Add(scorer.Time);
        foreach (SoundClass one in Classes)
        {
            scores.Add(one.ScoreOf(scorer.Scores));
        }
    }

    private static void Add(List<SoundEvent> events, ReadOnlySpan<AudioEvent> told)
    {
        foreach (AudioEvent one in told)
        {
            events.Add(new SoundEvent(one.Label, one.Start.TotalSeconds, one.End.TotalSeconds));
        }
    }
}
