using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Edge.Inference.Kernels;

internal static partial class MatrixS16
{
    /// <summary>Pairs of taps whose products stay in 32 bits: at most 2^23 a pair.</summary>
    private const int PairsTogether = 255;

    /// <summary>Blocks of channels that are summed together.</summary>
    private const int BlocksTogether = 2;

    private const int PairElements = 2 * PackedMatrixS16.Block;

    /// <summary>Sums of six rows by one block.</summary>
    private const int BlockSums = PackedMatrixS16.RowsTogether * PackedMatrixS16.Block;

    /// <summary>Same as <see cref="Reference"/>, two blocks of sixteen channels of six rows at a time, and the next six with the same weights.</summary>
    /// <param name="taps">[rows, 2 · pairs]: rows of taps, filled up to whole pairs.</param>
    /// <param name="rowCount">1 to <see cref="PackedMatrixS16.RowsOfTile"/>.</param>
    /// <param name="matrix">Packed weights.</param>
    /// <param name="output">[rows, channels].</param>
    public static void RunAvx512(ReadOnlySpan<short> taps, int rowCount, PackedMatrixS16 matrix, Span<short> output)
    {
        const int block = PackedMatrixS16.Block;
        taps = taps[..(rowCount * 2 * matrix.Pairs)];
        output = output[..(rowCount * matrix.Channels)];
        Span<int> sums = stackalloc int[BlocksTogether * BlockSums];
        Span<long> wideSums = stackalloc long[BlocksTogether * BlockSums];
        for (int channel = 0; channel < matrix.Channels; channel += BlocksTogether * block)
        {
            for (int row = 0; row < rowCount; row += PackedMatrixS16.RowsTogether)
            {
                int count = Math.Min(PackedMatrixS16.RowsTogether, rowCount - row);
                ReadOnlySpan<short> rows = taps[(row * 2 * matrix.Pairs)..];
                if (matrix.StaysIn32Bits)
                {
                    SumRows(rows, count, matrix, channel, 0, matrix.Pairs, sums);
                }
                else
                {
                    SumWide(rows, count, matrix, channel, sums, wideSums);
                }

                for (int own = channel; own < Math.Min(channel + BlocksTogether * block, matrix.Channels); own += block)
                {
                    int first = own == channel ? 0 : BlockSums;
                    Span<short> results = output[(row * matrix.Channels + own)..];
                    if (!matrix.StaysIn32Bits)
                    {
                        StoreWide(wideSums[first..], count, matrix, own, results);
                    }
                    else if (matrix.Channels - own < block)
                    {
                        StorePart(sums[first..], count, matrix, own, results);
                    }
                    else
                    {
                        StoreBlock(sums[first..], count, matrix, own, results);
                    }
                }
            }
        }
    }

    /// <summary>Sums of 64 bits with the bias, from parts of the rows whose products stay in 32 bits.</summary>
    private static void SumWide(ReadOnlySpan<short> rows, int rowCount, PackedMatrixS16 matrix, int channel, Span<int> products, Span<long> sums)
    {
        const int block = PackedMatrixS16.Block;
        ref long sum = ref MemoryMarshal.GetReference(sums[..(BlocksTogether * BlockSums)]);
        ref int product = ref MemoryMarshal.GetReference(products[..(BlocksTogether * BlockSums)]);
        for (int i = 0; i < BlocksTogether * PackedMatrixS16.RowsTogether; i++)
        {
            int own = channel + i / PackedMatrixS16.RowsTogether * block;
            matrix.Bias.AsSpan(own < matrix.Channels ? own : channel, block).CopyTo(sums[(i * block)..]);
        }

        for (int pair = 0; pair < matrix.Pairs; pair += PairsTogether)
        {
            SumRows(rows, rowCount, matrix, channel, pair, Math.Min(PairsTogether, matrix.Pairs - pair), products);
            for (int i = 0; i < BlocksTogether * PackedMatrixS16.RowsTogether; i++)
            {
                Add(Vector512.LoadUnsafe(ref product, (nuint)(i * block)), ref Unsafe.Add(ref sum, i * block));
            }
        }
    }

    /// <summary>Products of up to six rows with two blocks of channels, as many pairs as stay in 32 bits; the last of an odd number of blocks is summed twice.</summary>
    private static void SumRows(ReadOnlySpan<short> rows, int rowCount, PackedMatrixS16 matrix, int channel, int pair, int pairs, Span<int> sums)
    {
        int stride = 2 * matrix.Pairs;
        int next = channel + PackedMatrixS16.Block < matrix.Channels ? PackedMatrixS16.Block * stride : 0;
        ref short x = ref Unsafe.Add(ref MemoryMarshal.GetReference(rows), 2 * pair);
        ref sbyte weights = ref matrix.Weights[channel * stride + pair * PairElements];
        ref sbyte nextWeights = ref Unsafe.Add(ref weights, next);
        ref int sum = ref MemoryMarshal.GetReference(sums[..(BlocksTogether * BlockSums)]);
        if (rowCount == PackedMatrixS16.RowsTogether)
        {
            SumSixRows(ref x, stride, ref weights, ref nextWeights, pairs, ref sum);
            return;
        }

        for (int row = 0; row < rowCount; row++)
        {
            SumRow(ref Unsafe.Add(ref x, row * stride), ref weights, ref nextWeights, pairs, ref Unsafe.Add(ref sum, row * PackedMatrixS16.Block));
        }
    }

