namespace Edge.Detection;

/// <summary>Spots events, keywords or any others, in sound that the caller brings along: for programs with an audio loop of their own. <see cref="Listener"/> is for the others.</summary>
/// <remarks>One stream through one model; not thread-safe. <see cref="Push"/> allocates nothing.</remarks>
public sealed class Spotter
{
    private readonly Scorer scorer;
    private readonly Detector detector;
    private AudioEvent[] heard = new AudioEvent[16]; // grows where one push brings more
    private int count;

    /// <summary>Prepares one stream.</summary>
    /// <param name="model">Must live as long as this spotter.</param>
    /// <param name="sampleRateHz">Rate of the sound that will be pushed, 8,000 to 192,000; null for the model's own.</param>
    /// <param name="detection">Other settings than the model's; null for those.</param>
    /// <exception cref="ArgumentOutOfRangeException">Sound of this rate cannot be brought to the model's.</exception>
    /// <exception cref="ArgumentException">The settings have faults; the message lists all of them.</exception>
    public Spotter(AudioModel model, int? sampleRateHz = null, DetectorOptions? detection = null)
    {
        scorer = new Scorer(model, sampleRateHz);
        detector = model.CreateDetector(detection);
    }

    /// <summary>Hears samples.</summary>
    /// <param name="samples">Mono PCM, the stream's next samples, as many as there are.</param>
    /// <returns>The events that became certain by them, in that order; valid until the next call.</returns>
    public ReadOnlySpan<AudioEvent> Push(ReadOnlySpan<short> samples)
    {
        count = 0;
        while (scorer.TryStep(ref samples))
        {
            Keep(detector.Push(scorer));
        }

        return heard.AsSpan(0, count);
    }

    /// <summary>Ends the stream: hears what a change of rate still held back and closes events that are under way. Push nothing more before <see cref="Reset"/>.</summary>
    /// <returns>What was heard; valid until the next call.</returns>
    public ReadOnlySpan<AudioEvent> Finish()
    {
        count = 0;
        while (scorer.TryFinish())
        {
            Keep(detector.Push(scorer));
        }

        Keep(detector.Finish());
        return heard.AsSpan(0, count);
    }

    /// <summary>Forgets all sound heard so far.</summary>
    public void Reset()
    {
        scorer.Reset();
        detector.Reset();
    }

    private void Keep(ReadOnlySpan<AudioEvent> found)
    {
        if (count + found.Length > heard.Length)
        {
            Array.Resize(ref heard, Math.Max(2 * heard.Length, count + found.Length));
        }

        found.CopyTo(heard.AsSpan(count));
        count += found.Length;
    }
}
