using Edge.Quantization.Calibration;

namespace Edge.Benchmarks;

/// <summary>Filling a histogram, the loop that calibration spends its time in beside the network itself.</summary>
internal static class HistogramEntries
{
    private const int Elements = 100_000;

    public static void Add(Contest contest)
    {
        var random = new Random(1);
        float[] spread = [.. Enumerable.Range(0, Elements).Select(_ => random.NextSingle() * 2 - 1)];
        float[] halfZero = Array.ConvertAll(spread, element => Math.Max(element, 0)); // as after ReLU: most increments go to one bin
        foreach ((string name, float[] elements) in new[] { ("even", spread), ("half zeros", halfZero) })
        {
            string group = $"histogram of 2048 bins, {name}, 1,000 elements";
            var counts = new long[HistogramObserver.DefaultBins];
            contest.Add(new Entry(group, "one element after the other", () => FillOneByOne(counts, elements), Elements / 1_000));
            var histogram = new Histogram(-1, 1, HistogramObserver.DefaultBins);
            contest.Add(new Entry(group, "Histogram, which counts the moments too", () => histogram.Add(elements), Elements / 1_000));
        }
    }

    private static void FillOneByOne(long[] counts, ReadOnlySpan<float> elements)
    {
        foreach (float element in elements)
        {
            if (float.IsFinite(element))
            {
                counts[Math.Clamp((int)((element + 1) * (counts.Length / 2f)), 0, counts.Length - 1)]++;
            }
        }
    }
}
