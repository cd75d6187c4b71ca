using System.Globalization;
using Edge.Cli;
using Edge.Detection;
using Edge.Quantization.Analysis.Evaluation;
using Edge.Quantization.Analysis.Statistics;
using Edge.Quantization.Compilation;

namespace Edge.Quantization.Cli;

/// <summary>The part of `edgec evaluate` that measures detectors: words missed against false accepts an hour.</summary>
internal sealed class EvaluateDetectors
{
    private static readonly double[] DefaultRates = [0.1, 0.5, 1];

    /// <summary>The options of this part.</summary>
    public static readonly Option[] Options =
    [
        new("positives", "[NAME=]PATH", "recordings of words: a folder for each label, or a table file,label[,start_s,end_s]; NAME is their condition", Repeatable: true),
        new("negatives", "PATH", "recordings without the words: sound files, folders of them", Repeatable: true),
        new("target-false-accepts-per-hour", "RATE", "find the threshold with at most as many (default: 0.1, 0.5 and 1)", Repeatable: true),
        new("per-label", null, "a threshold for each word, chosen for fewest missed words in all"),
        new("tail-ms", "MS", "silence after a recording of words, in which the device goes on listening", "1000"),
        new("max-missed", "PERCENT", "exit code 1 where a condition misses more at a target"),
    ];

    private readonly Arguments arguments;
    private readonly double[] rates;
    private readonly DetectionOptions options;
    private readonly CancellationToken cancellationToken;

    private EvaluateDetectors(Arguments arguments, CancellationToken cancellationToken)
    {
        this.arguments = arguments;
        this.cancellationToken = cancellationToken;
        rates = ReadRates(arguments);
        options = new DetectionOptions
        {
            TailMs = arguments.Int("tail-ms", 0, 60_000),
            Channel = arguments.Has("channel") ? arguments.Int("channel", 0, 63) : null,
        };
        if (arguments.Has("max-missed"))
        {
            _ = arguments.Double("max-missed", 0, 100);
        }
    }

    /// <summary>Measures and reports.</summary>
    public static int Run(Arguments arguments, IReadOnlyList<string> models, IReadOnlyList<string> others, CancellationToken cancellationToken)
    {
        if (others.Count > 0 || arguments.Has("labels-file"))
        {
            throw new UsageException($"Detectors are measured over --positives and --negatives; found {(others.Count > 0 ? $"'{others[0]}'" : "--labels-file")} besides.");
        }

        if (!arguments.Has("positives") || !arguments.Has("negatives"))
        {
            throw new UsageException($"{(arguments.Has("positives") ? "--negatives" : "--positives")} PATH is required: missed words mean nothing without the false accepts that they cost, nor the other way round.");
        }

        if (models.FirstOrDefault(EvaluateCommand.IsOnnx) is { } onnx)
        {
            throw new UsageException($"{onnx} is no detector: an .edge file says how scores are smoothed and when a word is mute. Build it with `edgec build`, or evaluate it over clips.");
        }

        return new EvaluateDetectors(arguments, cancellationToken).Run(models);
    }

    private int Run(IReadOnlyList<string> paths)
    {
        string[] negatives = [.. arguments.All("negatives").SelectMany(LabelledClips.FindSound).DistinctBy(Path.GetFullPath)];
        (string Name, IReadOnlyList<LabelledClip> Clips)[] positives = [.. arguments.All("positives").Select(ReadPositives)];
        if (positives.GroupBy(set => set.Name).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new UsageException($"Two --positives are named '{twice.Key}'; name their conditions apart: --positives NAME=PATH.");
        }

        var results = new List<DetectorResult>();
        foreach (string path in paths)
        {
            using AudioModel model = AudioModel.Load(path);
            results.Add(Measure(path, model, Keywords(path, model), positives, negatives));
        }

        IReadOnlyList<string> warnings = Warnings(results[0].Curve.NegativeTime);
        DetectionReport.Write(results, warnings, arguments.Has("json"));
        if (arguments.TextOrNull("page") is { } page)
        {
            AtomicFile.Write(page, file => file.Write(System.Text.Encoding.UTF8.GetBytes(DetectionPage.Write(results, warnings))));
        }

        bool reached = results.TrueForAll(Reached);
        if (arguments.Has("write") && reached)
        {
            results.ForEach(Store);
        }

        return reached ? ExitCode.Done : ExitCode.WorkFailed;
    }

    private DetectorResult Measure(string path, AudioModel model, KeywordOptions detection, (string Name, IReadOnlyList<LabelledClip> Clips)[] positives, string[] negatives)
    {
        PositiveSet[] sets = [.. positives.Select(set => Resolve(set.Name, set.Clips, model, detection))];
        HashSet<int> spoken = [.. sets.SelectMany(set => set.Recordings).SelectMany(recording => recording.Words).Select(word => word.Label)];
        string[] unspoken = [.. model.Labels.Where((_, label) => !spoken.Contains(label) && !detection.Background.Contains(label))];
        if (arguments.Has("per-label") && unspoken.Length > 0)
        {
            throw new InvalidDataException($"{path}: no recording is labelled {string.Join(", ", unspoken)}; --per-label needs words of every label. Add some, or leave --per-label out.");
        }

        DetectionCurve curve = Hear(Path.GetFileName(path), model, sets, negatives, DetectionEvaluation.CommonThresholds(model.Labels.Count));
        var points = new List<OperatingPoint>();
        foreach (double rate in rates)
        {
            if (!arguments.Has("per-label"))
            {
                points.Add(new OperatingPoint(rate, curve, curve.SettingFor(rate)));
            }
            else if (curve.ThresholdsFor(rate) is { } thresholds)
            {
                // Words compete with one another, so what the thresholds do together is heard, not added up.
                points.Add(new OperatingPoint(rate, Hear($"{Path.GetFileName(path)} per label", model, sets, negatives, [thresholds]), 0));
            }
            else
            {
                points.Add(new OperatingPoint(rate, curve, null));
            }
        }

        return new DetectorResult(path, detection, negatives.Length, curve, points);
    }

