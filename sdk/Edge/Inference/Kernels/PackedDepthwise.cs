namespace Edge.Inference.Kernels;

/// <summary>
/// A depthwise convolution's weights in int16, packed once for a kernel: [block of channels][pair of taps][lanes of the block · 2], and where in the
/// padded input each tap begins. Where the last block would go beyond the channels it begins earlier, and some are computed twice.
/// </summary>
internal sealed class PackedDepthwise
{
    private PackedDepthwise(Window2D window, int zeroPoint, int lanes, int[] firstChannels, int[] offsets, short[] weights, LaneRequantization requantization)
    {
        (Window, ZeroPoint, Lanes, FirstChannels, Offsets, Weights, Requantization) = (window, zeroPoint, lanes, firstChannels, offsets, weights, requantization);
        Input = new PaddedInput(window);
    }

    /// <summary>Bytes of scratch for sums before the input, a multiple of its alignment: vectors that cross cache lines are slow to store and load.</summary>
    public const int SumBytes = DepthwiseConvolutionS8.WindowsOfTile * DepthwiseConvolutionS8.LargestBlock * sizeof(int);

    /// <summary>Geometry.</summary>
    public Window2D Window { get; }

    /// <summary>The form of the input in scratch.</summary>
    public PaddedInput Input { get; }

    /// <summary>The integer that means 0 in the input.</summary>
    public int ZeroPoint { get; }

    /// <summary>Channels of a block.</summary>
    public int Lanes { get; }

    /// <summary>First channel of each block.</summary>
    public int[] FirstChannels { get; }

    /// <summary>Where the taps of each pair lie, counted from the window's first element; the second of the last pair may have no weight.</summary>
    public int[] Offsets { get; }

    /// <summary>The weights.</summary>
    public short[] Weights { get; }

    /// <summary>Biases with the zero point folded in, and what follows the sum, in the order of the lanes.</summary>
    public LaneRequantization Requantization { get; }

    /// <summary>Bytes of scratch that a kernel needs.</summary>
    public static long ScratchBytes(Window2D window) => SumBytes + new PaddedInput(window).Length * sizeof(short);

    /// <summary>Packs weights [kernel height, kernel width, channels] in pairs of taps side by side, for kernels that interleave the input's.</summary>
    /// <remarks>
    /// A block has <paramref name="lanes"/> channels, a multiple of eight and at most the layer's. Interleaving works within 128 bits, that is eight
    /// channels: the first four of each eight go to the first half of the block's lanes.
    /// </remarks>
    public static PackedDepthwise CreateInterleaved(
        ReadOnlySpan<sbyte> weights, ReadOnlySpan<int> bias, in Window2D window, int zeroPoint, Requantization requantization, int lanes) =>
        Create(weights, bias, window, zeroPoint, requantization, lanes, lane => lane % (lanes / 2) / 4 * 8 + lane / (lanes / 2) * 4 + lane % 4, (lane, tap) => 2 * lane + tap);

    /// <summary>Packs weights [kernel height, kernel width, channels] tap by tap, in blocks of at most the layer's channels.</summary>
    public static PackedDepthwise CreateTapByTap(
        ReadOnlySpan<sbyte> weights, ReadOnlySpan<int> bias, in Window2D window, int zeroPoint, Requantization requantization, int lanes) =>
        Create(weights, bias, window, zeroPoint, requantization, lanes, lane => lane, (lane, tap) => tap * lanes + lane);

    private static PackedDepthwise Create(
        ReadOnlySpan<sbyte> weights, ReadOnlySpan<int> bias, in Window2D window, int zeroPoint, Requantization requantization, int lanes,
        Func<int, int> channelOfLane, Func<int, int, int> place)
    {
        int channels = bias.Length;
        int taps = window.KernelHeight * window.KernelWidth;
        var firstChannels = new int[(channels + lanes - 1) / lanes];
        var channelOf = new int[firstChannels.Length * lanes];
        int pairs = (taps + 1) / 2;
        var packed = new short[channelOf.Length * pairs * 2];
        for (int i = 0; i < channelOf.Length; i++)
        {
            (int block, int lane) = Math.DivRem(i, lanes);
            firstChannels[block] = Math.Min(block * lanes, channels - lanes);
            channelOf[i] = firstChannels[block] + channelOfLane(lane);
            for (int tap = 0; tap < taps; tap++)
            {
                packed[(block * pairs + tap / 2) * 2 * lanes + place(lane, tap % 2)] = weights[tap * channels + channelOf[i]];
            }
        }

        return new PackedDepthwise(
            window, zeroPoint, lanes, firstChannels, FindOffsets(window, pairs), packed,
            new LaneRequantization(requantization, FoldZeroPoint(bias, weights, zeroPoint), LargestSum(weights, bias), channelOf));
    }

    private static int[] FindOffsets(in Window2D window, int pairs)
    {
        var offsets = new int[2 * pairs];
        int rowStride = new PaddedInput(window).RowStride;
        for (int tap = 0; tap < window.KernelHeight * window.KernelWidth; tap++)
        {
            (int row, int column) = Math.DivRem(tap, window.KernelWidth);
            offsets[tap] = row * window.DilationHeight * rowStride + column * window.DilationWidth * window.Channels;
        }

        return offsets;
    }

    private static int[] FoldZeroPoint(ReadOnlySpan<int> bias, ReadOnlySpan<sbyte> weights, int zeroPoint)
    {
        int[] folded = bias.ToArray();
        for (int i = 0; i < weights.Length; i++)
        {
            folded[i % folded.Length] -= zeroPoint * weights[i];
        }

        return folded;
    }

    /// <summary>A bound of |bias + Σ (x − z)·w| over all channels.</summary>
    private static long LargestSum(ReadOnlySpan<sbyte> weights, ReadOnlySpan<int> bias)
    {
        var sums = new long[bias.Length];
        for (int i = 0; i < weights.Length; i++)
        {
            sums[i % sums.Length] += 255 * Math.Abs((int)weights[i]);
        }

        long largest = 0;
        for (int c = 0; c < sums.Length; c++)
        {
            largest = Math.Max(largest, sums[c] + Math.Abs((long)bias[c]));
        }

        return largest;
    }
}
