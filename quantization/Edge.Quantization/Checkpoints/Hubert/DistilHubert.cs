using Edge.Quantization.Graph;

namespace Edge.Quantization.Checkpoints.Hubert;

/// <summary>DistilHuBERT (Chang, Yang, Lee, ICASSP 2022): HuBERT's convolutions and two layers, no norm between them.</summary>
internal sealed class DistilHubert : CheckpointArchitecture
{
    /// <inheritdoc/>
    public override string Name => "distilhubert";

    /// <inheritdoc/>
    public override string Summary => "DistilHuBERT: transformers' HubertModel without feature norm, s3prl's distiller";

    /// <inheritdoc/>
    public override bool Recognizes(Checkpoint checkpoint) => HubertWeights.Find(checkpoint) is { } weights && !weights.Has("layer_norm.weight");

    /// <inheritdoc/>
    public override ModelGraph Build(Checkpoint checkpoint, CheckpointOptions options) => HubertBase.Build(checkpoint, options, this, cut: false);
}
