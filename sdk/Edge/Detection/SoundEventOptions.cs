namespace Edge.Detection;

/// <summary>How scores become sound events with a beginning and an end; see <see cref="SoundEventDetector"/> for what each setting does.</summary>
public sealed record SoundEventOptions : DetectorOptions
{
    private const int MaxLongMs = 3_600_000;

    /// <inheritdoc/>
    public override string Kind => "sound-event";

    /// <summary>Span of the moving average over the scores, in ms; rounded to whole steps, one at the least.</summary>
    public int SmoothingMs { get; init; }

    /// <summary>Smoothed score, 0 to 1, at which an event begins.</summary>
    public double OnsetThreshold { get; init; } = 0.5;

    /// <summary>Smoothed score, 0 to 1, below which an event ends; at most the onset threshold.</summary>
    public double OffsetThreshold { get; init; } = 0.3;

    /// <summary>Shortest event, in ms: what is shorter is not told.</summary>
    public int MinimumMs { get; init; }

    /// <summary>Longest gap that does not part two events of a class, in ms.</summary>
    public int MergeGapMs { get; init; } = 500;

    /// <summary>Longest event, in ms: a longer one is cut and goes on as another. At least <see cref="MinimumMs"/> and <see cref="MergeGapMs"/> together.</summary>
    public int MaximumMs { get; init; } = 60_000;

    /// <summary>Time after an event in which no other of its class begins, in ms.</summary>
    public int RefractoryMs { get; init; }

    /// <summary>
    /// How far behind a sound's onset its score reaches the onset threshold, in ms, smoothing apart; null takes half of what the
    /// network hears at once, and half a step.
    /// </summary>
    public int? DelayMs { get; init; }

    /// <summary>How far behind a sound's end its score falls below the offset threshold, in ms, smoothing apart; null takes the onset's delay.</summary>
    public int? OffsetDelayMs { get; init; }

    /// <summary>Sound that the network must have heard before its scores are trusted, in ms; null takes what it hears at once.</summary>
    public int? WarmUpMs { get; init; }

    /// <summary>Whether an event is told at its onset too, in phase <see cref="EventPhase.Onset"/>.</summary>
    public bool Onsets { get; init; }

    /// <summary>What is listened for; where empty, each label of the model is a class of its name.</summary>
    public IReadOnlyList<SoundClass> Classes { get; init; } = [];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Faults(int labels)
    {
        var faults = new List<string>();
        Require(faults, "the number of labels", labels, 1, MaxLabels);
        Require(faults, "the number of Classes", Classes.Count, 0, MaxLabels);
        Require(faults, nameof(SmoothingMs), SmoothingMs, 0, MaxMs);
        Require(faults, nameof(WarmUpMs), WarmUpMs ?? 0, 0, MaxMs);
        CheckSettings(faults, "", new SoundClass { Name = "", Labels = [], OffsetThreshold = OffsetThreshold });
        if (faults.Count == 0)
        {
            CheckClasses(faults, labels);
        }

        return faults;
    }

    /// <summary>What is listened for with all settings filled in: <see cref="Classes"/>, or each label where there are none.</summary>
    /// <param name="labels">Names of the model's labels, in order.</param>
    public IReadOnlyList<SoundClass> ClassesOf(IReadOnlyList<string> labels)
    {
        IEnumerable<SoundClass> classes = Classes.Count > 0 ? Classes : labels.Select((name, i) => new SoundClass { Name = name, Labels = [i] });
        return [.. classes.Select(Complete)];
    }

    internal override IReadOnlyList<string> Faults(int labels, TimeSpan step)
    {
        var names = new string[labels];
        for (int i = 0; i < labels; i++)
        {
            names[i] = $"{i}";
        }

        return [.. SmoothingFaults(SmoothingMs, step), .. SoundLayout.Faults(ClassesOf(names), step)];
    }

    internal override Detector CreateDetector(AudioModel model) =>
        new SoundEventDetector(this, model.Labels, model.ScoreScale, model.ScoreZeroPoint, model.Step, model.Window, model.Name);

