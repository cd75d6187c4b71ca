namespace Edge.Hosting.Listening;

/// <summary>Holds models to a share of one core: says which give way, and which come back.</summary>
/// <remarks>
/// The model of the largest <see cref="ModelOptions.Priority"/> number gives way first, among equals the one that costs most; the
/// last one left never does. They come back one at a time in the opposite order, once the share that each took before fits into nine
/// tenths of the budget, and none before its turn. After a change nothing is decided for a few seconds, until the cost of those that run is
/// known anew. Time is time of sound, so a recording that is heard faster than it sounds is judged as if it were live.
/// </remarks>
/// <param name="share">Share of one core that all models together may take.</param>
/// <param name="models">The models' costs.</param>
internal sealed class CpuBudget(double share, IReadOnlyList<ModelCost> models)
{
    /// <summary>How long a model stays away at least.</summary>
    internal const int ShortestHoldSeconds = 10;

    /// <summary>How long it stays away at most where it comes back and must give way again.</summary>
    internal const int LongestHoldSeconds = 640;

    private const int SettlingSeconds = 5;
    private const double RoomForReturn = 0.9;

    private long second;
    private long settledAt = SettlingSeconds;

    /// <summary>Share of one core that all models together may take.</summary>
    public double Share => share;

    /// <summary>Share of one core that the models which run have taken.</summary>
    public double Taken { get; private set; }

    /// <summary>Whether the one model that is left takes more than the budget.</summary>
    public bool Overrun { get; private set; }

    /// <summary>A second of sound is over: decides anew.</summary>
    /// <returns>Whether a model is to give way, or to come back, by it.</returns>
    public bool CloseSecond()
    {
        second++;
        for (int i = 0; i < models.Count; i++)
        {
            if (!models[i].GivesWay)
            {
                models[i].CloseSecond();
            }
        }

        Taken = Sum();
        if (second < settledAt)
        {
            return false;
        }

        bool changed = Taken > share ? MakeRoom() : ComeBack();
        settledAt = changed ? second + SettlingSeconds : settledAt;
        return changed;
    }

    private bool MakeRoom()
    {
        double left = Taken;
        bool changed = false;
        while (left > share && Last() is { } model)
        {
            left -= model.Share;
            model.GiveWay(second);
            changed = true;
        }

        Overrun = left > share;
        return changed;
    }

    private bool ComeBack()
    {
        Overrun = false;
        if (First() is { } model && second >= model.ReturnsAt && Taken + model.ShareBefore <= RoomForReturn * share)
        {
            model.ComeBack(second);
            return true;
        }

        return false;
    }

    private double Sum()
    {
        double sum = 0;
        for (int i = 0; i < models.Count; i++)
        {
            sum += models[i].Share; // 0 of those that gave way
        }

        return sum;
    }

    /// <summary>The model to give way next; null where only one costs anything.</summary>
    private ModelCost? Last()
    {
        ModelCost? last = null;
        int running = 0;
        for (int i = 0; i < models.Count; i++)
        {
            ModelCost one = models[i];
            if (one.Share > 0)
            {
                running++;
                bool before = last is null || one.Priority > last.Priority || (one.Priority == last.Priority && one.Share > last.Share);
                last = before ? one : last;
            }
        }

        return running > 1 ? last : null;
    }

    /// <summary>The model to come back next; null where all run.</summary>
    private ModelCost? First()
    {
        ModelCost? first = null;
        for (int i = 0; i < models.Count; i++)
        {
            ModelCost one = models[i];
            bool before = first is null || one.Priority < first.Priority || (one.Priority == first.Priority && one.ShareBefore < first.ShareBefore);
            first = one.GivesWay && before ? one : first;
        }

        return first;
    }
}
