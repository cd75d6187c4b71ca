using Edge.Detection;

namespace Edge.Quantization.Analysis.Events;

/// <summary>How events are counted.</summary>
/// <param name="Events">Event-based.</param>
/// <param name="Segments">Segment-based.</param>
/// <param name="Intersections">For the detection score curve.</param>
public sealed record EventCriteria(EventMatching Events, SegmentMatching Segments, IntersectionMatching Intersections);

/// <summary>One class's events.</summary>
/// <param name="Name">The class.</param>
/// <param name="Marked">How many are in the recordings.</param>
/// <param name="Events">Event-based counts.</param>
/// <param name="Segments">Segment-based counts.</param>
/// <param name="Rates">What each threshold of the sweep costs and brings, intersection-based.</param>
public sealed record ClassEvents(string Name, int Marked, EventCounts Events, EventCounts Segments, IReadOnlyList<OperatingRate> Rates);

/// <summary>Measures a sound event detector over recordings with known events.</summary>
public sealed class EventEvaluation
{
    /// <summary>Onset thresholds of the sweep, 0.02 to 0.98.</summary>
    private static readonly double[] Sweep = [.. Enumerable.Range(1, 49).Select(i => i / 50.0)];

    private EventEvaluation(IReadOnlyList<ClassEvents> classes, double hours)
    {
        (Classes, Hours) = (classes, hours);
        Curve = DetectionScoreCurve.Of([.. classes.Select(one => one.Rates)]);
    }

    /// <summary>The classes that are in the recordings.</summary>
    public IReadOnlyList<ClassEvents> Classes { get; }

    /// <summary>Hours of sound.</summary>
    public double Hours { get; }

    /// <summary>Events found against false ones an hour, over all thresholds and classes.</summary>
    public DetectionScoreCurve Curve { get; }

    /// <summary>Event-based counts of all classes.</summary>
    public EventCounts Events => Classes.Aggregate(default(EventCounts), (sum, one) => sum + one.Events);

    /// <summary>Segment-based counts of all classes.</summary>
    public EventCounts Segments => Classes.Aggregate(default(EventCounts), (sum, one) => sum + one.Segments);

    /// <summary>Mean of the classes' event-based F1.</summary>
    public double MeanEventF1 => Classes.Average(one => one.Events.F1);

    /// <summary>Mean of the classes' segment-based F1.</summary>
    public double MeanSegmentF1 => Classes.Average(one => one.Segments.F1);

    /// <summary>Counts what a detector tells of recordings; classes that are marked in none of them are not counted.</summary>
    /// <param name="tracks">The recordings' scores, of all the detector's classes.</param>
    /// <param name="options">The detector's settings, classes named.</param>
    /// <param name="criteria">How events are counted.</param>
    /// <param name="cancellationToken">Stops between two thresholds of the sweep.</param>
    /// <exception cref="ArgumentException">Nothing is marked, or what is marked is none of the classes.</exception>
    public static EventEvaluation Run(IReadOnlyList<ScoreTrack> tracks, SoundEventOptions options, EventCriteria criteria, CancellationToken cancellationToken = default)
    {
        string[] marked = [.. options.Classes.Select(one => one.Name).Where(name => tracks.Any(track => track.Recording.Marked.Any(one => one.Label == name)))];
        if (marked.Length == 0)
        {
            throw new ArgumentException("Nothing that the detector could hear is marked in the recordings.", nameof(tracks));
        }

        double hours = tracks.Sum(track => track.Seconds) / 3600;
        Dictionary<string, SoundEvent[]>[] truth = [.. tracks.Select(track => ByLabel(track.Recording.Marked))];
        Dictionary<string, SoundEvent[]>[] found = [.. tracks.Select(track => ByLabel(track.Detect(options)))];
        Dictionary<string, SoundEvent[]>[][] swept = new Dictionary<string, SoundEvent[]>[Sweep.Length][];
        Parallel.For(0, Sweep.Length, new ParallelOptions { CancellationToken = cancellationToken }, i => swept[i] = [.. tracks.Select(track => ByLabel(track.Detect(At(options, Sweep[i]))))]);
        return new EventEvaluation(
            [
                .. marked.Select(name => new ClassEvents(
                    name,
                    truth.Sum(track => Of(track, name).Length),
                    Total(truth, found, name, (_, a, b) => criteria.Events.Count(a, b)),
                    Total(truth, found, name, (i, a, b) => criteria.Segments.Count(a, b, tracks[i].Seconds)),
                    [.. swept.Select(one => Rate(Total(truth, one, name, (_, a, b) => criteria.Intersections.Count(a, b)), hours))])),
            ],
            hours);
    }

    /// <summary>The same settings with another onset threshold for all classes, and each offset threshold as far below as it was.</summary>
    private static SoundEventOptions At(SoundEventOptions options, double onset) => options with
    {
        OnsetThreshold = onset,
        OffsetThreshold = onset * Share(options.OnsetThreshold, options.OffsetThreshold),
        Classes =
        [
            .. options.Classes.Select(one => one with
            {
                OnsetThreshold = onset,
                OffsetThreshold = onset * Share(one.OnsetThreshold ?? options.OnsetThreshold, one.OffsetThreshold ?? options.OffsetThreshold),
            }),
        ],
    };

    private static double Share(double onset, double offset) => onset > 0 ? Math.Min(1, offset / onset) : 1;

    private static Dictionary<string, SoundEvent[]> ByLabel(IEnumerable<SoundEvent> events) => events.GroupBy(one => one.Label).ToDictionary(group => group.Key, group => group.ToArray());

    private static SoundEvent[] Of(Dictionary<string, SoundEvent[]> events, string name) => events.GetValueOrDefault(name, []);

    private static EventCounts Total(
        Dictionary<string, SoundEvent[]>[] truth, Dictionary<string, SoundEvent[]>[] found, string name, Func<int, SoundEvent[], SoundEvent[], EventCounts> count) =>
        Enumerable.Range(0, truth.Length).Aggregate(default(EventCounts), (sum, i) => sum + count(i, Of(truth[i], name), Of(found[i], name)));

    private static OperatingRate Rate(EventCounts counts, double hours) => new(counts.FalsePositives / hours, counts.Recall);
}
