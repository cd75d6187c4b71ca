using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Edge.Inference.Kernels;

internal static partial class MatrixS8
{
    /// <summary>Output channels that one block of pair-packed weights serves.</summary>
    public const int PairBlock = 16;

    /// <summary>
    /// Weights as [block][depth / 2][16 channels][2]: eight channels' pairs, widened, meet a broadcast pair of inputs in one multiply-add.
    /// </summary>
    public static sbyte[] PackByPair(ReadOnlySpan<sbyte> weights, int outputChannels, int depth)
    {
        int pairs = (depth + 1) / 2;
        int blocks = (outputChannels + PairBlock - 1) / PairBlock;
        var packed = new sbyte[blocks * pairs * 2 * PairBlock];
        for (int o = 0; o < outputChannels; o++)
        {
            for (int k = 0; k < depth; k++)
            {
                packed[((o / PairBlock * pairs + k / 2) * PairBlock + o % PairBlock) * 2 + k % 2] = weights[o * depth + k];
            }
        }

        return packed;
    }

    /// <summary>Bytes of scratch that <see cref="RunAvx2"/> needs: four rows widened to int16, depth rounded up to even, and room for the last vector.</summary>
    public static int ScratchBytes(int depth) => RowsTogether * WideStride(depth) * sizeof(short);

    /// <summary>Same as <see cref="Reference"/>, four rows by sixteen channels at a time.</summary>
    public static void RunAvx2(
        ReadOnlySpan<sbyte> rows, int rowCount, int depth, ReadOnlySpan<sbyte> packed, ReadOnlySpan<int> foldedBias,
        Requantization requantization, Span<sbyte> output, Span<byte> scratch)
    {
        int channels = foldedBias.Length;
        int stride = WideStride(depth);
        int pairs = (depth + 1) / 2;
        Span<short> wide = MemoryMarshal.Cast<byte, short>(scratch)[..(RowsTogether * stride)];
        for (int r = 0; r < rowCount; r += RowsTogether)
        {
            int count = Math.Min(RowsTogether, rowCount - r);
            for (int i = 0; i < count; i++)
            {
                Widen(rows.Slice((r + i) * depth, depth), wide.Slice(i * stride, stride));
            }

            ref int taps = ref Unsafe.As<short, int>(ref MemoryMarshal.GetReference(wide));
            for (int o = 0; o < channels; o += PairBlock)
            {
                ref sbyte weights = ref Unsafe.Add(ref MemoryMarshal.GetReference(packed), o * pairs * 2);
                Span<sbyte> destination = output[(r * channels + o)..];
                if (count == RowsTogether)
                {
                    FourRows(ref taps, stride / 2, ref weights, pairs, foldedBias, o, requantization, destination, channels);
                }
                else
                {
                    for (int i = 0; i < count; i++)
                    {
                        OneRow(ref Unsafe.Add(ref taps, i * stride / 2), ref weights, pairs, foldedBias, o, requantization, destination[(i * channels)..]);
                    }
                }
            }
        }
    }

    private const int RowsTogether = 4;

    private static int WideStride(int depth) => (depth + 15) & ~15;

    private static void Widen(ReadOnlySpan<sbyte> row, Span<short> wide)
    {
        int k = 0;
        ref sbyte source = ref MemoryMarshal.GetReference(row);
        for (; k + 16 <= row.Length; k += 16)
        {
            Avx2.ConvertToVector256Int16(Vector128.LoadUnsafe(ref source, (nuint)k)).CopyTo(wide[k..]);
        }

        for (; k < row.Length; k++)
        {
            wide[k] = row[k];
        }

        if ((row.Length & 1) != 0)
        {
            wide[row.Length] = 0; // the other half of the last pair
        }
    }

