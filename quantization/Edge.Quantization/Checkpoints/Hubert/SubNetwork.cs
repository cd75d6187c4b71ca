namespace Edge.Quantization.Checkpoints.Hubert;

/// <summary>A part of a LightHuBERT supernet (Wang et al., Interspeech 2022), which shares its weights with the whole.</summary>
/// <param name="Width">Channels between the layers.</param>
/// <param name="Heads">Attention heads of 64 channels, layer by layer.</param>
/// <param name="FeedForwardRatios">Channels within the feed-forward network over <paramref name="Width"/>, layer by layer.</param>
public sealed record SubNetwork(int Width, IReadOnlyList<int> Heads, IReadOnlyList<double> FeedForwardRatios)
{
    /// <summary>Layers that a supernet has.</summary>
    internal const int SupernetDepth = 12;

    /// <summary>Layers from 0 that leave as the depth falls: the last ones of its blocks of four, the last block's first.</summary>
    private static readonly int[] LeaveOrder = [11, 7, 3, 10, 6, 2];

    /// <summary>Fewest layers.</summary>
    public static int MinDepth => SupernetDepth - LeaveOrder.Length;

    /// <summary>Number of layers.</summary>
    public int Depth => Heads.Count;

    /// <summary>The supernet's layers that are kept, from 0.</summary>
    internal IReadOnlyList<int> Layers => [.. Enumerable.Range(0, SupernetDepth).Except(LeaveOrder.Take(SupernetDepth - Depth))];

    /// <summary>Channels within the feed-forward network of a layer.</summary>
    internal int FeedForward(int layer) => (int)(FeedForwardRatios[layer] * Width);

    /// <summary>What does not fit a supernet of these sizes; null where it can be cut from it.</summary>
    internal string? Fault(int width, int feedForward)
    {
        if (Depth < MinDepth || Depth > SupernetDepth || FeedForwardRatios.Count != Depth)
        {
            return $"it has {Depth} layers and {FeedForwardRatios.Count} ratios; expected {MinDepth} to {SupernetDepth}, as many of both.";
        }

        if (Width < HubertNetwork.PositionGroups || Width > width || Width % HubertNetwork.PositionGroups != 0)
        {
            return $"its width is {Width}; expected a multiple of {HubertNetwork.PositionGroups} up to {width}, that of the supernet.";
        }

        if (Heads.Any(heads => heads < 1 || heads * HubertNetwork.HeadWidth > width))
        {
            return $"its heads are {string.Join(", ", Heads)}; expected 1 to {width / HubertNetwork.HeadWidth}.";
        }

        return FeedForwardRatios.Any(ratio => ratio * Width < 1 || ratio > (double)feedForward / width)
            ? $"its ratios of the feed-forward network are {string.Join(", ", FeedForwardRatios)}; expected above 0, to {(double)feedForward / width}."
            : null;
    }
}
