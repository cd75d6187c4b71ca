namespace Edge.Inference.Kernels;

/// <summary>
/// Weights that meet 16-bit activations, packed once: [block of 16 channels][pair of taps][16 channels · 2 taps], and what follows the
/// sums. Channels and taps are filled up with zeros.
/// </summary>
internal sealed class PackedMatrixS16
{
    /// <summary>Output channels of a block.</summary>
    public const int Block = 16;

    /// <summary>Rows that are multiplied together.</summary>
    public const int RowsTogether = 6;

    /// <summary>Rows that stay in the second cache while the weights pass over them.</summary>
    public const int RowsOfTile = 8 * RowsTogether;

    /// <summary>Packs a matrix.</summary>
    /// <param name="weights">[channels, depth].</param>
    /// <param name="bias">[channels].</param>
    /// <param name="requantization">Per channel, rounding once.</param>
    /// <param name="readsNarrow">Whether the rows' elements are at most 255 in magnitude.</param>
    public PackedMatrixS16(ReadOnlySpan<sbyte> weights, int[] bias, Requantization requantization, bool readsNarrow = false)
    {
        (Channels, Depth) = (bias.Length, weights.Length / bias.Length);
        int blocks = (Channels + Block - 1) / Block;
        Weights = new sbyte[blocks * Pairs * 2 * Block];
        (Bias, Multipliers, Halves, Rights) = (new long[blocks * Block], new long[blocks * Block], new long[blocks * Block], new long[blocks * Block]);
        for (int o = 0; o < Channels; o++)
        {
            int shift = requantization.Shifts[o];
            (Bias[o], Multipliers[o], Halves[o], Rights[o]) = (bias[o], requantization.Multipliers[o], 1L << (30 - shift), 15 - shift);
            int first = (o / Block * Pairs * Block + o % Block) * 2;
            for (int k = 0; k < Depth; k++)
            {
                Weights[first + k / 2 * 2 * Block + k % 2] = weights[o * Depth + k];
            }
        }

        (ZeroPoint, Min, Max) = (requantization.ZeroPoint, requantization.ActivationMin, requantization.ActivationMax);
        long largest = LargestSum(weights, bias, readsNarrow ? 255 : 1 << 15);
        StaysIn32Bits = largest <= int.MaxValue;
        LaneRequantization = new LaneRequantization(requantization, bias, largest, LaneRequantization.InOrder(Channels, Block));
    }

    /// <summary>Biases and requantization in 32 bits, for layers that allow it.</summary>
    public LaneRequantization LaneRequantization { get; }

    /// <summary>Whether no sum, bias and all, leaves 32 bits, whatever the rows are.</summary>
    public bool StaysIn32Bits { get; }

    /// <summary>Rows of a tile when so many are shared out evenly.</summary>
    public static int TileRows(int rows)
    {
        int tiles = (rows + RowsOfTile - 1) / RowsOfTile;
        return tiles == 1 ? rows : ((rows + tiles - 1) / tiles + RowsTogether - 1) / RowsTogether * RowsTogether;
    }

    /// <summary>Output channels.</summary>
    public int Channels { get; }

    /// <summary>Taps of a row.</summary>
    public int Depth { get; }

    /// <summary>Pairs of taps, the last filled up.</summary>
    public int Pairs => (Depth + 1) / 2;

    /// <summary>16-bit elements of scratch for the taps of a tile.</summary>
    public static long ScratchElements(int rows, int depth) => Math.Min(rows, RowsOfTile) * (depth + 1L);

    /// <summary>The weights.</summary>
    public sbyte[] Weights { get; }

    /// <summary>What the sums begin with.</summary>
    public long[] Bias { get; }

    /// <summary>Multipliers of the rescaling.</summary>
    public long[] Multipliers { get; }

    /// <summary>Half of what its shift leaves.</summary>
    public long[] Halves { get; }

    /// <summary>Bits that are shifted off behind the first 16.</summary>
    public long[] Rights { get; }

    /// <summary>The integer that means 0 in the output.</summary>
    public int ZeroPoint { get; }

    /// <summary>Smallest output.</summary>
    public int Min { get; }

    /// <summary>Largest output.</summary>
    public int Max { get; }

    /// <summary>A bound of |bias + Σ x·w| over all channels, for elements of at most this magnitude.</summary>
    private static long LargestSum(ReadOnlySpan<sbyte> weights, int[] bias, int magnitude)
    {
        int depth = weights.Length / bias.Length;
        long largest = 0;
        for (int o = 0; o < bias.Length; o++)
        {
            long sum = 0;
            foreach (sbyte weight in weights.Slice(o * depth, depth))
            {
                sum += Math.Abs((int)weight);
            }

            largest = Math.Max(largest, Math.Abs((long)bias[o]) + sum * magnitude);
        }

        return largest;
    }
}
