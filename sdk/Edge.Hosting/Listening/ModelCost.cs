namespace Edge.Hosting.Listening;

/// <summary>What a model takes of a core: processor time by time of sound, over the last ten seconds of sound.</summary>
/// <param name="priority">Among models over their budget, the largest number gives way first.</param>
/// <remarks>Written by the listening thread; <see cref="Share"/> and <see cref="GivesWay"/> may be read by any.</remarks>
internal sealed class ModelCost(int priority)
{
    private const int WindowSeconds = 10;

    private readonly double[] seconds = new double[WindowSeconds]; // of work in each second of sound, a ring
    private int filled;
    private int next;
    private double work; // in the second of sound under way
    private double share;
    private volatile bool givesWay;

    /// <summary>Among models over their budget, the largest number gives way first.</summary>
    public int Priority => priority;

    /// <summary>Share of one core.</summary>
    public double Share => Volatile.Read(ref share);

    /// <summary>Whether the model is not to run.</summary>
    public bool GivesWay => givesWay;

    /// <summary>The second of sound, counted by <see cref="CpuBudget"/>, before which it does not come back.</summary>
    internal long ReturnsAt { get; private set; }

    /// <summary>The share it took when it gave way.</summary>
    internal double ShareBefore { get; private set; }

    private long HoldSeconds { get; set; } = CpuBudget.ShortestHoldSeconds;

    private long CameBackAt { get; set; } = long.MinValue / 2;

    /// <summary>Counts processor time, in seconds.</summary>
    public void Spend(double time) => work += time;

    /// <summary>A second of sound is over.</summary>
    internal void CloseSecond()
    {
        seconds[next] = work;
        next = (next + 1) % WindowSeconds;
        filled = Math.Min(filled + 1, WindowSeconds);
        work = 0;
        double sum = 0;
        for (int i = 0; i < filled; i++)
        {
            sum += seconds[i];
        }

        Volatile.Write(ref share, sum / filled);
    }

    /// <summary>Decides that the model is not to run. One that came back and soon gives way again waits longer each time.</summary>
    internal void GiveWay(long second)
    {
        bool soon = second - CameBackAt < CpuBudget.LongestHoldSeconds;
        HoldSeconds = soon ? Math.Min(2 * HoldSeconds, CpuBudget.LongestHoldSeconds) : CpuBudget.ShortestHoldSeconds;
        (ReturnsAt, ShareBefore, givesWay) = (second + HoldSeconds, Share, true);
        Volatile.Write(ref share, 0);
    }

    /// <summary>Decides that the model may run again.</summary>
    internal void ComeBack(long second)
    {
        (CameBackAt, givesWay) = (second, false);
        (filled, next, work) = (0, 0, 0);
        seconds.AsSpan().Clear();
    }
}
