using Edge.Detection;

namespace Edge.Quantization.Analysis.Events;

/// <summary>What tuning makes as large as it can: the mean of the classes' F1.</summary>
public enum TuningGoal
{
    /// <summary>Event-based.</summary>
    Event,

    /// <summary>Segment-based.</summary>
    Segment,
}

/// <summary>Finds a detector's settings on recordings with known events: thresholds and times of each class, smoothing and delays of all.</summary>
/// <remarks>
/// For every smoothing of a short list, in turn: thresholds of each class, its times, its thresholds again, each by trying all of a
/// grid; then the two delays of all classes. Measure on other recordings than these.
/// </remarks>
public sealed class EventTuning
{
    private const int Rounds = 3;
    private const int DelayStepMs = 50;

    private static readonly int[] SmoothingMs = [0, 200, 400, 600, 1_000];
    private static readonly double[] Onsets = [0.02, 0.04, 0.06, 0.08, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95];
    private static readonly double[] OffsetShares = [0.25, 0.5, 0.75, 1];
    private static readonly int[] MinimumsMs = [0, 250, 500];
    private static readonly int[] GapsMs = [0, 250, 500, 1_000];

    private readonly IReadOnlyList<ScoreTrack> tracks;
    private readonly EventCriteria criteria;
    private readonly TuningGoal goal;
    private readonly int mostDelayMs;
    private readonly CancellationToken cancellationToken;

    private EventTuning(IReadOnlyList<ScoreTrack> tracks, EventCriteria criteria, TuningGoal goal, TimeSpan window, CancellationToken cancellationToken)
    {
        (this.tracks, this.criteria, this.goal, this.cancellationToken) = (tracks, criteria, goal, cancellationToken);
        mostDelayMs = (int)window.TotalMilliseconds + 500;
    }

    /// <summary>Stages of the work that progress is told of.</summary>
    public static int Stages => SmoothingMs.Length * Rounds;

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
        var tuning = new EventTuning(tracks, criteria, goal, model.Window, cancellationToken);
        string[] names = [.. options.Classes.Select(one => one.Name).Where(name => tracks.Any(track => track.Recording.Marked.Any(one => one.Label == name)))];
        (double F1, SoundEventOptions Options) best = (double.NegativeInfinity, options);
        foreach (int smoothing in SmoothingMs)
        {
            (double F1, SoundEventOptions Options) found = tuning.Tune(options with { SmoothingMs = smoothing }, names, done);
            best = found.F1 > best.F1 ? found : best;
        }

        return best.Options;
    }

    private (double F1, SoundEventOptions Options) Tune(SoundEventOptions options, string[] names, Action? done)
    {
        int half = (mostDelayMs - 500) / 2;
        (int Onset, int Offset) delay = (options.DelayMs ?? half, options.OffsetDelayMs ?? options.DelayMs ?? half);
        SoundClass[] chosen = [.. options.Classes];
        double f1 = 0;
        for (int round = 0; round < Rounds; round++)
        {
            var scores = new double[names.Length];
            Parallel.For(0, names.Length, new ParallelOptions { CancellationToken = cancellationToken }, i =>
            {
                int place = Array.FindIndex(chosen, one => one.Name == names[i]);
                (scores[i], chosen[place]) = BestClass(options, chosen[place], delay);
            });
            (f1, delay) = BestDelay(options, [.. chosen.Where(one => names.Contains(one.Name))], delay);
            done?.Invoke();
        }

        return (f1, options with { Classes = chosen, DelayMs = delay.Onset, OffsetDelayMs = delay.Offset });
    }

    private (double F1, SoundClass Class) BestClass(SoundEventOptions options, SoundClass start, (int Onset, int Offset) delay)
    {
        (double F1, SoundClass Class) best = (double.NegativeInfinity, start);
        void Try(IEnumerable<SoundClass> settings)
        {
            foreach (SoundClass tried in settings)
            {
                cancellationToken.ThrowIfCancellationRequested();
                double f1 = F1(Undelayed(options, tried), tried.Name, delay);
                best = f1 > best.F1 ? (f1, tried) : best;
            }
        }

        Try(Thresholds(start));
        Try([.. Times(best.Class)]);
        Try([.. Thresholds(best.Class)]);
        return best;
    }

    private static IEnumerable<SoundClass> Thresholds(SoundClass start) =>
        Onsets.SelectMany(onset => OffsetShares.Select(share => start with { OnsetThreshold = onset, OffsetThreshold = Math.Round(onset * share, 4) }));

    private static IEnumerable<SoundClass> Times(SoundClass start) =>
        MinimumsMs.SelectMany(minimum => GapsMs.Select(gap => start with { MinimumMs = minimum, MergeGapMs = gap }));

    private (double F1, (int Onset, int Offset) Delay) BestDelay(SoundEventOptions options, SoundClass[] classes, (int Onset, int Offset) start)
    {
        List<SoundEvent>[][] events = [.. classes.Select(one => Undelayed(options, one))];
        double Mean((int Onset, int Offset) delay) => classes.Select((one, i) => F1(events[i], one.Name, delay)).Average();
        (double F1, (int Onset, int Offset) Delay) best = (Mean(start), start);
        for (int onset = 0; onset <= mostDelayMs; onset += DelayStepMs)
        {
            for (int offset = 0; offset <= mostDelayMs; offset += DelayStepMs)
            {
                double f1 = Mean((onset, offset));
                best = f1 > best.F1 ? (f1, (onset, offset)) : best;
            }
        }

        return best;
    }

    /// <summary>A class's events as the steps show them; delays are taken off later, since they change nothing but times.</summary>
    private List<SoundEvent>[] Undelayed(SoundEventOptions options, SoundClass one) =>
        [.. tracks.Select(track => track.Detect(options with { Classes = [one with { Parent = null }], DelayMs = 0, OffsetDelayMs = 0 }))];

    private double F1(List<SoundEvent>[] events, string name, (int Onset, int Offset) delay)
    {
        EventCounts sum = default;
        for (int i = 0; i < tracks.Count; i++)
        {
            SoundEvent[] marked = [.. tracks[i].Recording.Marked.Where(one => one.Label == name)];
            SoundEvent[] shifted = [.. events[i].Select(one => Shifted(one, delay, tracks[i].Seconds))];
            sum += goal == TuningGoal.Event ? criteria.Events.Count(marked, shifted) : criteria.Segments.Count(marked, shifted, tracks[i].Seconds);
        }

        return double.IsNaN(sum.F1) ? 0 : sum.F1;
    }

    private static SoundEvent Shifted(SoundEvent one, (int Onset, int Offset) delay, double seconds)
    {
        double start = Math.Max(0, one.Start - (delay.Onset / 1000.0));
        double end = one.End >= seconds - 0.05 ? one.End : one.End - (delay.Offset / 1000.0); // what ends with the recording is not shifted
        return one with { Start = start, End = Math.Max(start, end) };
    }
}
