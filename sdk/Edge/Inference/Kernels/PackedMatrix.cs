namespace Edge.Inference.Kernels;

/// <summary>How a kernel wants a group of taps: how many it multiplies at once, and where each weight lies among those of sixteen channels.</summary>
internal enum TapGroup
{
    /// <summary>Two taps, sixteen channels of the first before those of the second.</summary>
    TapByTap,

    /// <summary>Two taps of a channel side by side.</summary>
    Pair,

    /// <summary>Four taps of a channel side by side.</summary>
    Quad,
}

/// <summary>
/// A convolution's weights, packed once for a kernel: [block of 16 channels][group of taps][16 channels · taps], and where in the padded input
/// each group begins. Channels and groups are filled up with zeros, so what a group reads beyond its taps does not matter.
/// </summary>
internal sealed class PackedMatrix
{
    /// <summary>Output channels of a block.</summary>
    public const int Block = 16;

    /// <summary>Bytes of scratch for sums before the input, a multiple of its alignment: vectors that cross cache lines are slow to store and load.</summary>
    public const int SumBytes = MatrixS8.BlocksOfTile * MatrixS8.RowsOfTile * Block * sizeof(int);

    /// <summary>Elements behind the padded input that a last group may read.</summary>
    public const int Slack = 4;

    private PackedMatrix(Window2D window, int channels, int zeroPoint, int[] offsets, sbyte[] weights, LaneRequantization requantization, bool makesInt16)
    {
        (Window, Channels, ZeroPoint, Offsets, Weights, Requantization, MakesInt16) = (window, channels, zeroPoint, offsets, weights, requantization, makesInt16);
        Input = new PaddedInput(window);
    }

    /// <summary>Geometry.</summary>
    public Window2D Window { get; }

    /// <summary>Output channels.</summary>
    public int Channels { get; }

    /// <summary>The form of the input in scratch.</summary>
    public PaddedInput Input { get; }

    /// <summary>The integer that means 0 in the input.</summary>
    public int ZeroPoint { get; }

    /// <summary>First element of each group of taps, counted from that of the window.</summary>
    public int[] Offsets { get; }

    /// <summary>The weights.</summary>
    public sbyte[] Weights { get; }

    /// <summary>Biases with the zero point folded in, and what follows the sum.</summary>
    public LaneRequantization Requantization { get; }

    /// <summary>Whether the output is int16, whose bytes a kernel is given.</summary>
    public bool MakesInt16 { get; }

    /// <summary>Bytes of an element of the output.</summary>
    public int OutputBytes => MakesInt16 ? sizeof(short) : sizeof(sbyte);

    /// <summary>Bytes of scratch that a kernel needs.</summary>
    public static long ScratchBytes(Window2D window, TapGroup group) =>
        SumBytes + (new PaddedInput(window).Length + Slack) * (group == TapGroup.Pair ? sizeof(short) : sizeof(sbyte));

    /// <summary>Bytes of packed weights.</summary>
    public static long WeightBytes(Window2D window, int channels, TapGroup group)
    {
        (int runs, int length) = Runs(window);
        int taps = Taps(group);
        return (channels + Block - 1L) / Block * Block * runs * ((length + taps - 1L) / taps * taps);
    }

    /// <summary>Packs weights [channels, kernel height, kernel width, channels in]; for an output of int16, which rounds once, sums must stay in 32 bits.</summary>
    public static PackedMatrix Create(
        ReadOnlySpan<sbyte> weights, ReadOnlySpan<int> bias, in Window2D window, int zeroPoint, Requantization requantization, TapGroup group, bool makesInt16 = false)
    {
        int taps = Taps(group);
        (int runs, int length) = Runs(window);
        int groupsOfRun = (length + taps - 1) / taps;
        int groups = runs * groupsOfRun;
        var packed = new sbyte[WeightBytes(window, bias.Length, group)];
        for (int o = 0; o < bias.Length; o++)
        {
            ReadOnlySpan<sbyte> channel = weights.Slice(o * window.Taps, window.Taps);
            for (int i = 0; i < channel.Length; i++)
            {
                (int run, int element) = Math.DivRem(i, length);
                int first = (o / Block * groups + run * groupsOfRun + element / taps) * Block * taps;
                int lane = group == TapGroup.TapByTap ? element % taps * Block + o % Block : o % Block * taps + element % taps;
                packed[first + lane] = channel[i];
            }
        }

        // Unsigned values are 128 larger, and so is the zero point.
        int folded = group == TapGroup.Quad ? zeroPoint + 128 : zeroPoint;
        return new PackedMatrix(
            window, bias.Length, zeroPoint, FindOffsets(window, runs, groupsOfRun, taps), packed,
            new LaneRequantization(
                requantization, MatrixS8.FoldZeroPoint(bias, weights, window.Taps, folded), LargestSum(weights, bias, window.Taps),
                LaneRequantization.InOrder(bias.Length, Block)),
            makesInt16);
    }

    /// <summary>A bound of |bias + Σ (x − z)·w| over all channels.</summary>
    public static long LargestSum(ReadOnlySpan<sbyte> weights, ReadOnlySpan<int> bias, int taps)
    {
        long largest = 0;
        for (int o = 0; o < bias.Length; o++)
        {
            long sum = Math.Abs((long)bias[o]);
            foreach (sbyte weight in weights.Slice(o * taps, taps))
            {
                sum += 255 * Math.Abs((int)weight);
            }

            largest = Math.Max(largest, sum);
        }

        return largest;
    }

    private static int Taps(TapGroup group) => group == TapGroup.Quad ? 4 : 2;

    /// <summary>A window's taps as runs of neighbours in the padded input.</summary>
    private static (int Count, int Length) Runs(in Window2D window)
    {
        if (window.KernelWidth > 1 && window.DilationWidth > 1)
        {
            return (window.KernelHeight * window.KernelWidth, window.Channels);
        }

        bool wholeRows = window.KernelWidth == new PaddedInput(window).Columns && window.DilationHeight == 1;
        return wholeRows ? (1, window.Taps) : (window.KernelHeight, window.KernelWidth * window.Channels);
    }

    private static int[] FindOffsets(Window2D window, int runs, int groupsOfRun, int taps)
    {
        var input = new PaddedInput(window);
        var offsets = new int[runs * groupsOfRun];
        int runsOfRow = Math.Max(1, runs / window.KernelHeight);
        for (int i = 0; i < offsets.Length; i++)
        {
            (int run, int group) = Math.DivRem(i, groupsOfRun);
            (int row, int column) = Math.DivRem(run, runsOfRow);
            offsets[i] = row * window.DilationHeight * input.RowStride + column * window.DilationWidth * window.Channels + group * taps;
        }

        return offsets;
    }
}
