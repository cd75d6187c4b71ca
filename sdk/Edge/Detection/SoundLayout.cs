namespace Edge.Detection;

/// <summary>The classes of a <see cref="SoundEventDetector"/> in its units, each before its parent.</summary>
/// <param name="Settings">The classes.</param>
/// <param name="Parents">Index of each class's parent, or -1.</param>
/// <param name="Outputs">The network's outputs that each class takes the largest of.</param>
/// <param name="Lags">Most steps of each class that wait at once for what later ones bring.</param>
/// <param name="SmoothingSteps">Steps that the moving average spans.</param>
internal sealed record SoundLayout(SoundSettings[] Settings, int[] Parents, int[][] Outputs, long[] Lags, int SmoothingSteps)
{
    private const int MaxPendingSteps = 1 << 18;

    /// <summary>Events that one call can bring at most.</summary>
    /// <remarks>Of the steps that one call settles each begins an event or ends one at most, and the stream's end one more; each is told twice.</remarks>
    public int Capacity
    {
        get
        {
            long events = 0;
            for (int i = 0; i < Settings.Length; i++)
            {
                events += IsAlone(i) ? (Lags[i] / Settings[i].MaximumSteps) + 2 : Lags[i] + 2;
            }

            return 2 * (int)events;
        }
    }

    /// <summary>Whether no class stands above or below.</summary>
    public bool IsAlone(int index) => Parents[index] < 0 && !Parents.Contains(index);

    /// <summary>The layout of options without faults.</summary>
    /// <param name="options">Thresholds, times and classes.</param>
    /// <param name="labels">Names of the scores, in order.</param>
    /// <param name="scale">Real value of one step of a score.</param>
    /// <param name="zeroPoint">The score that means 0.</param>
    /// <param name="step">Time from one vector of scores to the next.</param>
    /// <param name="window">Sound that one vector of scores tells of.</param>
    /// <exception cref="ArgumentException">The options have faults; the message lists all of them.</exception>
    public static SoundLayout Of(SoundEventOptions options, IReadOnlyList<string> labels, double scale, int zeroPoint, TimeSpan step, TimeSpan window)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(scale);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(step, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(window, TimeSpan.Zero);
        IReadOnlyList<string> faults = options.Faults(labels.Count);
        faults = faults.Count > 0 ? faults : options.Faults(labels.Count, step);
        if (faults.Count > 0)
        {
            throw new ArgumentException($"No detector can be made: {string.Join(" ", faults)}", nameof(options));
        }

        int smoothing = Detector.StepsIn(options.SmoothingMs, step);
        return Of(options.ClassesOf(labels), step, window, smoothing, threshold => Detector.SmallestSum(threshold, scale, zeroPoint, smoothing));
    }

    /// <summary>What is wrong with classes without other faults for steps of this length.</summary>
    public static IEnumerable<string> Faults(IReadOnlyList<SoundClass> classes, TimeSpan step)
    {
        long pending = Of(classes, step, TimeSpan.Zero, 1, _ => 0).Lags.Sum();
        if (pending > MaxPendingSteps)
        {
            yield return $"minimumMs and mergeGapMs let {pending} steps of {classes.Count} classes wait at once; expected at most {MaxPendingSteps}. Shorten them, or listen for fewer classes.";
        }
    }

    private static SoundLayout Of(IReadOnlyList<SoundClass> classes, TimeSpan step, TimeSpan window, int smoothingSteps, Func<double, int> smallestSum)
    {
        SoundClass[] ordered = ChildrenFirst(classes);
        var index = new Dictionary<string, int>();
        for (int i = 0; i < ordered.Length; i++)
        {
            index.TryAdd(ordered[i].Name, i);
        }

        SoundSettings[] settings = Array.ConvertAll(ordered, one => SoundSettings.Of(one, step, window, smoothingSteps, smallestSum));
        int[] parents = Array.ConvertAll(ordered, one => one.Parent is null ? -1 : index[one.Parent]);
        int[][] outputs = Array.ConvertAll(ordered, one => one.Labels.ToArray());
        return new SoundLayout(settings, parents, outputs, SoundTrack.Lags(settings, parents), smoothingSteps);
    }

    private static SoundClass[] ChildrenFirst(IReadOnlyList<SoundClass> classes)
    {
        Dictionary<string, SoundClass> byName = classes.DistinctBy(one => one.Name).ToDictionary(one => one.Name);
        return [.. classes.OrderByDescending(Depth)];

        int Depth(SoundClass one)
        {
            int depth = 0;
            while (one.Parent is not null)
            {
                one = byName[one.Parent];
                depth++;
            }

            return depth;
        }
    }
}
