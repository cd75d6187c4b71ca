namespace Edge.Detection;

/// <summary>Turns the reconstruction errors of a network into events: something is heard that the network was not trained on.</summary>
/// <remarks>
/// At every step the mean squared error between input and output enters a moving average. An event lasts from the first step at
/// which the average has reached <see cref="AnomalyOptions.Threshold"/> to the last; one that goes on for
/// <see cref="AnomalyOptions.MaximumMs"/> is told and goes on as another. An error tells of the window before it and an average of
/// many windows, so start and end are half of both earlier than the steps. Score and mean score are e/(e + threshold) of the highest
/// and of the mean smoothed error e: 0.5 at the threshold, towards 1 far above. Exact integers decide; nothing is allocated after construction.
/// </remarks>
public sealed class AnomalyDetector : Detector
{
    private const int EventsAtMost = 2; // one that is cut, and the onset of the next

    private readonly AnomalyOptions options;
    private readonly ReconstructionError measure;
    private readonly string model;
    private readonly long[] errors; // a ring over steps
    private readonly double threshold; // as a sum over the ring
    private readonly long smallestSum; // that reaches it
    private readonly TimeSpan delay;
    private readonly TimeSpan warmUp;
    private readonly TimeSpan maximum;
    private readonly TimeSpan refractory;
    private int row; // where the next error goes
    private int filled;
    private long sum;
    private TimeSpan now;
    private bool active;
    private TimeSpan firstStep; // of the event under way
    private TimeSpan start;
    private TimeSpan lastEnd;
    private TimeSpan muteUntil;
    private long peak; // highest sum of the event
    private double total; // of its sums
    private long steps;

    /// <summary>Makes a detector.</summary>
    /// <param name="options">Threshold and times.</param>
    /// <param name="measure">The error between input and output.</param>
    /// <param name="step">Time from one output to the next.</param>
    /// <param name="window">Sound that one output tells of.</param>
    /// <param name="model">The model's name, for events.</param>
    /// <exception cref="ArgumentException">The options have faults; the message lists all of them.</exception>
    internal AnomalyDetector(AnomalyOptions options, ReconstructionError measure, TimeSpan step, TimeSpan window, string model = "")
        : base(measure.Values, EventsAtMost)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(step, TimeSpan.Zero);
        if ((string[])[.. options.Faults(0), .. options.Faults(0, step)] is { Length: > 0 } faults)
        {
            throw new ArgumentException($"No detector can be made: {string.Join(" ", faults)}", nameof(options));
        }

        (this.options, this.measure, this.model) = (options, measure, model);
        errors = new long[StepsIn(options.SmoothingMs, step)];
        threshold = options.Threshold / measure.Unit * errors.Length;
        smallestSum = (long)Math.Ceiling(Math.Clamp(threshold, 1, long.MaxValue / 2));
        delay = (window + step + (errors.Length - 1) * step) / 2;
        warmUp = options.WarmUpMs is { } trusted ? TimeSpan.FromMilliseconds(trusted) : window;
        maximum = TimeSpan.FromMilliseconds(options.MaximumMs);
        refractory = TimeSpan.FromMilliseconds(options.RefractoryMs);
    }

    /// <summary>Mean squared error of the last step, in squared real units of the network's input.</summary>
    public double Error { get; private set; }

    /// <inheritdoc/>
    public override void Reset()
    {
        errors.AsSpan().Clear();
        (row, filled, sum, active, Error) = (0, 0, 0, false, 0);
        (now, lastEnd, muteUntil) = (TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero);
    }

    private protected override void Take(ReadOnlySpan<sbyte> scores, ReadOnlySpan<sbyte> features, TimeSpan time)
    {
        if (features.Length != scores.Length)
        {
            throw new ArgumentException($"{features.Length} features were pushed with {scores.Length} values of the network's output; expected as many.", nameof(features));
        }

        long error = measure.Measure(features, scores);
        Error = error * measure.Unit;
        now = time;
        if (time < warmUp)
        {
            return;
        }

        sum += error - errors[row];
        errors[row] = error;
        row = row + 1 == errors.Length ? 0 : row + 1;
        filled = Math.Min(filled + 1, errors.Length);
        if (filled == errors.Length)
        {
            Judge();
        }
    }

    private protected override void End()
    {
        if (active)
        {
            Close(now);
        }
    }

    private void Judge()
    {
        bool above = sum >= smallestSum;
        if (active && (!above || now - firstStep >= maximum))
        {
            Close(now - delay);
            muteUntil = above ? TimeSpan.Zero : now + refractory;
        }

        if (above && !active && now >= muteUntil)
        {
            active = true;
            firstStep = now;
            start = now - delay > lastEnd ? now - delay : lastEnd;
            (peak, total, steps) = (sum, sum, 1);
            if (options.Onsets)
            {
                Tell(Event(EventPhase.Onset, now));
            }
        }
        else if (active)
        {
            peak = Math.Max(peak, sum);
            total += sum;
            steps++;
        }
    }

    private void Close(TimeSpan end)
    {
        lastEnd = end > start ? end : start;
        active = false;
        Tell(Event(EventPhase.Complete, lastEnd));
    }

    private AudioEvent Event(EventPhase phase, TimeSpan end) =>
        new(options.Label, start, end, Score(peak), model) { Phase = phase, MeanScore = Score(total / steps) };

    private float Score(double errorSum) => (float)(errorSum / (errorSum + threshold));
}
