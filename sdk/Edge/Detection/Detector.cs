namespace Edge.Detection;

/// <summary>Turns the scores of one stream into events, step by step; made by <see cref="AudioModel.CreateDetector"/>.</summary>
/// <remarks>Not thread-safe. Nothing is allocated after construction.</remarks>
public abstract class Detector
{
    private readonly int labels;
    private readonly AudioEvent[] told;
    private int count;

    /// <param name="labels">Scores of a step, or values of the network's output.</param>
    /// <param name="capacity">Events that one call can bring at most.</param>
    private protected Detector(int labels, int capacity)
    {
        this.labels = labels;
        told = new AudioEvent[capacity];
    }

    /// <summary>Takes the scores of one step.</summary>
    /// <param name="scores">[labels].</param>
    /// <param name="time">End of the sound that they tell of, counted from the first sample; grows from step to step.</param>
    /// <param name="features">What the network took, <see cref="Scorer.Features"/>; only an <see cref="AnomalyDetector"/> needs it.</param>
    /// <returns>The events that became certain by it; valid until the next call.</returns>
    /// <exception cref="ArgumentException"><paramref name="scores"/> or <paramref name="features"/> have another length.</exception>
    public ReadOnlySpan<AudioEvent> Push(ReadOnlySpan<sbyte> scores, TimeSpan time, ReadOnlySpan<sbyte> features = default)
    {
        if (scores.Length != labels)
        {
            throw new ArgumentException($"{scores.Length} scores were pushed; expected one for each of {labels} labels.", nameof(scores));
        }

        count = 0;
        Take(scores, features, time);
        return told.AsSpan(0, count);
    }

    /// <summary>Takes the last step of a scorer; where what follows belongs to another utterance, its network begins anew.</summary>
    /// <param name="scorer">The stream's scorer, of the model that this detector was made for.</param>
    /// <returns>The events that became certain by it; valid until the next call.</returns>
    public ReadOnlySpan<AudioEvent> Push(Scorer scorer)
    {
        (MeanSquare, Ahead) = (scorer.MeanSquare, scorer.Model.Delay);
        ReadOnlySpan<AudioEvent> heard = Push(scorer.Scores, scorer.Time, scorer.Features);
        if (BeginsAnew)
        {
            BeginsAnew = false;
            scorer.BeginAnew();
        }

        return heard;
    }

    /// <summary>Ends the stream: closes events that are under way. Push nothing more before <see cref="Reset"/>.</summary>
    /// <returns>What was still to be told; valid until the next call.</returns>
    public ReadOnlySpan<AudioEvent> Finish()
    {
        count = 0;
        End();
        return told.AsSpan(0, count);
    }

    /// <summary>Forgets all scores and events so far.</summary>
    public abstract void Reset();

    /// <summary>Whole steps nearest to a time, one at the least.</summary>
    internal static int StepsIn(int milliseconds, TimeSpan step) => (int)Math.Clamp(Math.Round(milliseconds / step.TotalMilliseconds), 1, int.MaxValue);

    /// <summary>The smallest sum of integer scores over <paramref name="steps"/> steps whose mean has a real value of at least <paramref name="threshold"/>.</summary>
    internal static int SmallestSum(double threshold, double scale, int zeroPoint, int steps)
    {
        // scale·(sum/steps - zeroPoint) >= threshold; the margin keeps a threshold that is a whole sum from being lost to rounding.
        double sum = steps * ((threshold / scale) + zeroPoint);
        return (int)Math.Ceiling(Math.Min(sum - 1e-6, int.MaxValue));
    }

    /// <summary>Mean square of the newest sound's samples; the largest number where nobody says.</summary>
    private protected long MeanSquare { get; private set; } = long.MaxValue;

    /// <summary>Time by which that sound is ahead of what the scores tell of.</summary>
    private protected TimeSpan Ahead { get; private set; }

    /// <summary>Whether the network is to forget what it has heard: set by detectors of networks that pool over time.</summary>
    private protected bool BeginsAnew { get; set; }

    /// <summary>The scores of one step, as many as there are labels, and the features they were made from.</summary>
    private protected abstract void Take(ReadOnlySpan<sbyte> scores, ReadOnlySpan<sbyte> features, TimeSpan time);

    /// <summary>The stream has ended.</summary>
    private protected virtual void End()
    {
    }

    /// <summary>Hands an event to the caller.</summary>
    private protected void Tell(in AudioEvent heard) => told[count++] = heard;
}
