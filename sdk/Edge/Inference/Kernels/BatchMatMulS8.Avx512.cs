using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Edge.Inference.Kernels;

internal static partial class BatchMatMulS8
{
    private const int RowsTogether = 4;

    /// <summary>Bytes of scratch that <see cref="RunAvx512"/> needs: rows of a and sixteen columns of b as int16.</summary>
    public static int ScratchBytes512(int depth) => (ColumnsTogether + RowsTogether) * Stride(depth) * sizeof(short);

    /// <summary>Same as <see cref="Reference"/> for a scale that rounds once: sixteen columns of four rows at a time, two products of a column in one multiply-add.</summary>
    public static void RunAvx512(
        ReadOnlySpan<sbyte> a, ReadOnlySpan<sbyte> b, in BatchMatMulShape shape, in BatchMatMulParameters parameters, Span<sbyte> output, Span<byte> scratch)
    {
        int stride = Stride(shape.Depth), pairs = stride / 2;
        Span<short> wide = MemoryMarshal.Cast<byte, short>(scratch)[..((ColumnsTogether + RowsTogether) * stride)];
        wide.Clear(); // what lies behind the last element adds nothing
        Span<short> rows = wide[..(RowsTogether * stride)], columns = wide[(RowsTogether * stride)..];
        Span<sbyte> products = stackalloc sbyte[RowsTogether * ColumnsTogether];
        var scale = new RescaleOnce512(parameters.OutputScale);
        for (int i = 0; i < shape.Batches; i++)
        {
            for (int c = 0; c < shape.Columns; c += ColumnsTogether)
            {
                int count = Math.Min(ColumnsTogether, shape.Columns - c);
                Pair(b, shape, i, c, count, parameters.ZeroPointB, columns);
                for (int r = 0; r < shape.Rows; r += RowsTogether)
                {
                    int together = Math.Min(RowsTogether, shape.Rows - r);
                    for (int row = 0; row < together; row++)
                    {
                        Int8Lanes.Widen(a.Slice(((r + row) * shape.Batches + i) * shape.Depth, shape.Depth), parameters.ZeroPointA, rows[(row * stride)..]);
                    }

                    MultiplyRows(ref MemoryMarshal.GetReference(rows), stride, ref MemoryMarshal.GetReference(columns), pairs, scale, parameters.OutputZeroPoint, products);
                    for (int row = 0; row < together; row++)
                    {
                        products.Slice(row * ColumnsTogether, count).CopyTo(output[(((r + row) * shape.Batches + i) * shape.Columns + c)..]);
                    }
                }
            }
        }
    }

    /// <summary>Columns of one product as [pair of depth][column][2]; those behind the last keep what they had, and their products go nowhere.</summary>
    private static void Pair(ReadOnlySpan<sbyte> b, in BatchMatMulShape shape, int batch, int first, int count, int zeroPoint, Span<short> columns)
    {
        for (int k = 0; k < shape.Depth; k++)
        {
            Span<short> pair = columns.Slice(k / 2 * 2 * ColumnsTogether, 2 * ColumnsTogether);
            for (int c = 0; c < count; c++)
            {
                int at = shape.IsTransposed ? ((first + c) * shape.Batches + batch) * shape.Depth + k : (k * shape.Batches + batch) * shape.Columns + first + c;
                pair[2 * c + k % 2] = (short)(b[at] - zeroPoint);
            }
        }
    }

    private static void MultiplyRows(ref short rows, int stride, ref short columns, int pairs, in RescaleOnce512 scale, int zeroPoint, Span<sbyte> products)
    {
        ref short row1 = ref Unsafe.Add(ref rows, stride);
        ref short row2 = ref Unsafe.Add(ref row1, stride);
        ref short row3 = ref Unsafe.Add(ref row2, stride);
        Vector512<int> a = Vector512<int>.Zero, b = a, c = a, d = a;
        for (int pair = 0; pair < pairs; pair++)
        {
            Vector512<short> w = Vector512.LoadUnsafe(ref columns, (nuint)(pair * 2 * ColumnsTogether));
            a += Avx512BW.MultiplyAddAdjacent(w, Broadcast(ref rows, pair));
            b += Avx512BW.MultiplyAddAdjacent(w, Broadcast(ref row1, pair));
            c += Avx512BW.MultiplyAddAdjacent(w, Broadcast(ref row2, pair));
            d += Avx512BW.MultiplyAddAdjacent(w, Broadcast(ref row3, pair));
        }

        Vector512<int> zero = Vector512.Create(zeroPoint);
        Avx512F.ConvertToVector128SByteWithSaturation(scale.Apply(a) + zero).CopyTo(products);
        Avx512F.ConvertToVector128SByteWithSaturation(scale.Apply(b) + zero).CopyTo(products[ColumnsTogether..]);
        Avx512F.ConvertToVector128SByteWithSaturation(scale.Apply(c) + zero).CopyTo(products[(2 * ColumnsTogether)..]);
        Avx512F.ConvertToVector128SByteWithSaturation(scale.Apply(d) + zero).CopyTo(products[(3 * ColumnsTogether)..]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<short> Broadcast(ref short row, int pair) =>
        Vector512.Create(Unsafe.ReadUnaligned<int>(ref Unsafe.As<short, byte>(ref Unsafe.Add(ref row, 2 * pair)))).AsInt16();
}
