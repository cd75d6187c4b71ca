namespace Edge.Detection;

/// <summary>The detector of an encoder, which tells no events.</summary>
/// <param name="values">Values of the network's output.</param>
public sealed class FeatureDetector(int values) : Detector(values, 0)
{
    /// <inheritdoc/>
    public override void Reset()
    {
    }

    private protected override void Take(ReadOnlySpan<sbyte> scores, ReadOnlySpan<sbyte> features, TimeSpan time)
    {
    }
}
