using Edge.Detection;

namespace Edge.Cli;

/// <summary>The options that change a model's detector for one run.</summary>
/// <param name="arguments">The command line.</param>
/// <exception cref="UsageException">A value is out of range.</exception>
internal sealed class DetectionArguments(Arguments arguments)
{
    private const double MaxError = 1e6;

    private static readonly string[] SoundEventsOnly = ["offset-threshold", "min-ms"];

    private readonly double? threshold = arguments.Has("threshold") ? arguments.Double("threshold", 0, 1) : null;
    private readonly double? offsetThreshold = arguments.Has("offset-threshold") ? arguments.Double("offset-threshold", 0, 1) : null;
    private readonly double? errorThreshold = arguments.Has("error-threshold") ? arguments.Double("error-threshold", 0, MaxError) : null;
    private readonly int? minimumMs = arguments.Has("min-ms") ? arguments.Int("min-ms", 0, 60_000) : null;

    /// <summary>What to add to a command's options.</summary>
    public static readonly Option[] Options =
    [
        new("threshold", "X", "score from 0 to 1 at which a word or an utterance counts or a sound begins, in place of the model's own"),
        new("offset-threshold", "X", "score from 0 to 1 below which a sound ends (default: goes with --threshold)"),
        new("error-threshold", "X", "mean squared error from which on sound is an anomaly, in place of the model's own"),
        new("min-ms", "MS", "shortest sound that is told, in place of the model's own"),
        new("only", "NAMES", "words or classes of sound to listen for, with commas between", Repeatable: true),
        new("onsets", null, "tell a sound when it begins too, not only when it is over"),
        new("detection", "FILE", "detector settings as JSON, in place of the model's; what it leaves out stays"),
    ];

    /// <summary>The settings for a model.</summary>
    /// <exception cref="UsageException">An option does not suit the model.</exception>
    /// <exception cref="InvalidDataException">The file of settings does not suit the model.</exception>
    public DetectorOptions For(AudioModel model)
    {
        DetectorOptions detection = arguments.TextOrNull("detection") is { } path ? DetectionFile.Read(path, model.Labels, model.Detection) : model.Detection;
        string? unsuited = detection is SoundEventOptions ? null : SoundEventsOnly.FirstOrDefault(arguments.Has);
        if ((unsuited ?? (detection is KeywordOptions or UtteranceOptions && arguments.Has("onsets") ? "onsets" : null)) is { } option)
        {
            throw new UsageException($"--{option} is for sounds with a beginning and an end; {model.Name} is a model of kind {detection.Kind}. Leave it out.");
        }

        if (errorThreshold is not null && detection is not AnomalyOptions)
        {
            throw new UsageException($"--error-threshold is for models that hear anomalies; {model.Name} is a model of kind {detection.Kind}. Leave it out.");
        }

        DetectorOptions changed = detection switch
        {
            KeywordOptions keyword => Change(keyword, model.Labels),
            SoundEventOptions sounds => Change(sounds, model.Labels),
            UtteranceOptions when arguments.Has("only") => throw new UsageException($"--only is for words and sounds; {model.Name} is a model of kind {detection.Kind}. Leave it out."),
            UtteranceOptions utterance => utterance with { Threshold = threshold ?? utterance.Threshold },
            FeatureOptions when arguments.Has("threshold") || arguments.Has("only") => throw new UsageException($"--threshold and --only are for words and sounds; {model.Name} is an encoder, which gives features. Leave them out."),
            _ when arguments.Has("threshold") || arguments.Has("only") => throw new UsageException($"--threshold and --only are for words and sounds; {model.Name} is a model of kind {detection.Kind}. Give --error-threshold, or leave them out."),
            AnomalyOptions anomaly => anomaly with { Threshold = errorThreshold ?? anomaly.Threshold, Onsets = anomaly.Onsets || arguments.Has("onsets") },
            _ => detection,
        };
        IReadOnlyList<string> faults = changed.Faults(model);
        return faults.Count == 0 ? changed : throw new UsageException($"The settings do not go together: {string.Join(" ", faults)}");
    }

    private KeywordOptions Change(KeywordOptions options, IReadOnlyList<string> labels)
    {
        if (threshold is { } common)
        {
            var thresholds = new double[labels.Count];
            Array.Fill(thresholds, common);
            options = options with { Thresholds = thresholds };
        }

        if (arguments.Has("only"))
        {
            HashSet<string> wanted = Wanted([.. labels.Where((_, i) => !options.Background.Contains(i))]);
            var background = new List<int>();
            for (int i = 0; i < labels.Count; i++)
            {
                if (options.Background.Contains(i) || !wanted.Contains(labels[i]))
                {
                    background.Add(i);
                }
            }

            options = options with { Background = background };
        }

        return options;
    }

    private SoundEventOptions Change(SoundEventOptions options, IReadOnlyList<string> labels)
    {
        if (arguments.Has("only"))
        {
            options = options with { Classes = Only(options.Classes.Count > 0 ? options.Classes : options.ClassesOf(labels)) };
        }

        if (threshold is { } onset)
        {
            options = options with
            {
                OnsetThreshold = onset,
                OffsetThreshold = InProportion(options.OffsetThreshold, options.OnsetThreshold, onset),
                Classes = [.. options.Classes.Select(one => one with
                {
                    OnsetThreshold = null,
                    OffsetThreshold = one.OffsetThreshold is { } own ? InProportion(own, one.OnsetThreshold ?? options.OnsetThreshold, onset) : null,
                })],
            };
        }

        if (offsetThreshold is { } offset)
        {
            options = options with { OffsetThreshold = offset, Classes = [.. options.Classes.Select(one => one with { OffsetThreshold = null })] };
        }

        if (minimumMs is { } minimum)
        {
            options = options with { MinimumMs = minimum, Classes = [.. options.Classes.Select(one => one with { MinimumMs = null })] };
        }

        return arguments.Has("onsets") ? options with { Onsets = true } : options;
    }

    private static double InProportion(double offset, double from, double to) => from > 0 ? Math.Min(to, offset * to / from) : to;

    /// <summary>The classes named; each goes below the nearest of its ancestors that stays.</summary>
    private SoundClass[] Only(IReadOnlyList<SoundClass> classes)
    {
        HashSet<string> wanted = Wanted([.. classes.Select(one => one.Name)]);
        Dictionary<string, string?> parents = classes.DistinctBy(one => one.Name).ToDictionary(one => one.Name, one => one.Parent);
        return [.. classes.Where(one => wanted.Contains(one.Name)).Select(one =>
        {
            string? parent = one.Parent;
            while (parent is not null && !wanted.Contains(parent))
            {
                parent = parents[parent];
            }

            return one with { Parent = parent };
        })];
    }

    private HashSet<string> Wanted(string[] names)
    {
        var wanted = new HashSet<string>();
        foreach (string value in arguments.All("only"))
        {
            // A label may hold commas itself: "Child speech, kid speaking".
            string[] asked = Find(names, value) is null ? value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) : [value];
            foreach (string one in asked)
            {
                wanted.Add(Find(names, one) ?? throw new UsageException($"--only names '{one}', which the model does not listen for.{Suggestion.For(one, names)} `edge inspect` lists all."));
            }
        }

        return wanted.Count > 0 ? wanted : throw new UsageException("--only names nothing to listen for; expected names with commas between.");
    }

    private static string? Find(string[] names, string asked) =>
        Array.Find(names, name => name == asked) ?? Array.Find(names, name => name.Equals(asked, StringComparison.OrdinalIgnoreCase));
}