    private static KeywordOptions Keywords(string path, AudioModel model) => model.Detection as KeywordOptions ?? throw new InvalidDataException(
        $"{path} is a model of kind {model.Detection.Kind}; missed words against false accepts are measured of keyword models, which have a threshold for each label.");

    private DetectionCurve Hear(string title, AudioModel model, PositiveSet[] sets, string[] negatives, IReadOnlyList<IReadOnlyList<double>> thresholds)
    {
        string[] all = [.. sets.SelectMany(set => set.Recordings).Select(recording => recording.Path), .. negatives];
        using var progress = new ProgressBar(title, Math.Max(1, all.Sum(file => new FileInfo(file).Length)));
        return DetectionEvaluation.Run(model, sets, negatives, thresholds, options with { Heard = file => progress.Advance(new FileInfo(file).Length) }, cancellationToken);
    }

    private PositiveSet Resolve(string name, IReadOnlyList<LabelledClip> clips, AudioModel model, KeywordOptions detection)
    {
        LabelMap map = ClipArguments.ReadMap(arguments, model.Labels, [.. clips.Select(clip => clip.Label).Distinct()]);
        IReadOnlyList<(LabelledClip Clip, int Label)> resolved = map.Resolve(clips);
        if (resolved.FirstOrDefault(pair => detection.Background.Contains(pair.Label)) is { Clip: not null } silent)
        {
            throw new InvalidDataException($"{silent.Clip.Path} is labelled '{silent.Clip.Label}', a label that {model.Name} never fires; give such recordings as --negatives, or leave them out (--ignore {silent.Clip.Label}).");
        }

        return new PositiveSet(name, [.. resolved.GroupBy(pair => pair.Clip.Path).Select(recording => new PositiveRecording(recording.Key,
            [.. recording.Select(pair => new SpokenWord(pair.Label, pair.Clip.Start ?? TimeSpan.Zero, pair.Clip.End ?? TimeSpan.MaxValue)).OrderBy(word => word.Start)]))]);
    }

    private void Store(DetectorResult result)
    {
        IReadOnlyList<double> found = result.Points[0].Thresholds!;
        double[] thresholds = [.. result.Detection.Thresholds.Select((old, label) => result.Detection.Background.Contains(label) ? old : found[label])];
        byte[] edited = DetectionEditor.Replace(File.ReadAllBytes(result.Path), result.Path, result.Detection with { Thresholds = thresholds });
        AtomicFile.Write(result.Path, file => file.Write(edited));
        Console.Error.WriteLine($"{result.Path}: thresholds stored.");
    }

    private bool Reached(DetectorResult result) => result.Points.TrueForAll(point =>
    {
        if (point.Setting is not { } setting)
        {
            return !arguments.Has("write") && !arguments.Has("max-missed");
        }

        return !arguments.Has("max-missed") || point.Curve.Conditions.All(
            condition => 100.0 * condition.Counts[setting].TotalMissed / condition.TotalWords <= arguments.Double("max-missed", 0, 100));
    });

    private List<string> Warnings(TimeSpan negativeTime)
    {
        double hours = negativeTime.TotalHours, none = PoissonInterval.Of(0).High / hours;
        return
        [
            .. rates.Where(rate => rate * hours < 1).Select(rate => string.Create(CultureInfo.InvariantCulture,
                $"{rate}/h is less than one false accept in the {hours:0.##} h heard: none at all still allows {none:0.##}/h (95 % interval). Hear at least {1 / rate:0.#} h without the words.")),
        ];
    }

    private static (string Name, IReadOnlyList<LabelledClip> Clips) ReadPositives(string value)
    {
        // A path may hold '=' itself.
        int equals = Path.Exists(value) ? -1 : value.IndexOf('=', StringComparison.Ordinal);
        string path = value[(equals + 1)..];
        string name = equals > 0 ? value[..equals] : Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
        return (name, path.EndsWith(".csv", StringComparison.OrdinalIgnoreCase) ? LabelledClips.FromTable(path) : LabelledClips.FromFolder(path));
    }

    private static double[] ReadRates(Arguments arguments)
    {
        IReadOnlyList<string> given = arguments.All("target-false-accepts-per-hour");
        double[] rates = [.. given.Select(text => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double rate) && rate is >= 0 and <= 3600
            ? rate
            : throw new UsageException($"--target-false-accepts-per-hour is '{text}'; expected a number from 0 to 3600."))];
        return arguments.Has("write") && rates.Length != 1
            ? throw new UsageException($"--write stores the thresholds for one target; found {rates.Length} --target-false-accepts-per-hour.")
            : rates.Length > 0 ? rates : DefaultRates;
    }
}
