using Edge.Cli;
using Edge.Features;
using Edge.Quantization.Analysis.Evaluation;
using Edge.Quantization.Calibration;
using Edge.Quantization.Graph;

namespace Edge.Quantization.Cli;

/// <summary>The options that say which labelled clips models hear, and how; beside those of <see cref="FrontEndArguments"/> and --channel.</summary>
internal static class ClipArguments
{
    /// <summary>Where labels come from.</summary>
    public static readonly Option[] LabelOptions =
    [
        new("labels-file", "FILE.csv", "table with the columns file,label; files lie in CLIPS, or beside the table"),
        new("map", "NAME=LABEL", "the label for a folder or a name in the table that is none of the model's", Repeatable: true),
        new("ignore", "NAME", "leave out the clips of a folder or a name in the table", Repeatable: true),
    ];

    /// <summary>What stands for a clip.</summary>
    public static readonly Option[] ScoreOptions =
    [
        new("clip-score", "HOW", "what stands for a clip: max, the step whose best word is surest; mean; last (default: max with background labels, else mean)"),
        new("background", "LABEL", "a label that stands for nothing heard (default: as an .edge model says)", Repeatable: true),
        new("labels", "FILE", "names of an ONNX model's scores, one a line (default: its metadata, or an .edge model beside it)"),
        new("stride-frames", "N", "frames from window to window, for an ONNX model of a fixed length (default: half of it)"),
    ];

    /// <summary>Finds the clips of a folder, of --labels-file, or of the table's files in the folder.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="folder">The folder; null where only the table says where clips are.</param>
    /// <exception cref="UsageException">There is neither, or the table has words within recordings.</exception>
    /// <inheritdoc cref="LabelledClips.FromTable" path="/exception"/>
    public static IReadOnlyList<LabelledClip> Find(Arguments arguments, string? folder)
    {
        if (arguments.TextOrNull("labels-file") is not { } table)
        {
            return LabelledClips.FromFolder(folder ?? throw new UsageException("Nothing says where the clips are; give a folder that holds a folder for each class, or --labels-file."));
        }

        IReadOnlyList<LabelledClip> clips = LabelledClips.FromTable(table, folder);
        return clips.Any(clip => clip.Start is not null)
            ? throw new UsageException($"{table} has words within recordings (start_s, end_s); clips are heard whole. Give it to `edgec evaluate` as --positives, or cut the words out.")
            : clips;
    }

    /// <summary>Opens an ONNX model with the front end and the labels that options, its metadata, or another model name.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="path">The model, as messages name it.</param>
    /// <param name="graph">What is in it.</param>
    /// <param name="beside">The other model; null where there is none.</param>
    /// <param name="file">The file's content, where it is not to be read from <paramref name="path"/>.</param>
    /// <exception cref="UsageException">Nothing names them.</exception>
    public static OnnxEvaluatedModel Open(Arguments arguments, string path, ModelGraph graph, EvaluatedModel? beside = null, byte[]? file = null)
    {
        bool named = FrontEndArguments.IsGiven(arguments) || ModelMetadata.FrontEndParameters(graph) is not null;
        (FrontEndOptions? frontEnd, float? unit) = named ? FrontEndArguments.ReadWithUnit(arguments, graph) : (beside?.FrontEnd, beside?.FeatureUnit);
        frontEnd = frontEnd ?? throw new UsageException($"Nothing says which front end {path} takes; give --front-end KIND or --front-end-file FILE, or to `edgec evaluate` an .edge model beside it.");
        IReadOnlyList<string> labels = (arguments.TextOrNull("labels") is { } names ? DetectorArguments.ReadLabels(names) : ModelMetadata.Labels(graph)) ?? beside?.Labels
            ?? throw new UsageException($"Nothing says what the scores of {path} mean; give --labels FILE, or to `edgec evaluate` an .edge model beside it.");
        return OnnxEvaluatedModel.Open(path, graph, frontEnd, labels, arguments.Has("stride-frames") ? arguments.Int("stride-frames", 1, 100_000) : null, file, unit);
    }

    /// <summary>Lets models hear clips.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="models">The models, of the same labels; at least one.</param>
    /// <param name="found">The clips, as <see cref="Find"/> gives them.</param>
    /// <param name="heard">Called with the number of clips; what it gives is called after each clip, from several threads.</param>
    /// <param name="cancellationToken">Stops between two clips.</param>
    /// <inheritdoc cref="ClipEvaluation.Run" path="/exception"/>
    public static HeardClips Hear(
        Arguments arguments, IReadOnlyList<EvaluatedModel> models, IReadOnlyList<LabelledClip> found, Func<int, Action> heard, CancellationToken cancellationToken)
    {
        IReadOnlyList<(LabelledClip Clip, int Label)> clips = ReadMap(arguments, models[0].Labels, [.. found.Select(clip => clip.Label).Distinct()]).Resolve(found);
        IReadOnlyList<int> background = Background(arguments, models);
        ClipScore clipScore = arguments.Has("clip-score") ? arguments.Choice<ClipScore>("clip-score") : background.Count > 0 ? ClipScore.Max : ClipScore.Mean;
        int? channel = arguments.Has("channel") ? arguments.Int("channel", 0, 63) : null;
        return new HeardClips(
            clips, clipScore, ClipEvaluation.Run(models, [.. clips.Select(pair => pair.Clip.Path)], clipScore, background, channel, heard(clips.Count), cancellationToken));
    }

    /// <summary>The map that --map and --ignore describe.</summary>
    /// <exception cref="UsageException">A value is not NAME=LABEL, the label is none, or no clip has the name.</exception>
    public static LabelMap ReadMap(Arguments arguments, IReadOnlyList<string> labels, IReadOnlyCollection<string> names)
    {
        var mapped = new Dictionary<string, string>();
        foreach (string entry in arguments.All("map"))
        {
            int equals = entry.IndexOf('=', StringComparison.Ordinal);
            if (equals < 1)
            {
                throw new UsageException($"--map is '{entry}'; expected NAME=LABEL.");
            }

            mapped[entry[..equals]] = entry[(equals + 1)..];
        }

        if (mapped.Keys.Concat(arguments.All("ignore")).FirstOrDefault(name => !names.Contains(name)) is { } unused)
        {
            throw new UsageException($"No clip is labelled '{unused}'; the clips' labels are {string.Join(", ", names)}.{Suggestion.For(unused, [.. names])}");
        }

        try
        {
            return new LabelMap(labels, mapped, arguments.All("ignore"));
        }
        catch (ArgumentException error)
        {
            throw new UsageException($"--map: {error.Message}");
        }
    }

    private static IReadOnlyList<int> Background(Arguments arguments, IReadOnlyList<EvaluatedModel> models)
    {
        IReadOnlyList<string> labels = models[0].Labels;
        int[] given = [.. arguments.All("background").Select(name => labels.Contains(name)
            ? Enumerable.Range(0, labels.Count).First(i => labels[i] == name)
            : throw new UsageException($"--background is '{name}'; the models' labels are {string.Join(", ", labels)}."))];
        IReadOnlyList<int> background = given.Length > 0 ? given : models.FirstOrDefault(model => model.Background.Count > 0)?.Background ?? [];
        return background.Count < labels.Count ? background : throw new UsageException("Every label is background; nothing could ever be heard.");
    }
}
