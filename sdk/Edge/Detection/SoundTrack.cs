namespace Edge.Detection;

/// <summary>One class of a <see cref="SoundEventDetector"/>: at which steps it is heard, and whether a class below it is heard there.</summary>
/// <remarks>
/// A step is settled once no later one can change whether the class is heard at it: that waits for the minimum duration and for
/// gaps to close or not. A class with others below it also waits for those. Nothing waits longer than <see cref="Lags"/> says.
/// </remarks>
internal sealed class SoundTrack
{
    private readonly SoundSettings settings;
    private readonly SoundEventBuilder events;
    private readonly SoundTrack[] children;
    private readonly bool alone; // no class above or below
    private readonly int mask;
    private readonly int[] sums; // a ring of steps, as are the next two
    private readonly bool[] heard;
    private readonly bool[] familyHeard; // this class or one below it

    private bool active;
    private bool sure; // what is under way has lasted the minimum duration
    private long begin; // first step of what is under way; -1: nothing
    private long last; // the newest active step of it
    private long settled; // steps before it are settled
    private long familySettled;
    private long told; // steps before it have gone to the events
    private long scanned; // steps of the children before it have been looked at
    private long covered; // the newest of them at which a child is heard

    /// <param name="settings">The class.</param>
    /// <param name="events">Takes the steps that are the class's own.</param>
    /// <param name="children">Classes right below it.</param>
    /// <param name="isChild">Whether there is a class above it.</param>
    /// <param name="lag">Most steps that wait at once.</param>
    public SoundTrack(SoundSettings settings, SoundEventBuilder events, SoundTrack[] children, bool isChild, int lag)
    {
        (this.settings, this.events, this.children) = (settings, events, children);
        alone = !isChild && children.Length == 0;
        int size = RingSize(lag);
        mask = size - 1;
        sums = new int[size];
        heard = alone ? [] : new bool[size];
        familyHeard = alone ? [] : new bool[size];
        Reset();
    }

    /// <summary>Steps that a ring needs to hold so many at once.</summary>
    public static int RingSize(int lag) => (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)lag + 2);

    /// <summary>Most steps that wait at once, for each class; one number for all classes that have others above or below them.</summary>
    /// <param name="settings">Classes, each before its parent.</param>
    /// <param name="parents">Index of each class's parent, or -1.</param>
    public static long[] Lags(IReadOnlyList<SoundSettings> settings, IReadOnlyList<int> parents)
    {
        var lags = new long[settings.Count];
        var related = new bool[lags.Length];
        long longest = 0;
        for (int i = 0; i < lags.Length; i++)
        {
            lags[i] = Math.Max(lags[i], settings[i].PendingSteps); // those below have had their say
            if (parents[i] is >= 0 and int parent)
            {
                related[i] = related[parent] = true;
                lags[parent] = Math.Max(lags[parent], lags[i] + settings[parent].GapSteps);
            }

            longest = related[i] ? Math.Max(longest, lags[i]) : longest;
        }

        for (int i = 0; i < lags.Length; i++)
        {
            lags[i] = related[i] ? longest : lags[i];
        }

        return lags;
    }

    /// <summary>Takes the sum of a step, after the classes below have taken theirs.</summary>
    public void Push(long step, int sum)
    {
        active = sum >= (active ? settings.OffsetSum : settings.OnsetSum);
        if (alone && !active && begin < 0)
        {
            settled = step + 1;
            return;
        }

        sums[(int)(step & mask)] = sum;
        if (active)
        {
            begin = begin < 0 ? step : begin;
            last = step;
            sure |= last - begin + 1 >= settings.MinimumSteps;
            if (sure)
            {
                Settle(step + 1, isHeard: true);
            }
        }
        else if (begin < 0 || step - last > settings.GapSteps)
        {
            (begin, sure) = (-1, false);
            Settle(step + 1, isHeard: false);
        }

        TellSettled(streamEnded: false);
    }

    /// <summary>Ends the stream, after the classes below have ended theirs.</summary>
    /// <param name="steps">Steps of the whole stream.</param>
    public void Finish(long steps)
    {
        (begin, sure, active) = (-1, false, false);
        Settle(steps, isHeard: false);
        TellSettled(streamEnded: true);
        events.Finish(steps);
    }

    /// <summary>Forgets everything.</summary>
    public void Reset()
    {
        (active, sure, begin, last) = (false, false, -1, -1);
        (settled, familySettled, told, scanned, covered) = (0, 0, 0, 0, long.MinValue / 2);
        events.Reset();
    }

    private void Settle(long until, bool isHeard)
    {
        for (; settled < until; settled++)
        {
            int place = (int)(settled & mask);
            if (alone)
            {
                events.Take(settled, isHeard, sums[place]);
            }
            else
            {
                heard[place] = isHeard;
            }
        }
    }

    private void TellSettled(bool streamEnded)
    {
        if (alone)
        {
            return;
        }

        long childrenSettled = long.MaxValue;
        foreach (SoundTrack child in children)
        {
            childrenSettled = Math.Min(childrenSettled, child.familySettled);
        }

        for (; familySettled < Math.Min(settled, childrenSettled); familySettled++)
        {
            int place = (int)(familySettled & mask);
            familyHeard[place] = heard[place] || ChildIsHeard(place);
        }

        for (; told < settled; told++)
        {
            long reach = told + settings.GapSteps;
            if (reach >= childrenSettled && !streamEnded)
            {
                return;
            }

            int place = (int)(told & mask);
            events.Take(told, heard[place] && !IsCovered(told, Math.Min(reach, childrenSettled - 1)), sums[place]);
        }
    }

    /// <summary>Whether a class below is heard within the merging gap of a step; steps come in order.</summary>
    private bool IsCovered(long step, long reach)
    {
        for (; children.Length > 0 && scanned <= reach; scanned++)
        {
            covered = ChildIsHeard((int)(scanned & mask)) ? scanned : covered;
        }

        return covered >= step - settings.GapSteps;
    }

    private bool ChildIsHeard(int place)
    {
        foreach (SoundTrack child in children)
        {
            if (child.familyHeard[place])
            {
                return true;
            }
        }

        return false;
    }
}
