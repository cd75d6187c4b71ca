namespace Edge.Detection;

/// <summary>How scores become events: <see cref="KeywordOptions"/>, <see cref="SoundEventOptions"/>, <see cref="UtteranceOptions"/>, <see cref="AnomalyOptions"/>, or <see cref="FeatureOptions"/>, which tells none.</summary>
public abstract record DetectorOptions
{
    /// <summary>Labels a detector takes at most.</summary>
    public const int MaxLabels = 1_000;

    /// <summary>Steps that a moving average spans at most.</summary>
    public const int MaxSmoothingSteps = 1_000;

    /// <summary>Longest time of most settings, in ms.</summary>
    private protected const int MaxMs = 60_000;

    private protected DetectorOptions()
    {
    }

    /// <summary>The kind's name in an .edge file.</summary>
    public abstract string Kind { get; }

    /// <summary>Everything that is wrong with these options for a model of <paramref name="labels"/> labels; empty where they can be used.</summary>
    public abstract IReadOnlyList<string> Faults(int labels);

    /// <summary>Everything that is wrong with these options for a model, its labels and the pace of its steps; empty where they can be used.</summary>
    public IReadOnlyList<string> Faults(AudioModel model)
    {
        IReadOnlyList<string> faults = Faults(model.Labels.Count);
        return faults.Count > 0 ? faults : Faults(model.Labels.Count, model.Step);
    }

    /// <summary>What is wrong with options without faults for a model that gives scores every <paramref name="step"/>.</summary>
    internal abstract IReadOnlyList<string> Faults(int labels, TimeSpan step);

    /// <summary>Makes a detector for a model's scores.</summary>
    internal abstract Detector CreateDetector(AudioModel model);

    private protected static void Require(List<string> faults, string name, int value, int min, int max)
    {
        if (value < min || value > max)
        {
            faults.Add($"{name} is {value}; expected {min} to {max}.");
        }
    }

    private protected static IEnumerable<string> SmoothingFaults(int smoothingMs, TimeSpan step)
    {
        int steps = Detector.StepsIn(smoothingMs, step);
        if (steps > MaxSmoothingSteps)
        {
            yield return $"smoothingMs spans {steps} steps; expected at most {MaxSmoothingSteps}.";
        }
    }
}
