using Edge.Detection;

namespace Edge.Hosting.Listening;

/// <summary>
/// How far a model's scores have moved from what they were when it began: the population stability index, Σ (q − p)·ln(q / p), of
/// the highest score of each step over 16 equal classes, p of the first hour of sound that the model heard and q of the last full one.
/// </summary>
/// <remarks>
/// By the index's usual reading below 0.1 nothing has changed and above 0.25 something has: the microphone, the room, or the
/// model's fitness for either. Labels of background do not count. Half a step is added to each class, so that an empty one has a
/// logarithm.
/// </remarks>
internal sealed class ScoreDrift
{
    private const int Classes = 16;
    private static readonly TimeSpan Period = TimeSpan.FromHours(1);

    private readonly bool[] counts; // which labels do
    private readonly long stepsInPeriod;
    private readonly long[] reference = new long[Classes];
    private readonly long[] current = new long[Classes];
    private bool hasReference;
    private long steps;
    private double index = double.NaN;

    /// <summary>Prepares for a model's scores.</summary>
    public ScoreDrift(AudioModel model, DetectorOptions detection)
    {
        stepsInPeriod = Math.Max(1, Period.Ticks / model.Step.Ticks);
        counts = new bool[model.Network.Output.Elements];
        counts.AsSpan().Fill(true);
        if (detection is KeywordOptions keyword)
        {
            foreach (int label in keyword.Background)
            {
                counts[label] = false;
            }
        }
    }

    /// <summary>The index of the last full hour; NaN before there are two hours to compare. May be read by any thread.</summary>
    public double Index => Volatile.Read(ref index);

    /// <summary>Takes the scores of one step.</summary>
    public void Add(ReadOnlySpan<sbyte> scores)
    {
        int highest = sbyte.MinValue;
        for (int i = 0; i < scores.Length; i++)
        {
            if (counts[i] && scores[i] > highest)
            {
                highest = scores[i];
            }
        }

        current[(highest - sbyte.MinValue) / (256 / Classes)]++;
        if (++steps == stepsInPeriod)
        {
            Close();
        }
    }

    private void Close()
    {
        if (hasReference)
        {
            Volatile.Write(ref index, Compare());
        }
        else
        {
            current.CopyTo(reference.AsSpan());
            hasReference = true;
        }

        current.AsSpan().Clear();
        steps = 0;
    }

    private double Compare()
    {
        double sum = 0;
        double all = stepsInPeriod + (0.5 * Classes);
        for (int i = 0; i < Classes; i++)
        {
            double p = (reference[i] + 0.5) / all;
            double q = (current[i] + 0.5) / all;
            sum += (q - p) * Math.Log(q / p);
        }

        return sum;
    }
}
