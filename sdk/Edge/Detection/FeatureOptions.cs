namespace Edge.Detection;

/// <summary>No events: the network is an encoder, and its output are features for somebody else, which <see cref="Scorer"/> gives step by step.</summary>
public sealed record FeatureOptions : DetectorOptions
{
    /// <inheritdoc/>
    public override string Kind => "features";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Faults(int labels) => [];

    internal override IReadOnlyList<string> Faults(int labels, TimeSpan step) => [];

    internal override Detector CreateDetector(AudioModel model) => new FeatureDetector(model.Network.Output.Elements);
}
