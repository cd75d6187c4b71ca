using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Edge.Inference.Kernels;

internal static partial class InstanceNormS16
{
    private const int Lanes512 = 16;

    /// <summary>Scratch that <see cref="RunAvx512"/> needs for so many channels, in elements: two sums in 32 bits and two in 64.</summary>
    public static int ScratchElements512(int channels) => checked(channels * 2 * (sizeof(int) + sizeof(long)) / sizeof(short));

    /// <summary>Same as <see cref="Reference"/>, sixteen channels at a time, row by row as the values lie in memory.</summary>
    /// <param name="input">[rows, channels].</param>
    /// <param name="parameters">The numbers.</param>
    /// <param name="min">Smallest output.</param>
    /// <param name="max">Largest output.</param>
    /// <param name="output">[rows, channels].</param>
    /// <param name="scratch">At least <see cref="ScratchElements512"/>.</param>
    public static void RunAvx512(ReadOnlySpan<short> input, InstanceNormParameters parameters, int min, int max, Span<short> output, Span<short> scratch)
    {
        int width = parameters.Multipliers.Length;
        int vectorized = width - width % Lanes512;
        Span<long> longs = MemoryMarshal.Cast<short, long>(scratch)[..(2 * width)];
        Span<int> ints = MemoryMarshal.Cast<short, int>(scratch[(2 * width * sizeof(long) / sizeof(short))..])[..(2 * width)];
        longs.Clear();
        ints.Clear();
        Span<int> sums = ints[..width], factors = ints[width..];
        Span<long> rights = longs[..width], offsets = longs[width..];
        SumRows(input, width, vectorized, ref MemoryMarshal.GetReference(sums), ref MemoryMarshal.GetReference(rights));
        for (int c = vectorized; c < width; c++)
        {
            for (int i = c; i < input.Length; i += width)
            {
                sums[c] += input[i];
                rights[c] += input[i] * input[i];
            }
        }

        for (int c = 0; c < width; c++)
        {
            (sums[c], factors[c], rights[c], offsets[c]) = new InstanceNormChannel(parameters, c, sums[c], rights[c]).Numbers;
        }

        OddBehindEven(rights[..vectorized]);
        OddBehindEven(offsets[..vectorized]);
        for (int start = 0; start < input.Length; start += width)
        {
            ReadOnlySpan<short> row = input.Slice(start, width);
            Span<short> results = output.Slice(start, width);
            for (int c = 0; c < vectorized; c += Lanes512)
            {
                Normalize(row[c..], parameters.Rows, sums[c..], factors[c..], rights[c..], offsets[c..], min, max, results[c..]);
            }

            for (int c = vectorized; c < width; c++)
            {
                long product = ((long)(parameters.Rows * row[c] - sums[c]) * factors[c]) >> (int)rights[c];
                results[c] = (short)Math.Clamp((product + offsets[c]) >> InstanceNormChannel.FractionBits, min, max);
            }
        }
    }

    /// <summary>Σx and Σx² of every channel; two rows at a time, whose squares together reach 2^31 and no further.</summary>
    private static void SumRows(ReadOnlySpan<short> input, int width, int vectorized, ref int sums, ref long squares)
    {
        for (int start = 0; start < input.Length; start += 2 * width)
        {
            bool two = start + width < input.Length;
            ref short first = ref MemoryMarshal.GetReference(input[start..]);
            ref short second = ref MemoryMarshal.GetReference(input[(two ? start + width : start)..]);
            for (nuint c = 0; c < (nuint)vectorized; c += Lanes512)
            {
                Vector512<int> pair = Avx512F.ConvertToVector512Int32(Vector256.LoadUnsafe(ref first, c).AsUInt16());
                if (two)
                {
                    pair |= Vector512.ShiftLeft(Avx512F.ConvertToVector512Int32(Vector256.LoadUnsafe(ref second, c).AsUInt16()), 16);
                }

                Vector512<int> sum = Avx512BW.MultiplyAddAdjacent(pair.AsInt16(), Vector512<short>.One);
                Vector512<uint> square = Avx512BW.MultiplyAddAdjacent(pair.AsInt16(), pair.AsInt16()).AsUInt32();
                (Vector512<ulong> low, Vector512<ulong> high) = Vector512.Widen(square);
                (Vector512.LoadUnsafe(ref sums, c) + sum).StoreUnsafe(ref sums, c);
                (Vector512.LoadUnsafe(ref squares, c) + low.AsInt64()).StoreUnsafe(ref squares, c);
                (Vector512.LoadUnsafe(ref squares, c + 8) + high.AsInt64()).StoreUnsafe(ref squares, c + 8);
            }
        }
    }

    /// <summary>Sixteen elements of a row; the numbers in 64 bits have those of even channels before those of odd ones.</summary>
    private static void Normalize(
        ReadOnlySpan<short> row, int rows, ReadOnlySpan<int> sums, ReadOnlySpan<int> factors, ReadOnlySpan<long> rights, ReadOnlySpan<long> offsets,
        int min, int max, Span<short> results)
    {
        Vector512<int> x = Avx512F.ConvertToVector512Int32(Vector256.Create(row).AsUInt16());
        Vector512<int> difference = Avx512BW.MultiplyAddAdjacent(x.AsInt16(), Vector512.Create(rows).AsInt16()) - Vector512.Create(sums);
        Vector512<int> factor = Vector512.Create(factors);
        Vector512<long> even = Finish(Avx512F.Multiply(difference, factor), rights, offsets, min, max);
        Vector512<long> odd = Finish(
            Avx512F.Multiply(Vector512.ShiftRightLogical(difference.AsInt64(), 32).AsInt32(), Vector512.ShiftRightLogical(factor.AsInt64(), 32).AsInt32()),
            rights[8..], offsets[8..], min, max);
        Vector512<int> values = Avx512F.PermuteVar16x32x2(even.AsInt32(), Vector512.Create(0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30), odd.AsInt32());
        Avx512F.ConvertToVector256Int16(values).CopyTo(results);
    }

    private static Vector512<long> Finish(Vector512<long> product, ReadOnlySpan<long> rights, ReadOnlySpan<long> offsets, int min, int max)
    {
        Vector512<long> scaled = Avx512F.ShiftRightArithmeticVariable(product, Vector512.Create(rights).AsUInt64()) + Vector512.Create(offsets);
        return Vector512.Min(Vector512.Max(Vector512.ShiftRightArithmetic(scaled, InstanceNormChannel.FractionBits), Vector512.Create((long)min)), Vector512.Create((long)max));
    }

    /// <summary>In each sixteen, those of even channels first, as a product of every second lane has them.</summary>
    private static void OddBehindEven(Span<long> values)
    {
        Span<long> ordered = stackalloc long[Lanes512];
        for (int c = 0; c < values.Length; c += Lanes512)
        {
            for (int i = 0; i < Lanes512; i++)
            {
                ordered[i / 2 + i % 2 * 8] = values[c + i];
            }

            ordered.CopyTo(values[c..]);
        }
    }
}
