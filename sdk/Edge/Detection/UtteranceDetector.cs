namespace Edge.Detection;

/// <summary>Gives each utterance one verdict: its label, or the values of a regression; exact integers decide.</summary>
/// <remarks>
/// <para>
/// An utterance begins with the first step that is not quiet and ends after <see cref="UtteranceOptions.SilenceMs"/> of quiet, at
/// <see cref="UtteranceOptions.MaximumMs"/>, or with the stream. A step is quiet where the mean square of its samples is below
/// <see cref="UtteranceOptions.QuietDb"/>; what lies between quiet steps less than that time apart belongs to the utterance.
/// </para>
/// <para>
/// A network that pools over time (operators running-mean and softmax-pool with their states) gives after every step the scores of all it has heard, so
/// it begins anew with each utterance, and while none is under way every <see cref="UtteranceOptions.LeadMs"/>; see <see cref="Scorer.BeginAnew"/>. Of all other
/// networks, windowed ones for instance, the mean of the scores since the utterance began counts. The verdict is that of the last step
/// that was not quiet: silence behind a word changes nothing.
/// </para>
/// <para>
/// Early decision: where the best score leads the second by <see cref="UtteranceOptions.Margin"/> for <see cref="UtteranceOptions.MarginSteps"/> steps in a row and
/// <see cref="UtteranceOptions.MinimumMs"/> have passed, the event is told at once and ends there; the rest of the utterance is passed over. Nothing is
/// allocated after construction, but for the values of a regression, once an utterance.
/// </para>
/// </remarks>
public sealed class UtteranceDetector : Detector
{
    private readonly UtteranceOptions options;
    private readonly string[] labels;
    private readonly string model;
    private readonly double scale;
    private readonly int zeroPoint;
    private readonly bool pools;
    private readonly long quietBelow; // mean square
    private readonly TimeSpan step;
    private readonly TimeSpan silence;
    private readonly TimeSpan minimum;
    private readonly TimeSpan maximum;
    private readonly TimeSpan lead;
    private readonly long[] sums; // of the scores of `count` steps
    private readonly long[] kept; // the same at the last step that was not quiet
    private int count;
    private int keptCount;
    private int leader; // label that leads by the margin
    private int hits; // steps for which it has
    private bool active;
    private bool heardAny; // a step has come
    private bool decided;
    private TimeSpan start; // of the utterance
    private TimeSpan lastLoud; // its end so far
    private TimeSpan anew; // when the network began anew

    /// <summary>Makes a detector for scores with real value <paramref name="scale"/> · (integer − <paramref name="zeroPoint"/>).</summary>
    /// <param name="options">Times, levels, and the rule of early decision.</param>
    /// <param name="labels">Names of the scores, in order.</param>
    /// <param name="scale">Real value of one step of a score; above 0.</param>
    /// <param name="zeroPoint">The score that means 0.</param>
    /// <param name="step">Time from one vector of scores to the next.</param>
    /// <param name="pools">Whether the network's scores are of all that it has heard since it began.</param>
    /// <param name="model">The model's name, for events.</param>
    /// <exception cref="ArgumentException">The options have faults; the message lists all of them.</exception>
    public UtteranceDetector(UtteranceOptions options, IReadOnlyList<string> labels, double scale, int zeroPoint, TimeSpan step, bool pools, string model = "")
        : base(labels.Count, capacity: 1)
    {
        if (options.Faults(labels.Count) is { Count: > 0 } faults)
        {
            throw new ArgumentException($"No detector can be made: {string.Join(" ", faults)}", nameof(options));
        }

        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(scale);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(step, TimeSpan.Zero);
        (this.options, this.scale, this.zeroPoint, this.step, this.pools, this.model) = (options, scale, zeroPoint, step, pools, model);
        this.labels = [.. labels];
        (sums, kept) = (new long[labels.Count], new long[labels.Count]);
        quietBelow = options.SilenceMs == 0 ? 0 : (long)Math.Ceiling(32_768.0 * 32_768 * Math.Pow(10, options.QuietDb / 10.0));
        (silence, minimum) = (TimeSpan.FromMilliseconds(options.SilenceMs), TimeSpan.FromMilliseconds(options.MinimumMs));
        (maximum, lead) = (TimeSpan.FromMilliseconds(options.MaximumMs), TimeSpan.FromMilliseconds(options.LeadMs));
        Reset();
    }

    internal UtteranceDetector(UtteranceOptions options, AudioModel model)
        : this(options, model.Labels, model.ScoreScale, model.ScoreZeroPoint, model.Step, model.PoolsOverTime, model.Name)
    {
    }

