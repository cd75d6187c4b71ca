using System.Diagnostics;

namespace Edge.Benchmarks;

/// <summary>One thing to be timed: a name, a group whose members compare, and work that is repeated.</summary>
/// <param name="Group">What is compared: "micro front end, one frame".</param>
/// <param name="Name">Who does it: "avx2".</param>
/// <param name="Work">Does it as often as it says.</param>
/// <param name="Units">How many units one call of the work does.</param>
internal sealed record Entry(string Group, string Name, Action Work, int Units);

/// <summary>Times all entries side by side: rounds in turn, so that a busy machine slows all alike, and the median of rounds counts.</summary>
internal sealed class Contest
{
    private const int Rounds = 45;
    private const int WarmUpRounds = 24;
    private static readonly TimeSpan RoundLength = TimeSpan.FromMilliseconds(20);

    private readonly List<Entry> entries = [];
    private readonly List<string> notes = [];

    public void Add(Entry entry) => entries.Add(entry);

    /// <summary>A line for the report: why something is missing.</summary>
    public void Note(string note) => notes.Add(note);

    public Report Run(TextWriter progress)
    {
        int[] calls = [.. entries.Select(Calibrate)];
        double[][] microseconds = [.. entries.Select(_ => new double[Rounds])];
        double[] best = [.. entries.Select(_ => double.MaxValue)];
        for (int round = 0; round < Rounds; round++)
        {
            progress.WriteLine($"round {round + 1} of {Rounds}");
            for (int i = 0; i < entries.Count; i++)
            {
                microseconds[i][round] = Time(entries[i], calls[i], ref best[i]);
            }
        }

        return new Report([.. entries.Select((entry, i) => new Result(entry.Group, entry.Name, Median(microseconds[i]), best[i]))], notes);
    }

    /// <summary>Calls that fill a round; the calls made to find out are the warm-up that tiered compilation needs.</summary>
    private static int Calibrate(Entry entry)
    {
        Stopwatch clock = Stopwatch.StartNew();
        int calls = 0;
        while (clock.Elapsed < RoundLength * WarmUpRounds)
        {
            entry.Work();
            calls++;
        }

        return Math.Max(1, calls / WarmUpRounds);
    }

    /// <summary>The mean of some calls; the best call of all is kept, which on a busy machine is the one that nothing else disturbed.</summary>
    private static double Time(Entry entry, int calls, ref double best)
    {
        long start = Stopwatch.GetTimestamp();
        long last = start;
        long shortest = long.MaxValue;
        for (int i = 0; i < calls; i++)
        {
            entry.Work();
            long now = Stopwatch.GetTimestamp();
            shortest = Math.Min(shortest, now - last);
            last = now;
        }

        best = Math.Min(best, Microseconds(shortest) / entry.Units);
        return Microseconds(last - start) / calls / entry.Units;
    }

    private static double Microseconds(long ticks) => ticks * 1e6 / Stopwatch.Frequency;

    private static double Median(double[] values) => values.Order().ElementAt(values.Length / 2);
}
