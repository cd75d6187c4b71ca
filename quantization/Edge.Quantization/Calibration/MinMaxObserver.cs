namespace Edge.Quantization.Calibration;

/// <summary>Smallest and largest element of each value over all samples.</summary>
public sealed class MinMaxObserver : IActivationObserver
{
    private readonly Dictionary<string, (float Min, float Max)> ranges = [];

    /// <inheritdoc/>
    public int Passes => 1;

    /// <summary>The range of each value seen; infinite elements (masks, logarithms of 0) are left out, a value with no others too.</summary>
    public IReadOnlyDictionary<string, (float Min, float Max)> Ranges => ranges;

    /// <inheritdoc/>
    public void BeginPass(int pass) => ranges.Clear();

    /// <inheritdoc/>
    public void Observe(string value, ReadOnlySpan<float> activations)
    {
        (float min, float max) = ranges.GetValueOrDefault(value, (float.PositiveInfinity, float.NegativeInfinity));
        foreach (float activation in activations)
        {
            if (float.IsFinite(activation))
            {
                min = Math.Min(min, activation);
                max = Math.Max(max, activation);
            }
        }

        if (min <= max)
        {
            ranges[value] = (min, max);
        }
    }
}
