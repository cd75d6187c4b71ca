using Edge.Detection;

namespace Edge.Quantization.Analysis.Events;

/// <summary>What tuning makes as large as it can: each class's F1.</summary>
public enum TuningGoal
{
    /// <summary>Event-based.</summary>
    Event,

    /// <summary>Segment-based.</summary>
    Segment,
}

/// <summary>Finds a detector's settings on recordings with known events: thresholds, times and delays of each class, and the smoothing of all.</summary>
/// <remarks>
/// For every smoothing of a short list: thresholds of each class, its times, its thresholds again, each by trying all of a grid. A class's delays
/// follow from what is tried: the median of how far behind their marked events the detected ones begin and end. Measure on other recordings than these.
/// </remarks>
public sealed class EventTuning
{
    private const int DelayStepMs = 10;

    private static readonly int[] SmoothingMs = [0, 200, 400, 600, 1_000];
    private static readonly double[] Onsets = [0.02, 0.04, 0.06, 0.08, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95];
    private static readonly double[] OffsetShares = [0.25, 0.5, 0.75, 1];
    private static readonly int[] MinimumsMs = [0, 250, 500, 1_000];
    private static readonly int[] GapsMs = [0, 250, 500, 1_000, 2_000];

    private readonly IReadOnlyList<ScoreTrack> tracks;
    private readonly EventCriteria criteria;
    private readonly TuningGoal goal;
    private readonly SoundEventOptions options;
    private readonly int mostDelayMs;
    private readonly CancellationToken cancellationToken;

    private EventTuning(
        IReadOnlyList<ScoreTrack> tracks, EventCriteria criteria, TuningGoal goal, SoundEventOptions options, TimeSpan window, CancellationToken cancellationToken)
    {
        (this.tracks, this.criteria, this.goal, this.options, this.cancellationToken) = (tracks, criteria, goal, options, cancellationToken);
        mostDelayMs = (int)window.TotalMilliseconds + 500;
    }

    /// <summary>Stages of the work that progress is told of.</summary>
    public static int Stages => SmoothingMs.Length;

    /// <summary>Tunes the classes that are marked in the recordings; the others keep their settings.</summary>
    /// <param name="model">The model.</param>
    /// <param name="tracks">The recordings' scores.</param>
    /// <param name="options">Settings to start from, classes named.</param>
    /// <param name="criteria">How events are counted.</param>
    /// <param name="goal">What to make large.</param>
    /// <param name="done">Called after each of <see cref="Stages"/>.</param>
    /// <param name="cancellationToken">Stops between two settings of a class.</param>
    public static SoundEventOptions Run(
        AudioModel model, IReadOnlyList<ScoreTrack> tracks, SoundEventOptions options, EventCriteria criteria, TuningGoal goal, Action? done = null, CancellationToken cancellationToken = default)
    {
        (double F1, SoundEventOptions Options) best = (double.NegativeInfinity, options);
        foreach (int smoothing in SmoothingMs)
        {
            var tuning = new EventTuning(tracks, criteria, goal, options with { SmoothingMs = smoothing }, model.Window, cancellationToken);
            (double F1, SoundEventOptions Options) found = tuning.Tune();
            best = found.F1 > best.F1 ? found : best;
            done?.Invoke();
        }

        return best.Options;
    }

    private (double F1, SoundEventOptions Options) Tune()
    {
        SoundClass[] classes = [.. options.Classes];
        int[] marked = [.. Enumerable.Range(0, classes.Length).Where(i => tracks.Any(track => track.Recording.Marked.Any(one => one.Label == classes[i].Name)))];
        var scores = new double[marked.Length];
        try
        {
            Parallel.For(0, marked.Length, new ParallelOptions { CancellationToken = cancellationToken }, i => (scores[i], classes[marked[i]]) = Best(classes[marked[i]]));
        }
        catch (AggregateException errors)
        {
            throw errors.Flatten().InnerExceptions[0];
        }

        return (scores.Average(), options with { Classes = classes });
    }

    private (double F1, SoundClass Class) Best(SoundClass start)
    {
        (double F1, SoundClass Class) best = (double.NegativeInfinity, start);
        foreach (Func<SoundClass, IEnumerable<SoundClass>> grid in (Func<SoundClass, IEnumerable<SoundClass>>[])[Thresholds, Times, Thresholds])
        {
            foreach (SoundClass tried in grid(best.Class))
            {
                cancellationToken.ThrowIfCancellationRequested();
                (double F1, SoundClass Class) measured = Measure(tried);
                best = measured.F1 > best.F1 ? measured : best;
            }
        }

        return best;
    }

    private static IEnumerable<SoundClass> Thresholds(SoundClass start) =>
        Onsets.SelectMany(onset => OffsetShares.Select(share => start with { OnsetThreshold = onset, OffsetThreshold = Math.Round(onset * share, 4) }));

    private static IEnumerable<SoundClass> Times(SoundClass start) =>
        MinimumsMs.SelectMany(minimum => GapsMs.Select(gap => start with { MinimumMs = minimum, MergeGapMs = gap }));

    /// <summary>The F1 of a class with the delays that fit it. Delays change nothing but times, so the scores are gone through once.</summary>
    private (double F1, SoundClass Class) Measure(SoundClass tried)
    {
        SoundEvent[][] marked = [.. tracks.Select(track => track.Recording.Marked.Where(one => one.Label == tried.Name).ToArray())];
        SoundClass bare = tried with { Parent = null, DelayMs = 0, OffsetDelayMs = 0 };
        List<SoundEvent>[] events = [.. tracks.Select(track => track.Detect(options with { Classes = [bare] }))];
        int onset = Delay(marked, events, (mark, found) => found.Start - mark.Start), offset = Delay(marked, events, (mark, found) => found.End - mark.End);
        EventCounts sum = default;
        for (int i = 0; i < tracks.Count; i++)
        {
            SoundEvent[] shifted = [.. events[i].Select(one => Shifted(one, onset / 1000.0, offset / 1000.0, tracks[i].Seconds))];
            sum += goal == TuningGoal.Event ? criteria.Events.Count(marked[i], shifted) : criteria.Segments.Count(marked[i], shifted, tracks[i].Seconds);
        }

        return (double.IsNaN(sum.F1) ? 0 : sum.F1, tried with { DelayMs = onset, OffsetDelayMs = offset });
    }

    /// <summary>The median of how far detected events lie behind the marked ones that they meet.</summary>
    private int Delay(SoundEvent[][] marked, List<SoundEvent>[] events, Func<SoundEvent, SoundEvent, double> behind)
    {
        double reach = mostDelayMs / 1000.0;
        var delays = new List<double>();
        for (int i = 0; i < marked.Length; i++)
        {
            foreach (SoundEvent mark in marked[i])
            {
                SoundEvent near = mark with { End = mark.End + reach };
                delays.AddRange(events[i].Where(found => near.Overlap(found) > 0).Select(found => behind(mark, found)).Where(delay => Math.Abs(delay) <= reach));
            }
        }

        delays.Sort();
        return delays.Count == 0 ? 0 : (int)Math.Clamp(Math.Round(1000 * delays[delays.Count / 2] / DelayStepMs) * DelayStepMs, 0, mostDelayMs);
    }

    private static SoundEvent Shifted(SoundEvent one, double onset, double offset, double seconds)
    {
        double start = Math.Max(0, one.Start - onset);
        double end = one.End >= seconds - 0.05 ? one.End : one.End - offset; // what ends with the recording is not shifted
        return one with { Start = start, End = Math.Max(start, end) };
    }
}
