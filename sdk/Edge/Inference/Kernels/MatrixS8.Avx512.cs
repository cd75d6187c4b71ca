using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Edge.Inference.Kernels;

internal static partial class MatrixS8
{
    /// <summary>Same as <see cref="Reference"/>, on the packing of <see cref="PackByPair"/>: sixteen channels in one register.</summary>
    public static void RunAvx512(
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
                    FourRows512(ref taps, stride / 2, ref weights, pairs, foldedBias, o, requantization, destination, channels);
                    continue;
                }

                for (int i = 0; i < count; i++)
                {
                    Vector512<int> sum = OneRow512(ref Unsafe.Add(ref taps, i * stride / 2), ref weights, pairs);
                    Store(sum.GetLower(), sum.GetUpper(), foldedBias, o, requantization, destination[(i * channels)..]);
                }
            }
        }
    }

    private static Vector512<int> OneRow512(ref int taps, ref sbyte weights, int pairs)
    {
        Vector512<int> a = Vector512<int>.Zero, b = a, c = a, d = a;
        int p = 0;
        for (; p + 4 <= pairs; p += 4)
        {
            a += MultiplyAdd512(ref taps, ref weights, p);
            b += MultiplyAdd512(ref taps, ref weights, p + 1);
            c += MultiplyAdd512(ref taps, ref weights, p + 2);
            d += MultiplyAdd512(ref taps, ref weights, p + 3);
        }

        for (; p < pairs; p++)
        {
            a += MultiplyAdd512(ref taps, ref weights, p);
        }

        return a + b + (c + d);
    }

    private static void FourRows512(
        ref int taps, int stride, ref sbyte weights, int pairs, ReadOnlySpan<int> bias, int channel, Requantization requantization,
        Span<sbyte> output, int outputStride)
    {
        Vector512<int> a = Vector512<int>.Zero, b = a, c = a, d = a;
        for (int p = 0; p < pairs; p++)
        {
            Vector512<short> w = Load512(ref weights, p);
            a += Avx512BW.MultiplyAddAdjacent(w, Vector512.Create(Unsafe.Add(ref taps, p)).AsInt16());
            b += Avx512BW.MultiplyAddAdjacent(w, Vector512.Create(Unsafe.Add(ref taps, p + stride)).AsInt16());
            c += Avx512BW.MultiplyAddAdjacent(w, Vector512.Create(Unsafe.Add(ref taps, p + 2 * stride)).AsInt16());
            d += Avx512BW.MultiplyAddAdjacent(w, Vector512.Create(Unsafe.Add(ref taps, p + 3 * stride)).AsInt16());
        }

        Store(a.GetLower(), a.GetUpper(), bias, channel, requantization, output);
        Store(b.GetLower(), b.GetUpper(), bias, channel, requantization, output[outputStride..]);
        Store(c.GetLower(), c.GetUpper(), bias, channel, requantization, output[(2 * outputStride)..]);
        Store(d.GetLower(), d.GetUpper(), bias, channel, requantization, output[(3 * outputStride)..]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> MultiplyAdd512(ref int taps, ref sbyte weights, int pair) =>
        Avx512BW.MultiplyAddAdjacent(Load512(ref weights, pair), Vector512.Create(Unsafe.Add(ref taps, pair)).AsInt16());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<short> Load512(ref sbyte weights, int pair) =>
        Avx512BW.ConvertToVector512Int16(Vector256.LoadUnsafe(ref weights, (nuint)(pair * 2 * PairBlock)));
}
