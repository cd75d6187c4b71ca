using Edge.Quantization.Graph;

namespace Edge.Quantization.Rewriting.Compression;

/// <summary>What shall be taken out of a network.</summary>
public sealed record CompressionOptions
{
    /// <summary>Share of attention heads that goes; 0 to below 1.</summary>
    public double PruneHeads { get; init; }

    /// <summary>Share of hidden channels that goes; 0 to below 1.</summary>
    public double PruneChannels { get; init; }

    /// <summary>The most that the network may cost once channels have gone, instead of a share of them; null for no limit.</summary>
    public ModelCost? Limit { get; init; }

    /// <summary>What is left of hidden channels where some go is a multiple of this.</summary>
    public int ChannelMultiple { get; init; } = 1;

    /// <summary>Share of each linear layer's output variance that a cut into two thin layers must keep; 1 cuts nothing.</summary>
    public double KeepEnergy { get; init; } = 1;

    /// <summary>Whether anything shall be taken out.</summary>
    public bool Any => PruneHeads > 0 || PruneChannels > 0 || Limit is not null || KeepEnergy < 1;
}