    private static void SumSixRows(ref short x, nint stride, ref sbyte weights, ref sbyte nextWeights, nint pairs, ref int sums)
    {
        ref short x1 = ref Unsafe.Add(ref x, stride);
        ref short x2 = ref Unsafe.Add(ref x1, stride);
        ref short x3 = ref Unsafe.Add(ref x2, stride);
        ref short x4 = ref Unsafe.Add(ref x3, stride);
        ref short x5 = ref Unsafe.Add(ref x4, stride);
        Vector512<int> a0 = Vector512<int>.Zero, a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0;
        Vector512<int> b0 = a0, b1 = a0, b2 = a0, b3 = a0, b4 = a0, b5 = a0;
        for (nint pair = 0; pair < pairs; pair++)
        {
            Vector512<short> v = Load(ref weights, pair), w = Load(ref nextWeights, pair);
            Vector512<short> taps = Pair(ref x, pair);
            a0 += Avx512BW.MultiplyAddAdjacent(v, taps);
            b0 += Avx512BW.MultiplyAddAdjacent(w, taps);
            taps = Pair(ref x1, pair);
            a1 += Avx512BW.MultiplyAddAdjacent(v, taps);
            b1 += Avx512BW.MultiplyAddAdjacent(w, taps);
            taps = Pair(ref x2, pair);
            a2 += Avx512BW.MultiplyAddAdjacent(v, taps);
            b2 += Avx512BW.MultiplyAddAdjacent(w, taps);
            taps = Pair(ref x3, pair);
            a3 += Avx512BW.MultiplyAddAdjacent(v, taps);
            b3 += Avx512BW.MultiplyAddAdjacent(w, taps);
            taps = Pair(ref x4, pair);
            a4 += Avx512BW.MultiplyAddAdjacent(v, taps);
            b4 += Avx512BW.MultiplyAddAdjacent(w, taps);
            taps = Pair(ref x5, pair);
            a5 += Avx512BW.MultiplyAddAdjacent(v, taps);
            b5 += Avx512BW.MultiplyAddAdjacent(w, taps);
        }

        StoreSix(a0, a1, a2, a3, a4, a5, ref sums);
        StoreSix(b0, b1, b2, b3, b4, b5, ref Unsafe.Add(ref sums, BlockSums));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreSix(Vector512<int> a, Vector512<int> b, Vector512<int> c, Vector512<int> d, Vector512<int> e, Vector512<int> f, ref int sums)
    {
        a.StoreUnsafe(ref sums, 0);
        b.StoreUnsafe(ref sums, 16);
        c.StoreUnsafe(ref sums, 32);
        d.StoreUnsafe(ref sums, 48);
        e.StoreUnsafe(ref sums, 64);
        f.StoreUnsafe(ref sums, 80);
    }

    /// <summary>One row, in chains of additions that hide the latency.</summary>
    private static void SumRow(ref short x, ref sbyte weights, ref sbyte nextWeights, nint pairs, ref int sums)
    {
        Vector512<int> a = Vector512<int>.Zero, b = a, c = a, d = a;
        nint pair = 0;
        for (; pair + 2 <= pairs; pair += 2)
        {
            Vector512<short> even = Pair(ref x, pair), odd = Pair(ref x, pair + 1);
            a += Avx512BW.MultiplyAddAdjacent(Load(ref weights, pair), even);
            b += Avx512BW.MultiplyAddAdjacent(Load(ref nextWeights, pair), even);
            c += Avx512BW.MultiplyAddAdjacent(Load(ref weights, pair + 1), odd);
            d += Avx512BW.MultiplyAddAdjacent(Load(ref nextWeights, pair + 1), odd);
        }

        if (pair < pairs)
        {
            Vector512<short> last = Pair(ref x, pair);
            a += Avx512BW.MultiplyAddAdjacent(Load(ref weights, pair), last);
            b += Avx512BW.MultiplyAddAdjacent(Load(ref nextWeights, pair), last);
        }

        (a + c).StoreUnsafe(ref sums);
        (b + d).StoreUnsafe(ref sums, BlockSums);
    }

    /// <summary>A whole block of sums that stay in 32 bits.</summary>
    private static void StoreBlock(Span<int> sums, int rowCount, PackedMatrixS16 matrix, int channel, Span<short> output)
    {
        const int block = PackedMatrixS16.Block;
        ref int sum = ref MemoryMarshal.GetReference(sums[..BlockSums]);
        Vector512<int> bias = Vector512.LoadUnsafe(ref matrix.LaneRequantization.Bias, (nuint)channel);
        for (int row = 0; row < rowCount; row++)
        {
            (Vector512.LoadUnsafe(ref sum, (nuint)(row * block)) + bias).StoreUnsafe(ref sum, (nuint)(row * block));
        }

        if (matrix.LaneRequantization.IsShort)
        {
            ref short result = ref MemoryMarshal.GetReference(output[..((rowCount - 1) * matrix.Channels + block)]);
            matrix.LaneRequantization.ApplyWideAvx512(ref sum, rowCount, channel, ref result, matrix.Channels);
            return;
        }

        for (int row = 0; row < rowCount; row++)
        {
            (Vector512<long> low, Vector512<long> high) = Vector512.Widen(Vector512.LoadUnsafe(ref sum, (nuint)(row * block)));
            Store(matrix, low, high, channel, output[(row * matrix.Channels)..]);
        }
    }

    /// <summary>The last block, not all of whose channels there are.</summary>
    private static void StorePart(Span<int> sums, int rowCount, PackedMatrixS16 matrix, int channel, Span<short> output)
    {
        const int block = PackedMatrixS16.Block;
        ref int sum = ref MemoryMarshal.GetReference(sums[..BlockSums]);
        Vector512<long> lowBias = Vector512.LoadUnsafe(ref matrix.Bias[channel]), highBias = Vector512.LoadUnsafe(ref matrix.Bias[channel + 8]);
        for (int row = 0; row < rowCount; row++)
        {
            (Vector512<long> low, Vector512<long> high) = Vector512.Widen(Vector512.LoadUnsafe(ref sum, (nuint)(row * block)));
            Store(matrix, low + lowBias, high + highBias, channel, output[(row * matrix.Channels)..]);
        }
    }

    private static void StoreWide(Span<long> sums, int rowCount, PackedMatrixS16 matrix, int channel, Span<short> output)
    {
        ref long sum = ref MemoryMarshal.GetReference(sums[..BlockSums]);
        for (int row = 0; row < rowCount; row++)
        {
            ref long own = ref Unsafe.Add(ref sum, row * PackedMatrixS16.Block);
            Store(matrix, Vector512.LoadUnsafe(ref own), Vector512.LoadUnsafe(ref own, 8), channel, output[(row * matrix.Channels)..]);
        }
    }

    private static void Store(PackedMatrixS16 matrix, Vector512<long> low, Vector512<long> high, int channel, Span<short> output)
    {
        Vector256<short> values = Vector256.Create(Requantize(matrix, low, channel), Requantize(matrix, high, channel + 8));
        if (matrix.Channels - channel >= PackedMatrixS16.Block)
        {
            values.CopyTo(output);
            return;
        }

        Span<short> part = stackalloc short[PackedMatrixS16.Block];
        values.CopyTo(part);
        part[..(matrix.Channels - channel)].CopyTo(output);
    }

    /// <summary>Eight sums as <see cref="Edge.Numerics.FixedPoint.MultiplyRoundingOnce(long, int, int)"/> has it: the upper and the lowest 16 bits apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<short> Requantize(PackedMatrixS16 matrix, Vector512<long> sums, int channel)
    {
        Vector512<int> multiplier = Vector512.LoadUnsafe(ref matrix.Multipliers[channel]).AsInt32();
        Vector512<long> high = Avx512F.Multiply(Vector512.ShiftRightArithmetic(sums, 16).AsInt32(), multiplier);
        Vector512<long> low = Avx512F.Multiply((sums & Vector512.Create(0xFFFFL)).AsInt32(), multiplier) + Vector512.LoadUnsafe(ref matrix.Halves[channel]);
        Vector512<long> scaled = Avx512F.ShiftRightArithmeticVariable(
            high + Vector512.ShiftRightArithmetic(low, 16), Vector512.LoadUnsafe(ref matrix.Rights[channel]).AsUInt64()) + Vector512.Create((long)matrix.ZeroPoint);
        return Avx512F.ConvertToVector128Int16(Vector512.Min(Vector512.Max(scaled, Vector512.Create((long)matrix.Min)), Vector512.Create((long)matrix.Max)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(Vector512<int> products, ref long sum)
    {
        (Vector512<long> low, Vector512<long> high) = Vector512.Widen(products);
        (Vector512.LoadUnsafe(ref sum) + low).StoreUnsafe(ref sum);
        (Vector512.LoadUnsafe(ref sum, 8) + high).StoreUnsafe(ref sum, 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<short> Load(ref sbyte weights, nint pair) =>
        Avx512BW.ConvertToVector512Int16(Vector256.LoadUnsafe(ref Unsafe.Add(ref weights, pair * PairElements)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<short> Pair(ref short x, nint pair) =>
        Vector512.Create(Unsafe.ReadUnaligned<int>(ref Unsafe.As<short, byte>(ref Unsafe.Add(ref x, 2 * pair)))).AsInt16();
}
