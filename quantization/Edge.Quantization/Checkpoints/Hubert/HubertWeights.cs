using Edge.Quantization.Graph;

namespace Edge.Quantization.Checkpoints.Hubert;

/// <summary>The tensors of one network of the HuBERT family under fairseq's names, whatever layout the file has.</summary>
/// <remarks>
/// Layouts: fairseq's, which s3prl's distiller and LightHuBERT share, at the root of the file or below any name ("model", "Distiller"); and that of
/// transformers' HubertModel, bare or within a larger model ("hubert.").
/// </remarks>
internal sealed class HubertWeights
{
    private const string Projection = "post_extract_proj.weight";

    /// <summary>fairseq's names and those of transformers, in the order of their replacing.</summary>
    private static readonly (string Fairseq, string Transformers)[] Names =
    [
        ("conv_layers.0.2.", "conv_layers.0.layer_norm."),
        ("encoder.pos_conv.0.", "encoder.pos_conv_embed.conv."),
        (".0.weight", ".conv.weight"),
        ("post_extract_proj.", "feature_projection.projection."),
        (".self_attn_layer_norm.", ".layer_norm."),
        (".self_attn.", ".attention."),
        (".fc1.", ".feed_forward.intermediate_dense."),
        (".fc2.", ".feed_forward.output_dense."),
    ];

    /// <summary>Parts of a network that have to be known; what else stands beside them (heads of the training) is left out.</summary>
    private static readonly string[] Trunk = ["feature_extractor.", "feature_projection.", "post_extract_proj.", "layer_norm.", "encoder."];

    private readonly Checkpoint checkpoint;
    private readonly string prefix;
    private readonly bool transformers;
    private readonly HashSet<string> used = [];

    private HubertWeights(Checkpoint checkpoint, string prefix, bool transformers) => (this.checkpoint, this.prefix, this.transformers) = (checkpoint, prefix, transformers);

    /// <summary>The layout of the file, as messages call it.</summary>
    public string Layout => transformers ? "transformers" : "fairseq";

    /// <summary>Number of encoder layers.</summary>
    public int Layers => Enumerable.Range(0, int.MaxValue).First(i => !Has($"encoder.layers.{i}.fc1.weight"));

    /// <summary>Finds the network; null where the file holds none.</summary>
    public static HubertWeights? Find(Checkpoint checkpoint)
    {
        foreach (bool transformers in new[] { false, true })
        {
            string anchor = transformers ? "feature_projection.projection.weight" : Projection;
            string? shortest = checkpoint.Tensors.Keys.Where(name => name == anchor || name.EndsWith('.' + anchor, StringComparison.Ordinal))
                .OrderBy(name => name.Length).ThenBy(name => name, StringComparer.Ordinal).FirstOrDefault();
            if (shortest is not null)
            {
                return new HubertWeights(checkpoint, shortest[..^anchor.Length], transformers);
            }
        }

        return null;
    }

    /// <summary>Whether the file has a tensor of fairseq's name.</summary>
    public bool Has(string name) => checkpoint.Tensors.ContainsKey(Spell(name));

    /// <summary>Whether the file has a tensor whose name, after the network's own prefix, begins so.</summary>
    public bool HasBeside(string beginning) => checkpoint.Tensors.Keys.Any(name => name.StartsWith(prefix + beginning, StringComparison.Ordinal));

    /// <summary>Dimensions of a tensor.</summary>
    /// <exception cref="GraphFormatException">The file lacks it, or it has another number of dimensions.</exception>
    public long[] Dims(string name, int rank) => Find(name) is var tensor && tensor.Dims.Length == rank
        ? tensor.Dims.ToArray()
        : throw Fault(name, $"it is {tensor}; expected {rank} dimensions.");

    /// <summary>A tensor as floats.</summary>
    /// <exception cref="GraphFormatException">The file lacks it, it has another shape, or holds what is no number.</exception>
    public float[] Load(string name, params ReadOnlySpan<long> dims)
    {
        CheckpointTensor tensor = Find(name);
        if (!tensor.Dims.SequenceEqual(dims))
        {
            throw Fault(name, $"it is {tensor}; expected [{string.Join(", ", dims.ToArray())}].");
        }

        used.Add(Spell(name));
        float[] values = tensor.Load().ToFloats();
        return Array.TrueForAll(values, float.IsFinite) ? values : throw Fault(name, "it holds NaN or infinity; the training had diverged, or the file is damaged.");
    }

    /// <summary>Leaves a tensor out, if there is one of the name: what it says stands elsewhere too.</summary>
    public void Skip(string name) => used.Add(Spell(name));

    /// <summary>Refuses a file that has tensors of the network which nobody loaded: it is another network then.</summary>
    /// <param name="left">Layers that were left out on purpose.</param>
    /// <exception cref="GraphFormatException">It has.</exception>
    public void RequireAllUsed(IEnumerable<int> left)
    {
        string[] expected = [.. left.Select(layer => $"encoder.layers.{layer}.")];
        foreach (string name in checkpoint.Tensors.Keys.Where(name => name.StartsWith(prefix, StringComparison.Ordinal) && !used.Contains(name)))
        {
            string own = name[prefix.Length..];
            if (Array.Exists(Trunk, part => own.StartsWith(part, StringComparison.Ordinal)) && !Array.Exists(expected, part => own.StartsWith(part, StringComparison.Ordinal)))
            {
                throw new GraphFormatException(
                    checkpoint.Source, $"tensor '{name}'", "networks of HuBERT-base's kind do not have it; group norm in the first convolution and layer norms behind their sums are expected, as in the \"base\" models. Large models are not read.");
            }
        }
    }

    /// <summary>Refuses what the training's settings, where the file has them, say of another network.</summary>
    /// <exception cref="GraphFormatException">They do.</exception>
    public void CheckSettings(int heads)
    {
        foreach ((string name, object value) in checkpoint.Scalars)
        {
            string setting = name[(name.LastIndexOf('.') + 1)..];
            if ((setting == "layer_norm_first" && value is true) || (setting == "encoder_attention_heads" && value is long count && count != heads))
            {
                throw new GraphFormatException(checkpoint.Source, name, $"it is {value}; expected layer norms behind the sums (layer_norm_first false) and {heads} heads of {HubertNetwork.HeadWidth}.");
            }
        }
    }

    private CheckpointTensor Find(string name) => checkpoint.Tensors.GetValueOrDefault(Spell(name))
        ?? throw Fault(name, $"the file lacks it; expected a whole network in the layout of {Layout}, of which it has {checkpoint.Tensors.Keys.Count(key => key.StartsWith(prefix, StringComparison.Ordinal))} tensors.");

    private GraphFormatException Fault(string name, string problem) => new(checkpoint.Source, $"tensor '{Spell(name)}'", problem);

    private string Spell(string name)
    {
        if (!transformers)
        {
            return prefix + name;
        }

        if (name.StartsWith("layer_norm.", StringComparison.Ordinal))
        {
            return $"{prefix}feature_projection.{name}";
        }

        foreach ((string fairseq, string other) in Names)
        {
            name = name.Replace(fairseq, other, StringComparison.Ordinal);
        }

        // PyTorch 2 parametrizes: the same two tensors under new names.
        string renamed = prefix + name.Replace("conv.weight_g", "conv.parametrizations.weight.original0", StringComparison.Ordinal)
            .Replace("conv.weight_v", "conv.parametrizations.weight.original1", StringComparison.Ordinal);
        return checkpoint.Tensors.ContainsKey(renamed) ? renamed : prefix + name;
    }
}
