using Edge.Quantization.Analysis.Statistics;

namespace Edge.Quantization.Analysis.Evaluation;

/// <summary>Words heard under one condition, for every setting of the thresholds.</summary>
/// <param name="Name">The condition.</param>
/// <param name="Words">Words of each label.</param>
/// <param name="Counts">What each setting heard.</param>
public sealed record DetectionCondition(string Name, IReadOnlyList<long> Words, IReadOnlyList<DetectionCounts> Counts)
{
    /// <summary>Words of all labels.</summary>
    public long TotalWords => Words.Sum();
}

/// <summary>Missed words against false accepts of one model, over settings of its thresholds.</summary>
/// <param name="Labels">The model's labels.</param>
/// <param name="Thresholds">The settings, each of one threshold a label, in rising order.</param>
/// <param name="Conditions">What was heard in recordings with words.</param>
/// <param name="NegativeTime">Length of the recordings without words.</param>
/// <param name="Negatives">What each setting heard there.</param>
public sealed record DetectionCurve(
    IReadOnlyList<string> Labels,
    IReadOnlyList<IReadOnlyList<double>> Thresholds,
    IReadOnlyList<DetectionCondition> Conditions,
    TimeSpan NegativeTime,
    IReadOnlyList<DetectionCounts> Negatives)
{
    /// <summary>False accepts an hour of a setting.</summary>
    public double FalseAcceptsPerHour(int setting) => Negatives[setting].TotalOthers / NegativeTime.TotalHours;

    /// <summary>The exact 95 % interval of <see cref="FalseAcceptsPerHour"/>.</summary>
    public Interval FalseAcceptsPerHourInterval(int setting)
    {
        Interval count = PoissonInterval.Of(Negatives[setting].TotalOthers);
        return new Interval(count.Low / NegativeTime.TotalHours, count.High / NegativeTime.TotalHours);
    }

    /// <summary>The lowest setting from which on no setting has more than <paramref name="ratePerHour"/> false accepts an hour.</summary>
    /// <returns>Its number; null where even the highest has more.</returns>
    public int? SettingFor(double ratePerHour)
    {
        int setting = Thresholds.Count;
        while (setting > 0 && FalseAcceptsPerHour(setting - 1) <= ratePerHour)
        {
            setting--;
        }

        return setting < Thresholds.Count ? setting : null;
    }

    /// <summary>A threshold for each label, so that together they miss fewest words of all conditions with at most <paramref name="ratePerHour"/> false accepts an hour.</summary>
    /// <remarks>
    /// Exact for words that do not compete with one another, by dynamic programming over the false accepts that each label may have.
    /// Needs the curve of common thresholds. Labels without words keep the highest threshold.
    /// </remarks>
    /// <returns>Null where even the highest thresholds have more false accepts.</returns>
    public IReadOnlyList<double>? ThresholdsFor(double ratePerHour)
    {
        int highest = Thresholds.Count - 1;
        long least = Negatives[highest].TotalOthers;
        long spare = (long)Math.Floor(ratePerHour * NegativeTime.TotalHours) - least;
        if (spare < 0)
        {
            return null;
        }

        // best[f]: fewest misses of the labels so far with f false accepts beyond the least; choice[label][f]: its setting.
        int room = (int)Math.Min(spare, Math.Max(0, Negatives[0].TotalOthers));
        long[] best = new long[room + 1];
        var choice = new int[Labels.Count][];
        for (int label = 0; label < Labels.Count; label++)
        {
            (best, choice[label]) = Spend(label, best);
        }

        var thresholds = new double[Labels.Count];
        int left = room;
        for (int label = Labels.Count - 1; label >= 0; label--)
        {
            int setting = choice[label][left];
            thresholds[label] = Thresholds[setting][label];
            left -= (int)Cost(setting, label);
        }

        return thresholds;
    }

    private (long[] Best, int[] Choice) Spend(int label, long[] before)
    {
        int highest = Thresholds.Count - 1;
        bool heard = Conditions.Any(condition => condition.Words[label] > 0);
        var best = new long[before.Length];
        var choice = new int[before.Length];
        for (int room = 0; room < before.Length; room++)
        {
            // From the highest threshold down, and only for fewer misses: of equal settings the more cautious one.
            best[room] = long.MaxValue;
            for (int setting = highest; setting >= (heard ? 0 : highest); setting--)
            {
                long cost = Cost(setting, label);
                long misses = cost >= 0 && cost <= room ? before[room - cost] + Misses(setting, label) : long.MaxValue;
                if (misses < best[room])
                {
                    (best[room], choice[room]) = (misses, setting);
                }
            }
        }

        return (best, choice);
    }

    private long Cost(int setting, int label) => Negatives[setting].Others[label] - Negatives[^1].Others[label];

    private long Misses(int setting, int label) => Conditions.Sum(condition => condition.Counts[setting].Missed[label]);
}
