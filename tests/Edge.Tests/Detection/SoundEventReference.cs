using Edge.Detection;

namespace Edge.Tests.Detection;

/// <summary>The sound event detector once more from its description: the whole matrix of scores in, all events out, one rule after the other.</summary>
internal static class SoundEventReference
{
    /// <summary>Events of a whole stream, in order of start, end and label.</summary>
    /// <param name="options">Settings without faults.</param>
    /// <param name="labels">Names of the scores.</param>
    /// <param name="scores">[steps][labels], of scale <paramref name="scale"/> and zero point <paramref name="zeroPoint"/>.</param>
    /// <param name="times">End of each step.</param>
    public static List<AudioEvent> Detect(SoundEventOptions options, string[] labels, sbyte[][] scores, TimeSpan[] times, double scale, int zeroPoint, TimeSpan step, TimeSpan window)
    {
        SoundClass[] classes = [.. options.ClassesOf(labels)];
        TimeSpan warmUp = options.WarmUpMs is { } ms ? TimeSpan.FromMilliseconds(ms) : window;
        int n = Math.Max(1, (int)Math.Round(options.SmoothingMs / step.TotalMilliseconds));
        int first = Array.FindIndex(times, time => time >= warmUp);
        first = first < 0 ? times.Length : first + n - 1;
        TimeSpan[] ends = [.. times.Skip(first)];
        double[][] smoothed = [.. classes.Select(one => Enumerable.Range(first, Math.Max(0, times.Length - first))
            .Select(k => Enumerable.Range(k - n + 1, n).Average(j => one.Labels.Max(label => scale * (scores[j][label] - zeroPoint)))).ToArray())];

        bool[][] heard = [.. classes.Select((one, c) => Heard(one, smoothed[c], step))];
        var events = new List<AudioEvent>();
        for (int c = 0; c < classes.Length; c++)
        {
            int[] below = [.. Enumerable.Range(0, classes.Length).Where(d => IsBelow(classes, classes[d], classes[c]))];
            int margin = AtMost(classes[c].MergeGapMs!.Value, step);
            bool[] own = [.. heard[c].Select((isHeard, k) => isHeard && !below.Any(d => Near(k, margin, ends.Length).Any(j => heard[d][j])))];
            events.AddRange(Events(classes[c], own, smoothed[c], ends, step, window, n));
        }

        return [.. events.OrderBy(e => e.Start).ThenBy(e => e.End).ThenBy(e => e.Label, StringComparer.Ordinal)];
    }

    private static bool[] Heard(SoundClass one, double[] smoothed, TimeSpan step)
    {
        bool[] active = new bool[smoothed.Length];
        for (int k = 0; k < active.Length; k++)
        {
            bool was = k > 0 && active[k - 1];
            active[k] = smoothed[k] >= (was ? one.OffsetThreshold!.Value : one.OnsetThreshold!.Value) - 1e-9;
        }

        foreach ((int begin, int end) in Runs([.. active.Select(a => !a)]))
        {
            if (begin > 0 && end < active.Length && end - begin <= AtMost(one.MergeGapMs!.Value, step))
            {
                active.AsSpan(begin, end - begin).Fill(true);
            }
        }

        foreach ((int begin, int end) in Runs([.. active]).Where(run => run.End - run.Begin < AtLeast(one.MinimumMs!.Value, step)))
        {
            active.AsSpan(begin, end - begin).Clear();
        }

        return active;
    }

    private static IEnumerable<AudioEvent> Events(SoundClass one, bool[] own, double[] smoothed, TimeSpan[] ends, TimeSpan step, TimeSpan window, int n)
    {
        TimeSpan ofSmoothing = (n - 1) * step / 2;
        TimeSpan onsetDelay = ofSmoothing + (one.DelayMs is { } delay ? TimeSpan.FromMilliseconds(delay) : (window + step) / 2);
        TimeSpan offsetDelay = one.OffsetDelayMs is { } behind ? ofSmoothing + TimeSpan.FromMilliseconds(behind) : onsetDelay;
        int maximum = Math.Max(AtLeast(one.MinimumMs!.Value, step), AtMost(one.MaximumMs!.Value, step)), mute = 0;
        TimeSpan last = TimeSpan.Zero;
        foreach ((int from, int end) in Runs(own))
        {
            int begin = Math.Max(from, mute);
            if (end - begin < AtLeast(one.MinimumMs!.Value, step))
            {
                continue;
            }

            TimeSpan start = Later(last, begin == 0 ? TimeSpan.Zero : ends[begin] - onsetDelay);
            for (int cut = begin; cut < end; cut += maximum)
            {
                int behindIt = Math.Min(cut + maximum, end);
                TimeSpan stop = behindIt < end ? ends[behindIt] - onsetDelay : behindIt == ends.Length ? ends[^1] : ends[behindIt] - offsetDelay;
                last = Later(start, stop);
                double[] inside = smoothed[cut..behindIt];
                yield return new AudioEvent(one.Name, start, last, (float)inside.Max(), "m") { MeanScore = (float)inside.Average() };
                start = last;
            }

            mute = end + (int)Math.Ceiling(one.RefractoryMs!.Value / step.TotalMilliseconds - 0.001);
        }
    }

    private static IEnumerable<(int Begin, int End)> Runs(bool[] steps)
    {
        for (int begin = 0, end; begin < steps.Length; begin = end)
        {
            end = begin + 1;
            while (end < steps.Length && steps[end] == steps[begin])
            {
                end++;
            }

            if (steps[begin])
            {
                yield return (begin, end);
            }
        }
    }

    private static IEnumerable<int> Near(int k, int margin, int count) => Enumerable.Range(k - margin, (2 * margin) + 1).Where(j => j >= 0 && j < count);

    private static bool IsBelow(SoundClass[] classes, SoundClass one, SoundClass other) =>
        one.Parent is { } parent && (parent == other.Name || IsBelow(classes, classes.First(c => c.Name == parent), other));

    private static int AtLeast(int ms, TimeSpan step) => Math.Max(1, (int)Math.Ceiling(ms / step.TotalMilliseconds - 0.001));

    private static int AtMost(int ms, TimeSpan step) => (int)Math.Floor(ms / step.TotalMilliseconds + 0.001);

    private static TimeSpan Later(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
