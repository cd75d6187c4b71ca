using Edge.Quantization.Graph;

namespace Edge.Quantization.Checkpoints.Hubert;

/// <summary>HuBERT-base (Hsu et al., 2021): 12 layers of 768 channels.</summary>
internal sealed class HubertBase : CheckpointArchitecture
{
    /// <inheritdoc/>
    public override string Name => "hubert-base";

    /// <inheritdoc/>
    public override string Summary => "HuBERT-base: fairseq, s3prl's conversion, transformers' HubertModel";

    /// <inheritdoc/>
    public override bool Recognizes(Checkpoint checkpoint) =>
        HubertWeights.Find(checkpoint) is { } weights && weights.Has("layer_norm.weight") && !weights.HasBeside("layer_pred_heads.");

    /// <inheritdoc/>
    public override ModelGraph Build(Checkpoint checkpoint, CheckpointOptions options) => Build(checkpoint, options, this, cut: false);

    /// <summary>Makes a network of the family.</summary>
    /// <param name="checkpoint">The file.</param>
    /// <param name="options">What is made of it.</param>
    /// <param name="architecture">What it is taken for.</param>
    /// <param name="cut">Whether a part is taken of it.</param>
    /// <inheritdoc cref="CheckpointArchitecture.Build" path="/exception"/>
    internal static ModelGraph Build(Checkpoint checkpoint, CheckpointOptions options, CheckpointArchitecture architecture, bool cut)
    {
        HubertWeights weights = HubertWeights.Find(checkpoint)
            ?? throw new GraphFormatException(checkpoint.Source, "file", $"it holds no network of the HuBERT family: no tensor is named post_extract_proj.weight (fairseq, s3prl) or feature_projection.projection.weight (transformers).");
        if (cut != options.SubNetwork is not null)
        {
            throw new ArgumentException(cut
                ? "A LightHuBERT file holds a supernet; say which part of it: base has been reported with --embed 640 --heads 10 --ffn-ratio 4 --depth 12, small with --embed 384 --heads 6 --ffn-ratio 4 --depth 12."
                : $"{architecture.Name} has no sub-networks; --embed, --heads, --ffn-ratio and --depth are for lighthubert.");
        }

        return HubertNetwork.Build(weights, options, architecture.Name);
    }
}
