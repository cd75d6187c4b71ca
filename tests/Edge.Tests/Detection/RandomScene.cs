using Edge.Detection;

namespace Edge.Tests.Detection;

/// <summary>Scores that rise, stay and fall, and settings of every kind, all from one seed.</summary>
internal sealed record RandomScene(SoundEventOptions Options, string[] Labels, sbyte[][] Scores, TimeSpan[] Times, TimeSpan Step, TimeSpan Window)
{
    public const double Scale = 1.0 / 256;
    public const int ZeroPoint = -128;

    public static RandomScene Make(Random random)
    {
        int stepSamples = random.Next(200, 3_000);
        TimeSpan[] times = [.. Enumerable.Range(1, random.Next(0, 150)).Select(k => TimeSpan.FromTicks(k * stepSamples * TimeSpan.TicksPerSecond / 16_000))];
        var step = TimeSpan.FromTicks(stepSamples * TimeSpan.TicksPerSecond / 16_000);
        string[] labels = [.. Enumerable.Range(0, random.Next(1, 7)).Select(i => $"label {i}")];
        sbyte[][] scores = [.. times.Select(_ => new sbyte[labels.Length])];
        for (int label = 0; label < labels.Length; label++)
        {
            int left = 0, level = 0;
            foreach (sbyte[] row in scores)
            {
                if (left-- == 0)
                {
                    (left, level) = (random.Next(0, 12), random.Next(3) == 0 ? random.Next(-128, 128) : random.Next(2) == 0 ? -128 : 100);
                }

                row[label] = (sbyte)Math.Clamp(level + random.Next(-15, 16), -128, 127);
            }
        }

        int steps = (int)step.TotalMilliseconds;
        return new RandomScene(MakeOptions(random, labels.Length, steps), labels, scores, times, step, TimeSpan.FromMilliseconds(random.Next(0, 6 * steps)));
    }

    private static SoundEventOptions MakeOptions(Random random, int labels, int step)
    {
        (double onset, int gap, int minimum) = (random.NextDouble(), Ms(6), Ms(8));
        var classes = new List<SoundClass>();
        for (int i = 0; random.Next(4) != 0 && i < 7; i++)
        {
            double own = random.NextDouble();
            (int ownGap, int ownMinimum) = (Ms(6), Ms(8));
            classes.Add(new SoundClass
            {
                Name = $"class {i}",
                Labels = [.. Enumerable.Range(0, random.Next(1, 3)).Select(_ => random.Next(labels))],
                OnsetThreshold = Sometimes(own),
                OffsetThreshold = null,
                MinimumMs = Sometimes(ownMinimum),
                MergeGapMs = Sometimes(ownGap),
                MaximumMs = random.Next(2) == 0 ? (int?)(Math.Max(1, ownGap + gap + ownMinimum + minimum) + Ms(20)) : null,
                RefractoryMs = Sometimes(Ms(20)),
                DelayMs = Sometimes(Ms(6)),
                OffsetDelayMs = Sometimes(Ms(6)),
                Parent = i > 0 && random.Next(2) == 0 ? $"class {random.Next(i)}" : null,
            });
        }

        // Of a shuffled list a parent may stand before or behind its children.
        SoundClass[] shuffled = [.. classes];
        random.Shuffle(shuffled);
        return new SoundEventOptions
        {
            SmoothingMs = Ms(5),
            OnsetThreshold = onset,
            OffsetThreshold = onset * random.NextDouble(),
            MinimumMs = minimum,
            MergeGapMs = gap,
            MaximumMs = 2_000 + (40 * step),
            RefractoryMs = random.Next(2) == 0 ? 0 : Ms(20),
            DelayMs = Sometimes(Ms(6)),
            OffsetDelayMs = Sometimes(Ms(6)),
            WarmUpMs = Sometimes(Ms(6)),
            Onsets = random.Next(2) == 0,
            Classes = shuffled,
        };

        int Ms(int most) => random.Next(0, most * step);

        T? Sometimes<T>(T value) where T : struct => random.Next(2) == 0 ? value : null;
    }
}