    private SoundClass Complete(SoundClass own)
    {
        double onset = own.OnsetThreshold ?? OnsetThreshold;
        return own with
        {
            OnsetThreshold = onset,
            OffsetThreshold = own.OffsetThreshold ?? Math.Min(OffsetThreshold, onset),
            MinimumMs = own.MinimumMs ?? MinimumMs,
            MergeGapMs = own.MergeGapMs ?? MergeGapMs,
            MaximumMs = own.MaximumMs ?? MaximumMs,
            RefractoryMs = own.RefractoryMs ?? RefractoryMs,
            DelayMs = own.DelayMs ?? DelayMs,
            OffsetDelayMs = own.OffsetDelayMs ?? OffsetDelayMs,
        };
    }

    private void CheckClasses(List<string> faults, int labels)
    {
        var named = new Dictionary<string, int>();
        foreach (SoundClass one in Classes)
        {
            named[one.Name] = named.GetValueOrDefault(one.Name) + 1;
        }

        foreach (SoundClass one in Classes)
        {
            string place = $"class '{one.Name}': ";
            CheckSettings(faults, place, one);
            if (one.Labels.Count == 0 || one.Labels.Any(index => index < 0 || index >= labels))
            {
                faults.Add($"{place}Labels is [{string.Join(", ", one.Labels)}]; expected one or more indices from 0 to {labels - 1}.");
            }

            if (one.Name.Length == 0 || named[one.Name] > 1)
            {
                faults.Add($"{place}Name is {(one.Name.Length == 0 ? "empty" : "that of another class")}; expected each class to have one of its own.");
            }

            if (one.Parent is not null && !named.ContainsKey(one.Parent))
            {
                faults.Add($"{place}Parent is '{one.Parent}'; expected the name of another class.");
            }
        }

        if (faults.Count == 0)
        {
            Dictionary<string, string?> parents = Classes.ToDictionary(one => one.Name, one => one.Parent);
            faults.AddRange(Classes.Where(one => IsItsOwnAncestor(one.Name, parents)).Select(one => $"class '{one.Name}': Parent leads back to the class itself."));
        }
    }

    private void CheckSettings(List<string> faults, string place, SoundClass own)
    {
        SoundClass settings = Complete(own);
        (double onset, double offset) = (settings.OnsetThreshold!.Value, settings.OffsetThreshold!.Value);
        if (!(onset is >= 0 and <= 1) || !(offset >= 0 && offset <= onset))
        {
            faults.Add(string.Create(
                System.Globalization.CultureInfo.InvariantCulture,
                $"{place}OnsetThreshold is {onset} and OffsetThreshold {offset}; expected 0 to 1, the offset's no higher than the onset's."));
        }

        int before = faults.Count;
        Require(faults, place + nameof(MinimumMs), settings.MinimumMs!.Value, 0, MaxMs);
        Require(faults, place + nameof(MergeGapMs), settings.MergeGapMs!.Value, 0, MaxMs);
        Require(faults, place + nameof(MaximumMs), settings.MaximumMs!.Value, 1, MaxLongMs);
        Require(faults, place + nameof(RefractoryMs), settings.RefractoryMs!.Value, 0, MaxLongMs);
        Require(faults, place + nameof(DelayMs), settings.DelayMs ?? 0, 0, MaxMs);
        Require(faults, place + nameof(OffsetDelayMs), settings.OffsetDelayMs ?? 0, 0, MaxMs);
        if (faults.Count == before && settings.MaximumMs < settings.MinimumMs + settings.MergeGapMs)
        {
            faults.Add($"{place}MaximumMs is {settings.MaximumMs}; expected at least MinimumMs and MergeGapMs together, {settings.MinimumMs + settings.MergeGapMs}.");
        }
    }

    private static bool IsItsOwnAncestor(string name, Dictionary<string, string?> parents)
    {
        string? ancestor = parents[name];
        for (int i = 0; i < parents.Count && ancestor is not null && ancestor != name; i++)
        {
            ancestor = parents[ancestor];
        }

        return ancestor == name;
    }
}
