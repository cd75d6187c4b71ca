using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Edge.Inference.Kernels;

internal static partial class MatrixS16
{
    /// <summary>Pairs of taps whose products stay in 32 bits: at most 2^23 a pair.</summary>
    private const int PairsTogether = 255;

    /// <summary>The same where a row's elements are at most 255 in magnitude, as int8 has them without zero point: at most 2·255·2^7 a pair.</summary>
    private const int NarrowPairsTogether = int.MaxValue / (2 * 255 * 128);

    /// <summary>Same as <see cref="Reference"/>, sixteen channels of six rows at a time, and the next six with the same weights.</summary>
    /// <param name="taps">[rows, 2 · pairs]: rows of taps, filled up to whole pairs.</param>
    /// <param name="rowCount">1 to <see cref="PackedMatrixS16.RowsOfTile"/>.</param>
    /// <param name="matrix">Packed weights.</param>
    /// <param name="output">[rows, channels].</param>
    public static void RunAvx512(ReadOnlySpan<short> taps, int rowCount, PackedMatrixS16 matrix, Span<short> output)
    {
        taps = taps[..(rowCount * 2 * matrix.Pairs)];
        output = output[..(rowCount * matrix.Channels)];
        bool narrow = matrix.Pairs <= (matrix.ReadsNarrow ? NarrowPairsTogether : PairsTogether);
        bool isShort = narrow && matrix.LaneRequantization.IsShort;
        for (int channel = 0; channel < matrix.Channels; channel += PackedMatrixS16.Block)
        {
            for (int row = 0; row < rowCount; row += PackedMatrixS16.RowsTogether)
            {
                int count = Math.Min(PackedMatrixS16.RowsTogether, rowCount - row);
                ReadOnlySpan<short> rows = taps[(row * 2 * matrix.Pairs)..];
                Span<short> results = output[(row * matrix.Channels + channel)..];
                if (isShort && matrix.Channels - channel >= PackedMatrixS16.Block)
                {
                    RunShort(rows, count, matrix, channel, results);
                }
                else if (narrow)
                {
                    RunNarrow(rows, count, matrix, channel, results);
                }
                else
                {
                    RunWide(rows, count, matrix, channel, results);
                }
            }
        }
    }

    /// <summary>Rows of any length, in parts whose products stay in 32 bits.</summary>
    private static void RunWide(ReadOnlySpan<short> taps, int rowCount, PackedMatrixS16 matrix, int channel, Span<short> output)
    {
        const int block = PackedMatrixS16.Block;
        Span<long> sums = stackalloc long[PackedMatrixS16.RowsTogether * block];
        Span<int> products = stackalloc int[PackedMatrixS16.RowsTogether * block];
        ref long sum = ref MemoryMarshal.GetReference(sums);
        ref int product = ref MemoryMarshal.GetReference(products);
        int stride = 2 * matrix.Pairs;
        ref short x = ref MemoryMarshal.GetReference(taps);
        for (int row = 0; row < rowCount; row++)
        {
            matrix.Bias.AsSpan(channel, block).CopyTo(sums[(row * block)..]);
        }

        for (int pair = 0; pair < matrix.Pairs; pair += PairsTogether)
        {
            int count = Math.Min(PairsTogether, matrix.Pairs - pair);
            SumRows(ref Unsafe.Add(ref x, 2 * pair), rowCount, stride, ref matrix.Weights[(channel * matrix.Pairs + pair * block) * 2], count, ref product);
            for (int row = 0; row < rowCount; row++)
            {
                Add(Vector512.LoadUnsafe(ref product, (nuint)(row * block)), ref Unsafe.Add(ref sum, row * block));
            }
        }

        for (int row = 0; row < rowCount; row++)
        {
            ref long own = ref Unsafe.Add(ref sum, row * block);
            Store(matrix, Vector512.LoadUnsafe(ref own), Vector512.LoadUnsafe(ref own, 8), channel, output[(row * matrix.Channels)..]);
        }
    }

    /// <summary>Rows so short that their products stay in 32 bits.</summary>
    private static void RunNarrow(ReadOnlySpan<short> taps, int rowCount, PackedMatrixS16 matrix, int channel, Span<short> output)
    {
        const int block = PackedMatrixS16.Block;
        Span<int> sums = stackalloc int[PackedMatrixS16.RowsTogether * block];
        ref int sum = ref MemoryMarshal.GetReference(sums);
        int stride = 2 * matrix.Pairs;
        SumRows(ref MemoryMarshal.GetReference(taps), rowCount, stride, ref matrix.Weights[channel * stride], matrix.Pairs, ref sum);
        Vector512<long> lowBias = Vector512.LoadUnsafe(ref matrix.Bias[channel]), highBias = Vector512.LoadUnsafe(ref matrix.Bias[channel + 8]);
        for (int row = 0; row < rowCount; row++)
        {
            (Vector512<long> low, Vector512<long> high) = Vector512.Widen(Vector512.LoadUnsafe(ref sum, (nuint)(row * block)));
            Store(matrix, low + lowBias, high + highBias, channel, output[(row * matrix.Channels)..]);
        }
    }

