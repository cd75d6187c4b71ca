namespace Edge.Detection;

/// <summary>Turns a keyword network's scores into events, one at a time; exact integers, nothing allocated after construction.</summary>
/// <remarks>
/// At every step the newest scores enter a moving average. A word is a candidate once its average has reached its threshold at
/// <see cref="KeywordOptions.ConsecutiveHits"/> steps in a row; the best candidate wins, the first in label order where two are
/// equal. An event uses up the scores it was made from: the average starts anew, so another word that follows at once is heard as
/// soon as its own scores fill the window, and what was heard as one word is not heard as another too. The word that fired stays
/// mute for <see cref="KeywordOptions.RefractoryMs"/> and then until its average has been below the threshold: scores that linger
/// are the same utterance. A mute word still competes; where it is best, nothing fires.
/// </remarks>
public sealed class KeywordDetector : Detector
{
    private readonly KeywordOptions options;
    private readonly string[] labels;
    private readonly string model;
    private readonly double scale;
    private readonly int zeroPoint;
    private readonly int[] thresholds; // smallest sum over the window that counts as heard
    private readonly sbyte[] window; // [steps, labels], a ring of rows
    private readonly int[] sums; // over the window
    private readonly int[] hits;
    private readonly TimeSpan[] muteUntil;
    private readonly bool[] mute;
    private readonly TimeSpan warmUp;
    private readonly TimeSpan refractory;
    private readonly TimeSpan word;
    private int row; // where the next scores go
    private int filled; // rows in the window

    /// <summary>Makes a detector for scores with real value <paramref name="scale"/> · (integer − <paramref name="zeroPoint"/>).</summary>
    /// <param name="options">Thresholds and times.</param>
    /// <param name="labels">Names of the scores, in order.</param>
    /// <param name="scale">Real value of one step of a score; above 0.</param>
    /// <param name="zeroPoint">The score that means 0.</param>
    /// <param name="step">Time from one vector of scores to the next.</param>
    /// <param name="model">The model's name, for events.</param>
    /// <exception cref="ArgumentException">The options have faults; the message lists all of them.</exception>
    public KeywordDetector(KeywordOptions options, IReadOnlyList<string> labels, double scale, int zeroPoint, TimeSpan step, string model = "")
        : base(labels.Count, capacity: 1)
    {
        IReadOnlyList<string> faults = options.Faults(labels.Count);
        if (faults.Count > 0)
        {
            throw new ArgumentException($"No detector can be made: {string.Join(" ", faults)}", nameof(options));
        }

        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(scale);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(step, TimeSpan.Zero);
        (this.options, this.scale, this.zeroPoint, this.model) = (options, scale, zeroPoint, model);
        this.labels = [.. labels];
        SmoothingSteps = StepsIn(options.SmoothingMs, step);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(SmoothingSteps, DetectorOptions.MaxSmoothingSteps);
        window = new sbyte[SmoothingSteps * labels.Count];
        sums = new int[labels.Count];
        hits = new int[labels.Count];
        muteUntil = new TimeSpan[labels.Count];
        mute = new bool[labels.Count];
        thresholds = Thresholds();
        warmUp = TimeSpan.FromMilliseconds(options.WarmUpMs);
        refractory = TimeSpan.FromMilliseconds(options.RefractoryMs);
        word = TimeSpan.FromMilliseconds(options.WordMs);
    }

    /// <summary>Steps that the moving average spans.</summary>
    public int SmoothingSteps { get; }

    /// <inheritdoc/>
    public override void Reset()
    {
        mute.AsSpan().Clear();
        StartAnew();
    }

    private protected override void Take(ReadOnlySpan<sbyte> scores, ReadOnlySpan<sbyte> features, TimeSpan time)
    {
        if (time < warmUp)
        {
            return;
        }

        Average(scores);
        if (filled < SmoothingSteps)
        {
            return;
        }

        int best = Best(time);
        if (best < 0 || mute[best])
        {
            return;
        }

        float score = (float)Math.Clamp(scale * (((double)sums[best] / SmoothingSteps) - zeroPoint), 0, 1);
        TimeSpan start = time > word ? time - word : TimeSpan.Zero;
        Tell(new AudioEvent(labels[best], start, time, score, model) { MeanScore = score });
        mute[best] = true;
        muteUntil[best] = time + refractory;
        StartAnew();
    }

    private void Average(ReadOnlySpan<sbyte> scores)
    {
        Span<sbyte> oldest = window.AsSpan(row * sums.Length, sums.Length);
        for (int i = 0; i < sums.Length; i++)
        {
            sums[i] += scores[i] - oldest[i];
        }

        scores.CopyTo(oldest);
        row = row + 1 == SmoothingSteps ? 0 : row + 1;
        filled = Math.Min(filled + 1, SmoothingSteps);
    }

    /// <summary>The candidate with the highest average, or -1; ends the muteness of words that are due.</summary>
    private int Best(TimeSpan time)
    {
        int best = -1;
        for (int i = 0; i < sums.Length; i++)
        {
            if (sums[i] < thresholds[i])
            {
                hits[i] = 0;
                mute[i] &= time < muteUntil[i];
            }
            else if (++hits[i] >= options.ConsecutiveHits && (best < 0 || sums[i] > sums[best]))
            {
                best = i;
            }
        }

        return best;
    }

    private void StartAnew()
    {
        window.AsSpan().Clear();
        sums.AsSpan().Clear();
        hits.AsSpan().Clear();
        row = 0;
        filled = 0;
    }

    private int[] Thresholds()
    {
        int[] result = new int[labels.Length];
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = options.Background.Contains(i) ? int.MaxValue : SmallestSum(options.Thresholds[i], scale, zeroPoint, SmoothingSteps);
        }

        return result;
    }
}
