namespace Edge.Detection;

/// <summary>Turns a network's scores into sound events with a beginning and an end, any number at a time; exact integers, nothing allocated after construction.</summary>
/// <remarks>
/// <para>
/// At every step a class's score is the largest of its outputs', and the mean of it over <see cref="SoundEventOptions.SmoothingMs"/>
/// decides. A moving average, and not the median: what a median is for, single spikes and holes, the minimum duration and the merging
/// of gaps do by time and for each class, while an average uses all scores, is exact in integers and costs one addition. Events
/// of a class are made from these smoothed scores in this order; "step" means one from a whole average on, after the warm-up:
/// </para>
/// <list type="number">
/// <item>The class becomes active at a step with at least the onset threshold and stays so as long as the offset threshold is reached.</item>
/// <item>Gaps between active steps that last no longer than <see cref="SoundEventOptions.MergeGapMs"/> are filled. What then is shorter than
/// <see cref="SoundEventOptions.MinimumMs"/> is dropped. The class is heard at the steps that are left.</item>
/// <item>A class is hidden at each step that is no further than its own merging gap from one at which a class below it is heard,
/// child, grandchild or deeper. So the child wins also where it begins a little later or ends a little earlier, and a long event
/// of the parent goes on before and behind it. Hiding goes by what is heard: a child that is mute hides its parent too.</item>
/// <item>Steps within <see cref="SoundEventOptions.RefractoryMs"/> of the end of the class's last event are left out: a sound that goes on
/// beyond them begins with the first step behind.</item>
/// <item>Runs of the steps that remain are the events. One shorter than the minimum duration is dropped, one longer than
/// <see cref="SoundEventOptions.MaximumMs"/> is cut; the part behind a cut is an event however short it is, and not mute.</item>
/// </list>
/// <para>
/// Minimum and refractory times are rounded up to whole steps, gap and maximum down. An event is told as soon as no later
/// step can change it: its onset with the minimum duration, its end with the first step that cannot be merged any more; a parent's
/// once its children are certain too. Peak and mean score are those of the smoothed score over all its steps.
/// </para>
/// <para>
/// Times. A score at time t tells of the sound from t − w to t, w being what the network hears at once. Where it follows the part of
/// the window that a sound fills, it reaches a threshold of φ times its height φ·w after the onset, and falls below it
/// (1 − φ)·w after the end: w/2 at half the height, more for a high threshold at onset and a low one at offset. A step sees the
/// crossing half a step late on average, and a mean of n steps n − 1 half steps. So an event starts at the time of its first step, less
/// <see cref="SoundEventOptions.DelayMs"/> (w/2 and half a step where it is null) and the delay of the smoothing, and ends at the time of the first
/// step behind it, less <see cref="SoundEventOptions.OffsetDelayMs"/> and the same. Networks that pick the loudest moment of their window
/// have a short onset delay and a long offset delay, and sudden sounds other delays than steady ones; all are best found by measuring, and each
/// class may have its own. An event under way at the first step
/// starts with the sound, one under way at the end of the stream ends with it; at a cut one ends where the next starts. No event starts
/// before the last of its class ends, nor ends before it starts.
/// </para>
/// </remarks>
public sealed class SoundEventDetector : Detector
{
    private readonly string model;
    private readonly double scale;
    private readonly int zeroPoint;
    private readonly int[][] outputs; // of each track
    private readonly SoundTrack[] tracks; // each before its parent
    private readonly TimeSpan[] times; // a ring over steps
    private readonly sbyte[] rows; // [smoothing steps, tracks], a ring over steps
    private readonly int[] sums; // over the rows
    private readonly int smoothingSteps;
    private readonly TimeSpan warmUp;
    private int row; // where the next scores go
    private int filled; // rows that hold scores
    private long steps; // with a whole average

    /// <summary>Makes a detector for scores with real value <paramref name="scale"/> · (integer − <paramref name="zeroPoint"/>).</summary>
    /// <param name="options">Thresholds, times and classes.</param>
    /// <param name="labels">Names of the scores, in order.</param>
    /// <param name="scale">Real value of one step of a score; above 0.</param>
    /// <param name="zeroPoint">The score that means 0.</param>
    /// <param name="step">Time from one vector of scores to the next.</param>
    /// <param name="window">Sound that one vector of scores tells of, w; see <see cref="AudioModel.Window"/>.</param>
    /// <param name="model">The model's name, for events.</param>
    /// <exception cref="ArgumentException">The options have faults; the message lists all of them.</exception>
    public SoundEventDetector(SoundEventOptions options, IReadOnlyList<string> labels, double scale, int zeroPoint, TimeSpan step, TimeSpan window, string model = "")
        : this(options, SoundLayout.Of(options, labels, scale, zeroPoint, step, window), labels.Count, window) =>
        (this.scale, this.zeroPoint, this.model) = (scale, zeroPoint, model);

