using Edge.Quantization.Graph;

namespace Edge.Quantization.Checkpoints.Hubert;

/// <summary>LightHuBERT (Wang et al., Interspeech 2022): networks of many sizes cut from one.</summary>
internal sealed class LightHubert : CheckpointArchitecture
{
    /// <inheritdoc/>
    public override string Name => "lighthubert";

    /// <inheritdoc/>
    public override string Summary => "a sub-network of a LightHuBERT supernet, base or small: the authors' files";

    /// <inheritdoc/>
    public override bool Recognizes(Checkpoint checkpoint) =>
        HubertWeights.Find(checkpoint) is { } weights && weights.Has("layer_norm.weight") && weights.HasBeside("layer_pred_heads.");

    /// <inheritdoc/>
    public override ModelGraph Build(Checkpoint checkpoint, CheckpointOptions options) => HubertBase.Build(checkpoint, options, this, cut: true);
}
