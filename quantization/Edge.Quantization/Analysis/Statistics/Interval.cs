namespace Edge.Quantization.Analysis.Statistics;

/// <summary>A confidence interval.</summary>
/// <param name="Low">Its lower end.</param>
/// <param name="High">Its upper end.</param>
public readonly record struct Interval(double Low, double High)
{
    /// <summary>The confidence that is used where none is asked for.</summary>
    public const double DefaultConfidence = 0.95;

    internal static void CheckConfidence(double confidence)
    {
        if (!(confidence is > 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(confidence), confidence, "Expected a number between 0 and 1, both excluded.");
        }
    }
}
