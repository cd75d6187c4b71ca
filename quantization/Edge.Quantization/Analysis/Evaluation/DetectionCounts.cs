namespace Edge.Quantization.Analysis.Evaluation;

/// <summary>What one setting of the thresholds heard in recordings.</summary>
/// <param name="labels">Labels of the model.</param>
public sealed class DetectionCounts(int labels)
{
    private readonly long[] missed = new long[labels];
    private readonly long[] others = new long[labels];

    /// <summary>Words of each label that no event tells of.</summary>
    public IReadOnlyList<long> Missed => missed;

    /// <summary>Events of each label that belong to no word: false accepts, where the recordings hold none.</summary>
    public IReadOnlyList<long> Others => others;

    /// <summary>Words of all labels that were missed.</summary>
    public long TotalMissed => missed.Sum();

    /// <summary>Events of all labels that belong to no word.</summary>
    public long TotalOthers => others.Sum();

    /// <summary>Counts the events of one recording.</summary>
    /// <param name="words">The words in it, in order of time; each takes the first free event of its label from its start to <paramref name="late"/> after its end.</param>
    /// <param name="events">Label and time of each event, in order of time.</param>
    /// <param name="late">Time after a word's end in which an event still counts for it.</param>
    internal void Add(IReadOnlyList<SpokenWord> words, List<(int Label, TimeSpan Time)> events, TimeSpan late)
    {
        var used = new bool[events.Count];
        foreach (SpokenWord word in words)
        {
            TimeSpan last = word.End < TimeSpan.MaxValue - late ? word.End + late : TimeSpan.MaxValue;
            int match = Enumerable.Range(0, events.Count).FirstOrDefault(
                i => !used[i] && events[i].Label == word.Label && events[i].Time >= word.Start && events[i].Time <= last, -1);
            if (match >= 0)
            {
                used[match] = true;
            }
            else
            {
                missed[word.Label]++;
            }
        }

        for (int i = 0; i < events.Count; i++)
        {
            others[events[i].Label] += used[i] ? 0 : 1;
        }
    }

    /// <summary>Counts an event that belongs to no word.</summary>
    internal void AddOther(int label) => others[label]++;

    internal void Add(DetectionCounts more)
    {
        for (int i = 0; i < missed.Length; i++)
        {
            missed[i] += more.missed[i];
            others[i] += more.others[i];
        }
    }
}
