using Edge.Detection;

namespace Edge.Quantization.Analysis.Evaluation;

/// <summary>Hears recordings with words and recordings without any, as the device does, for many settings of the thresholds.</summary>
public static class DetectionEvaluation
{
    /// <summary>The settings of a sweep: one threshold for all labels, 0.05 to 0.99 by 0.005 and then to 0.999 by 0.001.</summary>
    public static IReadOnlyList<IReadOnlyList<double>> CommonThresholds(int labels) =>
    [
        .. Enumerable.Range(10, 189).Select(i => 5 * i).Concat(Enumerable.Range(991, 9))
            .Select(thousandths => (IReadOnlyList<double>)Enumerable.Repeat(thousandths / 1000.0, labels).ToArray()),
    ];

    /// <summary>Hears everything once.</summary>
    /// <param name="model">The model; its smoothing, refractory time and background labels are used.</param>
    /// <param name="positives">Recordings with words.</param>
    /// <param name="negatives">Sound files without words; one after another, each from a cold start.</param>
    /// <param name="thresholds">Settings, each of one threshold a label, in rising order.</param>
    /// <param name="options">How it is counted.</param>
    /// <param name="cancellationToken">Stops between two recordings.</param>
    /// <exception cref="InvalidDataException">A file is no sound, or there is no sound without words.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static DetectionCurve Run(
        AudioModel model,
        IReadOnlyList<PositiveSet> positives,
        IReadOnlyList<string> negatives,
        IReadOnlyList<IReadOnlyList<double>> thresholds,
        DetectionOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        options ??= new DetectionOptions();
        Job[] jobs =
        [
            .. positives.SelectMany((set, i) => set.Recordings.Select(recording => new Job(i, recording.Path, recording.Words, options.TailMs))),
            .. negatives.Select(path => new Job(positives.Count, path, [], 0)),
        ];
        DetectionCounts[][] counts = [.. Enumerable.Range(0, positives.Count + 1).Select(_ => NewCounts(model, thresholds))];
        TimeSpan negativeTime = TimeSpan.Zero;
        Lock gate = new();
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.Parallelism, CancellationToken = cancellationToken };
        try
        {
            // Sums of whole numbers: the order in which recordings end changes nothing.
            Parallel.ForEach(jobs, parallel, () => new ThresholdSweep(model, thresholds), (job, _, sweep) =>
            {
                (DetectionCounts[] heard, TimeSpan length) = Hear(sweep, job, model, thresholds, options);
                lock (gate)
                {
                    negativeTime += job.Set == positives.Count ? length : TimeSpan.Zero;
                    for (int i = 0; i < heard.Length; i++)
                    {
                        counts[job.Set][i].Add(heard[i]);
                    }
                }

                options.Heard?.Invoke(job.Path);
                return sweep;
            }, _ => { });
        }
        catch (AggregateException errors)
        {
            throw errors.Flatten().InnerExceptions[0];
        }

        if (negativeTime == TimeSpan.Zero)
        {
            throw new InvalidDataException("The recordings without words hold no sound; false accepts an hour need hours of it.");
        }

        DetectionCondition[] conditions = [.. positives.Select((set, i) => new DetectionCondition(set.Name, WordsOf(set, model.Labels.Count), counts[i]))];
        return new DetectionCurve(model.Labels, thresholds, conditions, negativeTime, counts[^1]);
    }

    private readonly record struct Job(int Set, string Path, IReadOnlyList<SpokenWord> Words, int TailMs);

    private static (DetectionCounts[] Counts, TimeSpan Length) Hear(ThresholdSweep sweep, Job job, AudioModel model, IReadOnlyList<IReadOnlyList<double>> thresholds, DetectionOptions options)
    {
        string[] labels = [.. model.Labels];
        DetectionCounts[] counts = NewCounts(model, thresholds);
        List<(int Label, TimeSpan Time)>[] events = [.. thresholds.Select(_ => new List<(int, TimeSpan)>())];
        TimeSpan length = sweep.Hear(job.Path, options.Channel, job.TailMs, (setting, heard) =>
        {
            int label = Array.IndexOf(labels, heard.Label);
            if (job.Words.Count == 0)
            {
                counts[setting].AddOther(label); // hours without words need no list of events
            }
            else
            {
                events[setting].Add((label, heard.End));
            }
        });
        for (int setting = 0; setting < counts.Length; setting++)
        {
            counts[setting].Add(job.Words, events[setting], TimeSpan.FromMilliseconds(options.LateMs));
        }

        return (counts, length);
    }

    private static DetectionCounts[] NewCounts(AudioModel model, IReadOnlyList<IReadOnlyList<double>> thresholds) =>
        [.. thresholds.Select(_ => new DetectionCounts(model.Labels.Count))];

    private static long[] WordsOf(PositiveSet set, int labels)
    {
        var words = new long[labels];
        foreach (SpokenWord word in set.Recordings.SelectMany(recording => recording.Words))
        {
            words[word.Label]++;
        }

        return words;
    }
}
