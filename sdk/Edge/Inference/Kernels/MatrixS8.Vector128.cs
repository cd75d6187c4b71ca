using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Edge.Inference.Kernels;

internal static partial class MatrixS8
{
    /// <summary>Output channels that one block of packed weights serves.</summary>
    public const int Block = 8;

    /// <summary>
    /// Weights as [block][depth / 2][2][8 channels]: a 16-byte load holds two taps of eight channels. Channels and depth are padded with zeros.
    /// </summary>
    public static sbyte[] PackByTap(ReadOnlySpan<sbyte> weights, int outputChannels, int depth)
    {
        int pairs = (depth + 1) / 2;
        int blocks = (outputChannels + Block - 1) / Block;
        var packed = new sbyte[blocks * pairs * 2 * Block];
        for (int o = 0; o < outputChannels; o++)
        {
            for (int k = 0; k < depth; k++)
            {
                packed[((o / Block * pairs + k / 2) * 2 + k % 2) * Block + o % Block] = weights[o * depth + k];
            }
        }

        return packed;
    }

    /// <summary>
    /// Same as <see cref="Reference"/>, eight channels at a time. Two products of int8 fit in int16 (2 · 128 · 127 = 32,512) as long as no
    /// weight is -128, which symmetric weights exclude and the caller checks.
    /// </summary>
    public static void RunVector128(
        ReadOnlySpan<sbyte> rows, int rowCount, int depth, ReadOnlySpan<sbyte> packed, ReadOnlySpan<int> foldedBias,
        Requantization requantization, Span<sbyte> output)
    {
        int channels = foldedBias.Length;
        int blockBytes = (depth + 1) / 2 * 2 * Block;
        Span<int> accumulators = stackalloc int[Block];
        for (int r = 0; r < rowCount; r++)
        {
            ReadOnlySpan<sbyte> row = rows.Slice(r * depth, depth);
            for (int o = 0; o < channels; o += Block)
            {
                Accumulate(row, packed.Slice(o / Block * blockBytes, blockBytes), accumulators);
                int width = Math.Min(Block, channels - o);
                for (int c = 0; c < width; c++)
                {
                    output[r * channels + o + c] = requantization.Apply(foldedBias[o + c] + accumulators[c], o + c);
                }
            }
        }
    }

    private static void Accumulate(ReadOnlySpan<sbyte> row, ReadOnlySpan<sbyte> block, Span<int> accumulators)
    {
        ref sbyte weights = ref MemoryMarshal.GetReference(block);
        ref sbyte taps = ref MemoryMarshal.GetReference(row);
        Vector128<int> lower = Vector128<int>.Zero;
        Vector128<int> upper = Vector128<int>.Zero;
        int pairs = row.Length / 2;
        for (int p = 0; p < pairs; p++)
        {
            Vector128<sbyte> w = Vector128.LoadUnsafe(ref weights, (nuint)(p * 16));
            (Vector128<short> w0, Vector128<short> w1) = Vector128.Widen(w);
            Vector128<short> products =
                w0 * Vector128.Create((short)Unsafe.Add(ref taps, 2 * p))
                + w1 * Vector128.Create((short)Unsafe.Add(ref taps, 2 * p + 1));
            (Vector128<int> low, Vector128<int> high) = Vector128.Widen(products);
            lower += low;
            upper += high;
        }

        if ((row.Length & 1) != 0)
        {
            Vector128<short> w0 = Vector128.WidenLower(Vector128.LoadUnsafe(ref weights, (nuint)(pairs * 16)));
            (Vector128<int> low, Vector128<int> high) = Vector128.Widen(w0 * Vector128.Create((short)row[^1]));
            lower += low;
            upper += high;
        }

        lower.CopyTo(accumulators);
        upper.CopyTo(accumulators[4..]);
    }
}