    /// <summary>Rows whose sums, bias and all, are rescaled in 32 bits; a whole block of channels.</summary>
    private static void RunShort(ReadOnlySpan<short> taps, int rowCount, PackedMatrixS16 matrix, int channel, Span<short> output)
    {
        const int block = PackedMatrixS16.Block;
        Span<int> sums = stackalloc int[PackedMatrixS16.RowsTogether * block];
        ref int sum = ref MemoryMarshal.GetReference(sums);
        int stride = 2 * matrix.Pairs;
        SumRows(ref MemoryMarshal.GetReference(taps), rowCount, stride, ref matrix.Weights[channel * stride], matrix.Pairs, ref sum);
        Vector512<int> bias = Vector512.LoadUnsafe(ref matrix.LaneRequantization.Bias, (nuint)channel);
        for (int row = 0; row < rowCount; row++)
        {
            (Vector512.LoadUnsafe(ref sum, (nuint)(row * block)) + bias).StoreUnsafe(ref sum, (nuint)(row * block));
        }

        matrix.LaneRequantization.ApplyWideAvx512(ref sum, rowCount, channel, ref MemoryMarshal.GetReference(output), matrix.Channels);
    }

    /// <summary>Products of rows with sixteen channels, as many pairs as stay in 32 bits.</summary>
    private static void SumRows(ref short x, int rowCount, int stride, ref short weights, int pairs, ref int sums)
    {
        if (rowCount == PackedMatrixS16.RowsTogether)
        {
            SumSixRows(ref x, stride, ref weights, pairs, ref sums);
            return;
        }

        for (int row = 0; row < rowCount; row++)
        {
            SumRow(ref Unsafe.Add(ref x, row * stride), ref weights, pairs).StoreUnsafe(ref sums, (nuint)(row * PackedMatrixS16.Block));
        }
    }

    private static void SumSixRows(ref short x, int stride, ref short weights, int pairs, ref int sums)
    {
        ref short x1 = ref Unsafe.Add(ref x, stride);
        ref short x2 = ref Unsafe.Add(ref x1, stride);
        ref short x3 = ref Unsafe.Add(ref x2, stride);
        ref short x4 = ref Unsafe.Add(ref x3, stride);
        ref short x5 = ref Unsafe.Add(ref x4, stride);
        Vector512<int> a0 = Vector512<int>.Zero, a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0;
        for (int pair = 0; pair < pairs; pair++)
        {
            Vector512<short> w = Vector512.LoadUnsafe(ref weights, (nuint)(pair * 2 * PackedMatrixS16.Block));
            a0 += Avx512BW.MultiplyAddAdjacent(w, Pair(ref x, pair));
            a1 += Avx512BW.MultiplyAddAdjacent(w, Pair(ref x1, pair));
            a2 += Avx512BW.MultiplyAddAdjacent(w, Pair(ref x2, pair));
            a3 += Avx512BW.MultiplyAddAdjacent(w, Pair(ref x3, pair));
            a4 += Avx512BW.MultiplyAddAdjacent(w, Pair(ref x4, pair));
            a5 += Avx512BW.MultiplyAddAdjacent(w, Pair(ref x5, pair));
        }

        a0.StoreUnsafe(ref sums, 0);
        a1.StoreUnsafe(ref sums, 16);
        a2.StoreUnsafe(ref sums, 32);
        a3.StoreUnsafe(ref sums, 48);
        a4.StoreUnsafe(ref sums, 64);
        a5.StoreUnsafe(ref sums, 80);
    }

    /// <summary>One row, in four chains of additions that hide the latency.</summary>
    private static Vector512<int> SumRow(ref short x, ref short weights, int pairs)
    {
        const int step = 2 * PackedMatrixS16.Block;
        Vector512<int> a = Vector512<int>.Zero, b = a, c = a, d = a;
        int pair = 0;
        for (; pair + 4 <= pairs; pair += 4)
        {
            ref short w = ref Unsafe.Add(ref weights, pair * step);
            a += Avx512BW.MultiplyAddAdjacent(Vector512.LoadUnsafe(ref w), Pair(ref x, pair));
            b += Avx512BW.MultiplyAddAdjacent(Vector512.LoadUnsafe(ref w, step), Pair(ref x, pair + 1));
            c += Avx512BW.MultiplyAddAdjacent(Vector512.LoadUnsafe(ref w, 2 * step), Pair(ref x, pair + 2));
            d += Avx512BW.MultiplyAddAdjacent(Vector512.LoadUnsafe(ref w, 3 * step), Pair(ref x, pair + 3));
        }

        for (; pair < pairs; pair++)
        {
            a += Avx512BW.MultiplyAddAdjacent(Vector512.LoadUnsafe(ref weights, (nuint)(pair * step)), Pair(ref x, pair));
        }

        return a + b + (c + d);
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
    private static Vector512<short> Pair(ref short x, int pair) =>
        Vector512.Create(Unsafe.ReadUnaligned<int>(ref Unsafe.As<short, byte>(ref Unsafe.Add(ref x, 2 * pair)))).AsInt16();
}
