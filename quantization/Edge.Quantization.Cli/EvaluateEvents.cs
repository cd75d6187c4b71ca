using System.Globalization;
using System.Text;
using Edge.Cli;
using Edge.Detection;
using Edge.Quantization.Analysis.Evaluation;
using Edge.Quantization.Analysis.Events;
using Edge.Quantization.Compilation;

namespace Edge.Quantization.Cli;

/// <summary>The part of `edgec evaluate` that measures, and tunes, sound event detectors on recordings whose sounds are known.</summary>
internal static class EvaluateEvents
{
    private const double LateSeconds = 0.5; // tables are rounded, and written for a recording before it was cut

    /// <summary>The options of this part.</summary>
    public static readonly Option[] Options =
    [
        new("events", "TABLE.csv", "sounds of recordings: file,label,start_s,end_s, as `edgec soundscape` writes it", Repeatable: true),
        new("tune", "GOAL", "find thresholds and times on these recordings, for the best event or segment F1"),
        new("collar-ms", "MS", "how far onsets may lie apart, and offsets of short events", "200"),
        new("offset-share", "SHARE", "how far offsets may lie apart, as a share of the event, where that is more", "0.2"),
        new("segment-s", "S", "length of a segment", "1"),
        new("require-f1", "PERCENT", "exit code 1 where the event-based F1 of all events is less"),
    ];

    /// <summary>Measures and reports.</summary>
    public static int Run(Arguments arguments, IReadOnlyList<string> models, IReadOnlyList<string> others, CancellationToken cancellationToken)
    {
        Require(arguments, models, others);
        TuningGoal? goal = arguments.Has("tune") ? arguments.Choice<TuningGoal>("tune") : null;
        double? required = arguments.Has("require-f1") ? arguments.Double("require-f1", 0, 100) : null;
        EventCriteria criteria = new(
            new EventMatching(arguments.Double("collar-ms", 0, 60_000) / 1000, arguments.Double("offset-share", 0, 10)),
            new SegmentMatching(arguments.Double("segment-s", 0.01, 3600)),
            new IntersectionMatching());
        LabelledClip[] marked = [.. arguments.All("events").SelectMany(ReadTable)];
        var results = new List<(string Path, EventEvaluation Evaluation, SoundEventOptions Options)>();
        foreach (string path in models)
        {
            using AudioModel model = AudioModel.Load(path);
            (EventEvaluation evaluation, SoundEventOptions options) = Measure(arguments, path, model, marked, criteria, goal, cancellationToken);
            results.Add((path, evaluation, options));
        }

        EventReport.Write([.. results.Select(result => (result.Path, result.Evaluation))], arguments.Has("json"));
        if (arguments.TextOrNull("page") is { } page)
        {
            string html = EventReport.Page([.. results.Select(result => (result.Path, result.Evaluation))]);
            AtomicFile.Write(page, file => file.Write(Encoding.UTF8.GetBytes(html)));
        }

        bool reached = results.TrueForAll(result => required is null || 100 * result.Evaluation.Events.F1 >= required);
        if (arguments.Has("write") && reached)
        {
            results.ForEach(result => Store(result.Path, result.Options));
        }

        return reached ? ExitCode.Done : ExitCode.WorkFailed;
    }

    /// <summary>Refuses what does not go together with --events.</summary>
    private static void Require(Arguments arguments, IReadOnlyList<string> models, IReadOnlyList<string> others)
    {
        if (others.Count > 0 || arguments.Has("labels-file"))
        {
            throw new UsageException($"With --events, its tables name the recordings; found {(others.Count > 0 ? $"'{others[0]}'" : "--labels-file")} besides.");
        }

        if (models.FirstOrDefault(path => !ModelFile.IsEdge(path)) is { } graph)
        {
            throw new UsageException($"{graph} is no detector: an .edge file says how scores become events. Make one with `edgec import` or `edgec build`.");
        }

        if (arguments.Has("write") && !arguments.Has("tune"))
        {
            throw new UsageException("--write stores tuned settings; give --tune event or --tune segment.");
        }
    }

    private static (EventEvaluation Evaluation, SoundEventOptions Options) Measure(
        Arguments arguments, string path, AudioModel model, LabelledClip[] marked, EventCriteria criteria, TuningGoal? goal, CancellationToken cancellationToken)
    {
        SoundEventOptions options = model.Detection as SoundEventOptions ?? throw new InvalidDataException(
            $"{path} detects by {model.Detection.Kind}; --events measures sound events, with a beginning and an end.{(model.Detection is KeywordOptions ? " Its words are measured with --positives and --negatives." : "")}");
        IReadOnlyList<SoundClass> classes = options.ClassesOf(model.Labels);
        options = options with { Classes = classes };
        EventRecording[] recordings = Resolve(arguments, marked, [.. classes.Select(one => one.Name)]);
        using var progress = new StageProgress();
        IReadOnlyList<ScoreTrack> tracks = ScoreTrack.Hear(
            model, classes, recordings, arguments.Has("channel") ? arguments.Int("channel", 0, 63) : null, progress.Begin($"hearing {recordings.Length} recordings", recordings.Length), cancellationToken);
        RequireWithin(tracks);
        if (goal is { } wanted)
        {
            options = EventTuning.Run(model, tracks, options, criteria, wanted, progress.Begin("tuning", EventTuning.Stages), cancellationToken);
        }

        return (EventEvaluation.Run(tracks, options, criteria, cancellationToken), options);
    }

    private static IReadOnlyList<LabelledClip> ReadTable(string table)
    {
        IReadOnlyList<LabelledClip> rows = LabelledClips.FromTable(table);
        return rows.FirstOrDefault(row => row.Start is null) is not { } whole ? rows : throw new InvalidDataException(
            $"{table} does not say when '{whole.Label}' begins and ends in {whole.Path}; expected the columns file,label,start_s,end_s.");
    }

    /// <summary>Checks that no event goes on after its recording, as in a table of other recordings.</summary>
    private static void RequireWithin(IReadOnlyList<ScoreTrack> tracks)
    {
        foreach (ScoreTrack track in tracks)
        {
            foreach (SoundEvent late in track.Recording.Marked.Where(one => one.End > track.Seconds + LateSeconds))
            {
                throw new InvalidDataException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{track.Recording.Path} is {track.Seconds:0.###} s long, and its table says that '{late.Label}' goes on to {late.End:0.###} s. Is it the table of other recordings?"));
            }
        }
    }

    private static EventRecording[] Resolve(Arguments arguments, LabelledClip[] marked, string[] classes)
    {
        LabelMap map = ClipArguments.ReadMap(arguments, classes, [.. marked.Select(one => one.Label).Distinct()]);
        return
        [
            .. map.Resolve(marked).GroupBy(pair => pair.Clip.Path).Select(recording => new EventRecording(
                recording.Key,
                [.. recording.Select(pair => new SoundEvent(classes[pair.Label], pair.Clip.Start!.Value.TotalSeconds, pair.Clip.End!.Value.TotalSeconds))])),
        ];
    }

    private static void Store(string path, SoundEventOptions options)
    {
        byte[] edited = DetectionEditor.Replace(File.ReadAllBytes(path), path, options);
        AtomicFile.Write(path, file => file.Write(edited));
        Console.Error.WriteLine($"{path}: settings stored.");
    }
}
