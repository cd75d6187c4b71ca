namespace Edge.Detection;

/// <summary>Keywords in sound that the caller brings along: for programs with an audio loop of their own. <see cref="Listener"/> is for the others.</summary>
/// <remarks>One stream through one model; not thread-safe. <see cref="Push"/> allocates nothing.</remarks>
public sealed class KeywordSpotter
{
    private readonly Scorer scorer;
    private readonly KeywordDetector detector;
    private AudioEvent[] heard = new AudioEvent[16]; // grows where one push brings more
    private int count;

    /// <summary>Prepares one stream.</summary>
    /// <param name="model">Must live as long as this spotter.</param>
    /// <param name="sampleRateHz">Rate of the sound that will be pushed, 8,000 to 192,000; null for the model's own.</param>
    /// <exception cref="ArgumentOutOfRangeException">Sound of this rate cannot be brought to the model's.</exception>
    public KeywordSpotter(AudioModel model, int? sampleRateHz = null)
    {
        scorer = new Scorer(model, sampleRateHz);
        detector = model.CreateDetector();
    }

    /// <summary>Hears samples.</summary>
    /// <param name="samples">Mono PCM, the stream's next samples, as many as there are.</param>
    /// <returns>What was heard in them, in order of time; valid until the next call.</returns>
    public ReadOnlySpan<AudioEvent> Push(ReadOnlySpan<short> samples)
    {
        count = 0;
        while (scorer.TryStep(ref samples))
        {
            Detect();
        }

        return heard.AsSpan(0, count);
    }

    /// <summary>Ends the stream: hears what a change of rate still held back. Push nothing more before <see cref="Reset"/>.</summary>
    /// <returns>What was heard, in order of time; valid until the next call.</returns>
    public ReadOnlySpan<AudioEvent> Finish()
    {
        count = 0;
        while (scorer.TryFinish())
        {
            Detect();
        }

        return heard.AsSpan(0, count);
    }

    /// <summary>Forgets all sound heard so far.</summary>
    public void Reset()
    {
        scorer.Reset();
        detector.Reset();
    }

    private void Detect()
    {
        if (!detector.Push(scorer.Scores, scorer.Time, out AudioEvent found))
        {
            return;
        }

        if (count == heard.Length)
        {
            Array.Resize(ref heard, 2 * count);
        }

        heard[count++] = found;
    }
}
