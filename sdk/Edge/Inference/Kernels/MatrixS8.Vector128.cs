using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Edge.Inference.Kernels;

internal static partial class MatrixS8
{
    /// <summary>Output channels that one block of tap-packed weights serves.</summary>
    public const int TapBlock = 16;

    /// <summary>
    /// Weights as [block][depth, even][16 channels]: a 16-byte load holds one tap of sixteen channels. Channels and depth are padded with zeros.
    /// </summary>
    public static sbyte[] PackByTap(ReadOnlySpan<sbyte> weights, int outputChannels, int depth)
    {
        int taps = depth + (depth & 1);
        int blocks = (outputChannels + TapBlock - 1) / TapBlock;
        var packed = new sbyte[blocks * taps * TapBlock];
        for (int o = 0; o < outputChannels; o++)
        {
            for (int k = 0; k < depth; k++)
            {
                packed[(o / TapBlock * taps + k) * TapBlock + o % TapBlock] = weights[o * depth + k];
            }
        }

        return packed;
    }

    /// <summary>
    /// Same as <see cref="Reference"/>, sixteen channels at a time. Two products of int8 fit in int16 (2 · 128 · 127 = 32,512) as long as no
    /// weight is -128, which symmetric weights exclude and the caller checks.
    /// </summary>
    public static void RunVector128(
        ReadOnlySpan<sbyte> rows, int rowCount, int depth, ReadOnlySpan<sbyte> packed, ReadOnlySpan<int> foldedBias,
        Requantization requantization, Span<sbyte> output)
    {
        int channels = foldedBias.Length;
        int blockBytes = (depth + (depth & 1)) * TapBlock;
        Span<int> accumulators = stackalloc int[TapBlock];
        for (int r = 0; r < rowCount; r++)
        {
            ReadOnlySpan<sbyte> row = rows.Slice(r * depth, depth);
            for (int o = 0; o < channels; o += TapBlock)
            {
                Accumulate(row, packed.Slice(o / TapBlock * blockBytes, blockBytes), accumulators);
                int width = Math.Min(TapBlock, channels - o);
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
        Vector128<int> a = Vector128<int>.Zero, b = a, c = a, d = a;
        for (int k = 0; k < row.Length; k += 2)
        {
            Vector128<short> x0 = Vector128.Create((short)Unsafe.Add(ref taps, k));
            // An odd depth ends in a tap whose weights are zero; it is not read from the row.
            Vector128<short> x1 = Vector128.Create(k + 1 < row.Length ? (short)Unsafe.Add(ref taps, k + 1) : (short)0);
            (Vector128<short> low0, Vector128<short> high0) = Vector128.Widen(Vector128.LoadUnsafe(ref weights, (nuint)(k * TapBlock)));
            (Vector128<short> low1, Vector128<short> high1) = Vector128.Widen(Vector128.LoadUnsafe(ref weights, (nuint)((k + 1) * TapBlock)));
            (Vector128<int> first, Vector128<int> second) = Vector128.Widen(low0 * x0 + low1 * x1);
            (Vector128<int> third, Vector128<int> fourth) = Vector128.Widen(high0 * x0 + high1 * x1);
            a += first;
            b += second;
            c += third;
            d += fourth;
        }

        a.CopyTo(accumulators);
        b.CopyTo(accumulators[4..]);
        c.CopyTo(accumulators[8..]);
        d.CopyTo(accumulators[12..]);
    }
}
