using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Edge.Inference.Kernels;

/// <summary>A matrix of int8 weights times a row of spikes, 0 or 1: the columns of the ones are added, and those of the zeros are not looked at.</summary>
/// <remarks>Sums are those of the full product, so the results have its bits.</remarks>
internal sealed class SpikeMatrixS8
{
    /// <summary>Channels that are summed together.</summary>
    private const int Block = 64;

    /// <summary>Columns whose sums of int8 surely stay within 16 bits: 256·128 = 2^15 below zero, 256·127 above.</summary>
    private const int ColumnsTogether = 256;

    private readonly sbyte[] columns; // [depth, channels filled up to whole blocks]
    private readonly int[] bias; // filled up
    private readonly int depth;
    private readonly int stride;

    /// <summary>Lays the weights out by columns.</summary>
    /// <param name="weights">[channels, depth].</param>
    /// <param name="bias">[channels].</param>
    public SpikeMatrixS8(ReadOnlySpan<sbyte> weights, ReadOnlySpan<int> bias)
    {
        (depth, stride) = (weights.Length / bias.Length, PaddedChannels(bias.Length));
        columns = new sbyte[depth * stride];
        this.bias = new int[stride];
        bias.CopyTo(this.bias);
        for (int o = 0; o < bias.Length; o++)
        {
            for (int k = 0; k < depth; k++)
            {
                columns[k * stride + o] = weights[o * depth + k];
            }
        }
    }

    /// <summary>Bytes of the weights by columns.</summary>
    public static long WeightBytes(int channels, int depth) => (long)PaddedChannels(channels) * depth;

    /// <summary>Integers of scratch: the sums, filled up to whole blocks, and the places of the ones.</summary>
    public static int ScratchElements(int channels, int depth) => PaddedChannels(channels) + depth;

    /// <summary>Channels in whole blocks.</summary>
    private static int PaddedChannels(int channels) => (channels + Block - 1) / Block * Block;

    /// <summary>Sums of the channels, bias and all.</summary>
    /// <param name="row">[depth].</param>
    /// <param name="most">Ones up to which it is worth it.</param>
    /// <param name="scratch">At least <see cref="ScratchElements"/>; the sums stand first in it.</param>
    /// <returns>False, and nothing done, where there are more ones, or anything but zeros and ones.</returns>
    public bool TrySum(ReadOnlySpan<sbyte> row, int most, Span<int> scratch)
    {
        int ones = Find(row, most, scratch[stride..]);
        if (ones < 0)
        {
            return false;
        }

        ReadOnlySpan<int> places = scratch.Slice(stride, ones);
        Span<int> sums = scratch[..stride];
        bias.CopyTo(sums);
        for (int first = 0; first < ones; first += ColumnsTogether)
        {
            ReadOnlySpan<int> some = places.Slice(first, Math.Min(ColumnsTogether, ones - first));
            for (int channel = 0; channel < stride; channel += Block)
            {
                if (Avx2.IsSupported)
                {
                    AddAvx2(some, channel, sums);
                }
                else
                {
                    AddVector128(some, channel, sums);
                }
            }
        }

        return true;
    }

    /// <summary>Where a row's ones stand; -1 where they are more than wanted, or it has other numbers.</summary>
    private static int Find(ReadOnlySpan<sbyte> row, int most, Span<int> places)
    {
        int found = 0, k = 0;
        for (; k + Vector128<sbyte>.Count <= row.Length; k += Vector128<sbyte>.Count)
        {
            Vector128<sbyte> values = Vector128.LoadUnsafe(ref MemoryMarshal.GetReference(row), (nuint)k);
            if ((values & Vector128.Create((sbyte)~1)) != Vector128<sbyte>.Zero)
            {
                return -1;
            }

            for (uint ones = Vector128.GreaterThan(values, Vector128<sbyte>.Zero).ExtractMostSignificantBits(); ones != 0; ones &= ones - 1)
            {
                places[found++] = k + BitOperations.TrailingZeroCount(ones);
            }

            if (found > most)
            {
                return -1;
            }
        }

        for (; k < row.Length; k++)
        {
            if ((row[k] & ~1) != 0)
            {
                return -1;
            }

            places[found] = k;
            found += row[k];
        }

        return found > most ? -1 : found;
    }

    private void AddVector128(ReadOnlySpan<int> places, int channel, Span<int> sums)
    {
        ref sbyte block = ref columns[channel];
        Vector128<short> a = default, b = default, c = default, d = default, e = default, f = default, g = default, h = default;
        foreach (int place in places)
        {
            nuint column = (nuint)place * (nuint)stride;
            Vector128<sbyte> w = Vector128.LoadUnsafe(ref block, column);
            (a, b) = (a + Vector128.WidenLower(w), b + Vector128.WidenUpper(w));
            w = Vector128.LoadUnsafe(ref block, column + 16);
            (c, d) = (c + Vector128.WidenLower(w), d + Vector128.WidenUpper(w));
            w = Vector128.LoadUnsafe(ref block, column + 32);
            (e, f) = (e + Vector128.WidenLower(w), f + Vector128.WidenUpper(w));
            w = Vector128.LoadUnsafe(ref block, column + 48);
            (g, h) = (g + Vector128.WidenLower(w), h + Vector128.WidenUpper(w));
        }

        ref int sum = ref sums[channel];
        Add(ref sum, 0, a);
        Add(ref sum, 8, b);
        Add(ref sum, 16, c);
        Add(ref sum, 24, d);
        Add(ref sum, 32, e);
        Add(ref sum, 40, f);
        Add(ref sum, 48, g);
        Add(ref sum, 56, h);
    }

    private void AddAvx2(ReadOnlySpan<int> places, int channel, Span<int> sums)
    {
        ref sbyte block = ref columns[channel];
        Vector256<short> a = default, b = default, c = default, d = default;
        foreach (int place in places)
        {
            nuint column = (nuint)place * (nuint)stride;
            a += Avx2.ConvertToVector256Int16(Vector128.LoadUnsafe(ref block, column));
            b += Avx2.ConvertToVector256Int16(Vector128.LoadUnsafe(ref block, column + 16));
            c += Avx2.ConvertToVector256Int16(Vector128.LoadUnsafe(ref block, column + 32));
            d += Avx2.ConvertToVector256Int16(Vector128.LoadUnsafe(ref block, column + 48));
        }

        ref int sum = ref sums[channel];
        Add(ref sum, 0, a.GetLower());
        Add(ref sum, 8, a.GetUpper());
        Add(ref sum, 16, b.GetLower());
        Add(ref sum, 24, b.GetUpper());
        Add(ref sum, 32, c.GetLower());
        Add(ref sum, 40, c.GetUpper());
        Add(ref sum, 48, d.GetLower());
        Add(ref sum, 56, d.GetUpper());
    }

    private static void Add(ref int sums, nuint at, Vector128<short> values)
    {
        (Vector128<int> low, Vector128<int> high) = Vector128.Widen(values);
        (Vector128.LoadUnsafe(ref sums, at) + low).StoreUnsafe(ref sums, at);
        (Vector128.LoadUnsafe(ref sums, at + 4) + high).StoreUnsafe(ref sums, at + 4);
    }
}