    /// <summary>The scores so far of the utterance under way, those of the last step that was not quiet; all 0 before the first.</summary>
    /// <param name="scores">Receives [labels].</param>
    public void CopyScores(Span<float> scores)
    {
        for (int i = 0; i < kept.Length; i++)
        {
            scores[i] = keptCount == 0 ? 0 : Real(kept[i]);
        }
    }

    /// <inheritdoc/>
    public override void Reset()
    {
        Clear();
        (active, heardAny, BeginsAnew) = (false, false, false);
        (lastLoud, anew) = (TimeSpan.Zero, TimeSpan.Zero);
    }

    private protected override void Take(ReadOnlySpan<sbyte> scores, ReadOnlySpan<sbyte> features, TimeSpan time)
    {
        TimeSpan now = time + Ahead;
        bool loud = MeanSquare >= quietBelow;
        if (loud && !active)
        {
            Clear();
            (active, start) = (true, heardAny ? now - step : TimeSpan.Zero);
        }

        heardAny = true;
        if (active)
        {
            Gather(scores, keep: loud || time <= lastLoud);
            lastLoud = loud ? now : lastLoud;
            Judge(now, loud);
        }
        else if (pools && now - anew >= lead)
        {
            Begin(now);
        }
    }

    private protected override void End()
    {
        if (active)
        {
            Close(lastLoud);
        }
    }

    /// <summary>Adds a step's scores to the utterance's, or where the network pools puts them in their place.</summary>
    private void Gather(ReadOnlySpan<sbyte> scores, bool keep)
    {
        count = pools ? 1 : count + 1;
        for (int i = 0; i < sums.Length; i++)
        {
            sums[i] = pools ? scores[i] : sums[i] + scores[i];
        }

        if (keep)
        {
            Keep();
        }
    }

    private void Keep()
    {
        sums.CopyTo(kept.AsSpan());
        keptCount = count;
    }

    private void Judge(TimeSpan now, bool loud)
    {
        if (!decided && options.Margin is { } margin && Leads(margin) && now - start >= minimum)
        {
            decided = true;
            Keep();
            TellVerdict(now);
        }

        if (now - start >= maximum || (!loud && now - lastLoud >= silence))
        {
            Close(now);
        }
    }

    /// <summary>Whether one label has led by the margin for enough steps, this one the last.</summary>
    private bool Leads(double margin)
    {
        (int best, long second) = (Best(sums), long.MinValue);
        for (int i = 0; i < sums.Length; i++)
        {
            second = i == best ? second : Math.Max(second, sums[i]);
        }

        // The slack keeps a margin that is a whole number of score steps from being lost to rounding.
        bool leads = sums[best] - second >= margin / scale * count - 1e-6;
        hits = leads && best == leader ? hits + 1 : leads ? 1 : 0;
        leader = best;
        return hits >= options.MarginSteps;
    }

    private void Close(TimeSpan now)
    {
        if (!decided && lastLoud - start >= minimum)
        {
            TellVerdict(lastLoud);
        }

        active = false;
        Begin(now);
    }

    private void TellVerdict(TimeSpan end)
    {
        if (keptCount == 0)
        {
            return; // a network that looks ahead has told of nothing yet
        }

        if (options.Regression)
        {
            Tell(new AudioEvent(options.Label, start, end, 0, model) { Values = Values() });
            return;
        }

        int best = Best(kept);
        float score = Math.Clamp(Real(kept[best]), 0, 1);
        if (score >= options.Threshold)
        {
            Tell(new AudioEvent(labels[best], start, end, score, model) { MeanScore = score });
        }
    }

    private KeyValuePair<string, float>[] Values()
    {
        var values = new KeyValuePair<string, float>[labels.Length];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = new(labels[i], Real(kept[i]));
        }

        return values;
    }

    private float Real(long sum) => (float)(scale * ((double)sum / keptCount - zeroPoint));

    /// <summary>What follows belongs to another utterance.</summary>
    private void Begin(TimeSpan now)
    {
        Clear();
        (anew, BeginsAnew) = (now, pools);
    }

    private void Clear()
    {
        sums.AsSpan().Clear();
        kept.AsSpan().Clear();
        (count, keptCount, hits, leader, decided) = (0, 0, 0, 0, false);
    }

    private static int Best(long[] sums)
    {
        int best = 0;
        for (int i = 1; i < sums.Length; i++)
        {
            best = sums[i] > sums[best] ? i : best;
        }

        return best;
    }
}
