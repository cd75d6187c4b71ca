using System.Runtime.InteropServices;
using Edge.Detection;

namespace Edge.Hosting.Listening;

/// <summary>One model over one unbroken stretch of the stream: knows where the stretch began, so that its events get the stream's times.</summary>
/// <remarks>Used by one thread at a time; allocates nothing after construction.</remarks>
internal sealed class ModelStream
{
    private readonly long step; // in samples of the stream
    private readonly Scorer scorer;
    private readonly Detector detector;
    private readonly List<AudioEvent> told = new(capacity: 16);
    private TimeSpan origin;
    private bool used;

    /// <summary>Prepares a model for sound of a rate.</summary>
    /// <exception cref="ArgumentException">Sound of this rate cannot be brought to the model's.</exception>
    public ModelStream(LoadedModel loaded, int sampleRateHz)
    {
        Loaded = loaded;
        step = Math.Max(1, (long)loaded.Model.StepSamples * sampleRateHz / loaded.Model.SampleRateHz);
        scorer = new Scorer(loaded.Model, sampleRateHz);
        detector = loaded.Model.CreateDetector(loaded.Detection);
        Drift = new ScoreDrift(loaded.Model, loaded.Detection);
    }

    /// <summary>The model.</summary>
    public LoadedModel Loaded { get; }

    /// <summary>How its scores have shifted since its first hour.</summary>
    public ScoreDrift Drift { get; }

    /// <summary>Index of the sample it hears next, counted from the stream's first.</summary>
    public long Position { get; private set; }

    /// <summary>Forgets all sound and begins a new stretch, at a step that the model would have made had it always run: so its scores become the same.</summary>
    /// <param name="earliest">The first sample that it may hear.</param>
    /// <param name="past">The stream.</param>
    public void Begin(long earliest, PastSound past)
    {
        long position = Math.Min((earliest + step - 1) / step * step, past.End);
        if (used)
        {
            scorer.Reset();
            detector.Reset();
        }

        (Position, origin, used) = (position, past.TimeOf(position), true);
    }

    /// <summary>Hears up to a sample.</summary>
    /// <returns>What was heard, in times of the stream; valid until the next call.</returns>
    public ReadOnlySpan<AudioEvent> Advance(PastSound past, long end)
    {
        told.Clear();
        while (Position < end)
        {
            ReadOnlySpan<short> samples = past.Read(Position, end);
            Position += samples.Length;
            while (scorer.TryStep(ref samples))
            {
                Drift.Add(scorer.Scores);
                Keep(detector.Push(scorer));
            }
        }

        return CollectionsMarshal.AsSpan(told);
    }

    /// <summary>Ends the stretch: closes events that are under way.</summary>
    /// <returns>What was heard, in times of the stream; valid until the next call.</returns>
    public ReadOnlySpan<AudioEvent> Finish()
    {
        told.Clear();
        while (scorer.TryFinish())
        {
            Keep(detector.Push(scorer));
        }

        Keep(detector.Finish());
        return CollectionsMarshal.AsSpan(told);
    }

    private void Keep(ReadOnlySpan<AudioEvent> events)
    {
        foreach (AudioEvent heard in events)
        {
            told.Add(heard with { Start = heard.Start + origin, End = heard.End + origin, Model = Loaded.Options.DisplayName });
        }
    }
}