    private static void OneRow(
        ref int taps, ref sbyte weights, int pairs, ReadOnlySpan<int> bias, int channel, Requantization requantization, Span<sbyte> output)
    {
        Vector256<int> a0 = Vector256<int>.Zero, a1 = Vector256<int>.Zero, b0 = Vector256<int>.Zero, b1 = Vector256<int>.Zero;
        int p = 0;
        for (; p + 2 <= pairs; p += 2)
        {
            // Two chains of additions an accumulator hide the latency of the multiply-add.
            Vector256<short> x0 = Vector256.Create(Unsafe.Add(ref taps, p)).AsInt16();
            Vector256<short> x1 = Vector256.Create(Unsafe.Add(ref taps, p + 1)).AsInt16();
            a0 += Avx2.MultiplyAddAdjacent(Load(ref weights, (nuint)(p * 32)), x0);
            b0 += Avx2.MultiplyAddAdjacent(Load(ref weights, (nuint)(p * 32 + 16)), x0);
            a1 += Avx2.MultiplyAddAdjacent(Load(ref weights, (nuint)(p * 32 + 32)), x1);
            b1 += Avx2.MultiplyAddAdjacent(Load(ref weights, (nuint)(p * 32 + 48)), x1);
        }

        if (p < pairs)
        {
            Vector256<short> x0 = Vector256.Create(Unsafe.Add(ref taps, p)).AsInt16();
            a0 += Avx2.MultiplyAddAdjacent(Load(ref weights, (nuint)(p * 32)), x0);
            b0 += Avx2.MultiplyAddAdjacent(Load(ref weights, (nuint)(p * 32 + 16)), x0);
        }

        Store(a0 + a1, b0 + b1, bias, channel, requantization, output);
    }

    private static void FourRows(
        ref int taps, int stride, ref sbyte weights, int pairs, ReadOnlySpan<int> bias, int channel, Requantization requantization,
        Span<sbyte> output, int outputStride)
    {
        Vector256<int> a0 = Vector256<int>.Zero, a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
        for (int p = 0; p < pairs; p++)
        {
            Vector256<short> wa = Load(ref weights, (nuint)(p * 32));
            Vector256<short> wb = Load(ref weights, (nuint)(p * 32 + 16));
            Vector256<short> x = Vector256.Create(Unsafe.Add(ref taps, p)).AsInt16();
            a0 += Avx2.MultiplyAddAdjacent(wa, x);
            b0 += Avx2.MultiplyAddAdjacent(wb, x);
            x = Vector256.Create(Unsafe.Add(ref taps, p + stride)).AsInt16();
            a1 += Avx2.MultiplyAddAdjacent(wa, x);
            b1 += Avx2.MultiplyAddAdjacent(wb, x);
            x = Vector256.Create(Unsafe.Add(ref taps, p + 2 * stride)).AsInt16();
            a2 += Avx2.MultiplyAddAdjacent(wa, x);
            b2 += Avx2.MultiplyAddAdjacent(wb, x);
            x = Vector256.Create(Unsafe.Add(ref taps, p + 3 * stride)).AsInt16();
            a3 += Avx2.MultiplyAddAdjacent(wa, x);
            b3 += Avx2.MultiplyAddAdjacent(wb, x);
        }

        Store(a0, b0, bias, channel, requantization, output);
        Store(a1, b1, bias, channel, requantization, output[outputStride..]);
        Store(a2, b2, bias, channel, requantization, output[(2 * outputStride)..]);
        Store(a3, b3, bias, channel, requantization, output[(3 * outputStride)..]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Load(ref sbyte weights, nuint offset) =>
        Avx2.ConvertToVector256Int16(Vector128.LoadUnsafe(ref weights, offset));

    private static void Store(
        Vector256<int> low, Vector256<int> high, ReadOnlySpan<int> bias, int channel, Requantization requantization, Span<sbyte> output)
    {
        int remaining = bias.Length - channel;
        if (remaining >= PairBlock)
        {
            ref int first = ref Unsafe.Add(ref MemoryMarshal.GetReference(bias), channel);
            Sse2.PackSignedSaturate(
                requantization.ApplyAvx2(low + Vector256.LoadUnsafe(ref first), channel),
                requantization.ApplyAvx2(high + Vector256.LoadUnsafe(ref first, PairBlock / 2), channel + PairBlock / 2)).CopyTo(output);
            return;
        }

        Span<int> accumulators = stackalloc int[PairBlock];
        low.CopyTo(accumulators);
        high.CopyTo(accumulators[(PairBlock / 2)..]);
        for (int c = 0; c < remaining; c++)
        {
            output[c] = requantization.Apply(accumulators[c] + bias[channel + c], channel + c);
        }
    }
}
