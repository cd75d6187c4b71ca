using System.Numerics;
using System.Runtime.InteropServices;

namespace Edge.Quantization.Calibration;

/// <summary>Smallest and largest element of each value over all samples.</summary>
public sealed class MinMaxObserver : IActivationObserver
{
    private readonly Dictionary<string, (float Min, float Max)> ranges = [];

    /// <inheritdoc/>
    public int Passes => 1;

    /// <summary>
    /// The range of each value seen; infinite elements (masks, logarithms of 0), and those beyond <see cref="Histogram.Limit"/>, are
    /// left out, a value with no others too.
    /// </summary>
    public IReadOnlyDictionary<string, (float Min, float Max)> Ranges => ranges;

    /// <inheritdoc/>
    public void BeginPass(int pass) => ranges.Clear();

    /// <inheritdoc/>
    public void Observe(string value, ReadOnlySpan<long> dims, ReadOnlySpan<float> activations)
    {
        (float min, float max) = ranges.GetValueOrDefault(value, (float.PositiveInfinity, float.NegativeInfinity));
        (min, max) = Widen(min, max, activations);
        if (min <= max)
        {
            ranges[value] = (min, max);
        }
    }

    private static (float Min, float Max) Widen(float min, float max, ReadOnlySpan<float> elements)
    {
        ReadOnlySpan<Vector<float>> vectors = MemoryMarshal.Cast<float, Vector<float>>(elements);
        var smallest = new Vector<float>(min);
        var largest = new Vector<float>(max);
        foreach (Vector<float> element in vectors)
        {
            Vector<int> finite = Vector.LessThanOrEqual(Vector.Abs(element), new Vector<float>(Histogram.Limit));
            smallest = Vector.Min(smallest, Vector.ConditionalSelect(finite, element, smallest));
            largest = Vector.Max(largest, Vector.ConditionalSelect(finite, element, largest));
        }

        for (int lane = 0; lane < Vector<float>.Count; lane++)
        {
            (min, max) = (Math.Min(min, smallest[lane]), Math.Max(max, largest[lane]));
        }

        foreach (float element in elements[(vectors.Length * Vector<float>.Count)..])
        {
            if (Math.Abs(element) <= Histogram.Limit)
            {
                (min, max) = (Math.Min(min, element), Math.Max(max, element));
            }
        }

        return (min, max);
    }
}
