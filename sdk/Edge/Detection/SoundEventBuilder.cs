namespace Edge.Detection;

/// <summary>Makes the events of one class from the steps at which it is heard and no class below it is: minimum and maximum duration, refractory time.</summary>
/// <param name="settings">The class.</param>
/// <param name="detector">Knows times and tells events.</param>
internal sealed class SoundEventBuilder(SoundSettings settings, SoundEventDetector detector)
{
    private long begin; // first step of the event under way; -1: none
    private TimeSpan start;
    private TimeSpan previousEnd;
    private bool sure; // it has lasted the minimum duration, or goes on from one that has
    private int steps;
    private long total;
    private int peak;
    private long muteUntil;

    /// <summary>Takes the next step.</summary>
    /// <param name="step">Its number, from 0.</param>
    /// <param name="isHeard">Whether the class is heard at it.</param>
    /// <param name="sum">Its smoothed score, as a sum.</param>
    public void Take(long step, bool isHeard, int sum)
    {
        if (!isHeard || step < muteUntil)
        {
            End(step);
            return;
        }

        bool goesOn = false;
        if (begin < 0)
        {
            Begin(step, detector.OnsetTime(step, settings.OnsetDelay));
        }
        else if (step - begin == settings.MaximumSteps)
        {
            TimeSpan cut = detector.OnsetTime(step, settings.OnsetDelay); // the two events meet
            Tell(EventPhase.Complete, cut);
            Begin(step, cut);
            goesOn = true;
        }

        steps++;
        total += sum;
        peak = Math.Max(peak, sum);
        if (!sure && (goesOn || step - begin + 1 >= settings.MinimumSteps))
        {
            sure = true;
            if (detector.TellsOnsets)
            {
                Tell(EventPhase.Onset, detector.Now);
            }
        }
    }

    /// <summary>Ends the stream of so many steps.</summary>
    public void Finish(long count) => End(count);

    /// <summary>Forgets everything.</summary>
    public void Reset() => (begin, previousEnd, sure, muteUntil) = (-1, TimeSpan.Zero, false, 0);

    private void Begin(long step, TimeSpan time)
    {
        begin = step;
        start = time > previousEnd ? time : previousEnd;
        (sure, steps, total, peak) = (false, 0, 0, int.MinValue);
    }

    private void End(long step)
    {
        if (begin >= 0 && sure)
        {
            Tell(EventPhase.Complete, detector.OffsetTime(step, settings.OffsetDelay));
            muteUntil = step + settings.RefractorySteps;
        }

        begin = -1;
    }

    private void Tell(EventPhase phase, TimeSpan end)
    {
        TimeSpan notBefore = end > start ? end : start;
        detector.Tell(settings.Name, phase, start, notBefore, peak, total, steps);
        previousEnd = phase == EventPhase.Complete ? notBefore : previousEnd;
    }
}