    private SoundEventDetector(SoundEventOptions options, SoundLayout layout, int labels, TimeSpan window)
        : base(labels, layout.Capacity)
    {
        model = "";
        outputs = layout.Outputs;
        smoothingSteps = layout.SmoothingSteps;
        warmUp = options.WarmUpMs is { } trusted ? TimeSpan.FromMilliseconds(trusted) : window;
        TellsOnsets = options.Onsets;
        tracks = MakeTracks(layout);
        times = new TimeSpan[SoundTrack.RingSize((int)layout.Lags.Max())];
        rows = new sbyte[smoothingSteps * tracks.Length];
        sums = new int[tracks.Length];
    }

    /// <summary>End of the sound heard so far.</summary>
    internal TimeSpan Now { get; private set; }

    /// <summary>Whether onsets are told.</summary>
    internal bool TellsOnsets { get; }

    /// <inheritdoc/>
    public override void Reset()
    {
        rows.AsSpan().Clear();
        sums.AsSpan().Clear();
        (row, filled, steps) = (0, 0, 0);
        foreach (SoundTrack track in tracks)
        {
            track.Reset();
        }
    }

    /// <summary>When an event starts that has this first step.</summary>
    internal TimeSpan OnsetTime(long step, TimeSpan delay) => step == 0 ? TimeSpan.Zero : Earlier(step, delay);

    /// <summary>When an event ends that has this step right behind it.</summary>
    internal TimeSpan OffsetTime(long step, TimeSpan delay) => step == steps ? Now : Earlier(step, delay);

    /// <summary>Tells an event of so many steps with this peak and this total of smoothed scores.</summary>
    internal void Tell(string name, EventPhase phase, TimeSpan start, TimeSpan end, int peak, long total, long count) =>
        Tell(new AudioEvent(name, start, end, Score(peak), model) { Phase = phase, MeanScore = Score((double)total / count) });

    private protected override void Take(ReadOnlySpan<sbyte> scores, ReadOnlySpan<sbyte> features, TimeSpan time)
    {
        if (time < warmUp)
        {
            return;
        }

        Now = time;
        Average(scores);
        if (filled < smoothingSteps)
        {
            return;
        }

        long step = steps++;
        times[(int)(step & (times.Length - 1))] = time;
        for (int i = 0; i < tracks.Length; i++)
        {
            tracks[i].Push(step, sums[i]);
        }
    }

    private protected override void End()
    {
        foreach (SoundTrack track in tracks)
        {
            track.Finish(steps);
        }
    }

    private SoundTrack[] MakeTracks(SoundLayout layout)
    {
        var made = new SoundTrack[layout.Settings.Length];
        for (int i = 0; i < made.Length; i++)
        {
            SoundTrack[] children = [.. made.Take(i).Where((_, child) => layout.Parents[child] == i)];
            made[i] = new SoundTrack(layout.Settings[i], new SoundEventBuilder(layout.Settings[i], this), children, layout.Parents[i] >= 0, (int)layout.Lags[i]);
        }

        return made;
    }

    private void Average(ReadOnlySpan<sbyte> scores)
    {
        Span<sbyte> oldest = rows.AsSpan(row * sums.Length, sums.Length);
        for (int i = 0; i < sums.Length; i++)
        {
            sbyte score = Largest(scores, outputs[i]);
            sums[i] += score - oldest[i];
            oldest[i] = score;
        }

        row = row + 1 == smoothingSteps ? 0 : row + 1;
        filled = Math.Min(filled + 1, smoothingSteps);
    }

    private static sbyte Largest(ReadOnlySpan<sbyte> scores, int[] among)
    {
        sbyte largest = scores[among[0]];
        for (int i = 1; i < among.Length; i++)
        {
            largest = Math.Max(largest, scores[among[i]]);
        }

        return largest;
    }

    private TimeSpan Earlier(long step, TimeSpan delay)
    {
        TimeSpan time = times[(int)(step & (times.Length - 1))];
        return time > delay ? time - delay : TimeSpan.Zero;
    }

    private float Score(double sum) => (float)Math.Clamp(scale * ((sum / smoothingSteps) - zeroPoint), 0, 1);
}
