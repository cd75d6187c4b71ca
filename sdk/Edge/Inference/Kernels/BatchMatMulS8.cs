using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Edge.Numerics;

namespace Edge.Inference.Kernels;

/// <summary>Sizes of a batch of matrix products whose batch is the middle dimension of both operands: attention heads beside channels.</summary>
/// <param name="Rows">Rows of a and of the product.</param>
/// <param name="Batches">Products: the width axis.</param>
/// <param name="Depth">Elements that are multiplied and added for one output.</param>
/// <param name="Columns">Columns of the product.</param>
/// <param name="IsTransposed">True where b is [columns, batches, depth], false where it is [depth, batches, columns].</param>
internal readonly record struct BatchMatMulShape(int Rows, int Batches, int Depth, int Columns, bool IsTransposed);

/// <summary>The numbers of a product of two activations.</summary>
internal readonly record struct BatchMatMulParameters(int ZeroPointA, int ZeroPointB, Rescale OutputScale, int OutputZeroPoint)
{
    public sbyte Finish(int sum) => FixedPoint.SaturateToInt8(OutputScale.Apply(sum) + OutputZeroPoint);
}

/// <summary>int8 products of two activations, a batch of them: attention's scores and its weighted sums of values.</summary>
/// <remarks>y[r, i, c] = requantize(Σ_k (a[r, i, k] − z_a)·(b[c, i, k] − z_b)); b[k, i, c] where b is not transposed.</remarks>
internal static partial class BatchMatMulS8
{
    /// <summary>Columns of b that the vector variant gathers at once.</summary>
    private const int ColumnsTogether = 16;

    private const int Lanes = 8;

    /// <summary>Largest depth: its sums stay within 32 bits and its scratch within 1 MiB.</summary>
    public const int MaxDepth = 16_384;

    /// <summary>The definition.</summary>
    /// <param name="a">[rows, batches, depth].</param>
    /// <param name="b">[columns, batches, depth] or [depth, batches, columns].</param>
    /// <param name="shape">The sizes.</param>
    /// <param name="parameters">Scale and zero points.</param>
    /// <param name="output">[rows, batches, columns].</param>
    public static void Reference(
        ReadOnlySpan<sbyte> a, ReadOnlySpan<sbyte> b, in BatchMatMulShape shape, in BatchMatMulParameters parameters, Span<sbyte> output)
    {
        for (int r = 0; r < shape.Rows; r++)
        {
            for (int i = 0; i < shape.Batches; i++)
            {
                for (int c = 0; c < shape.Columns; c++)
                {
                    int sum = 0;
                    for (int k = 0; k < shape.Depth; k++)
                    {
                        int other = shape.IsTransposed ? (c * shape.Batches + i) * shape.Depth + k : (k * shape.Batches + i) * shape.Columns + c;
                        sum += (a[(r * shape.Batches + i) * shape.Depth + k] - parameters.ZeroPointA) * (b[other] - parameters.ZeroPointB);
                    }

                    output[(r * shape.Batches + i) * shape.Columns + c] = parameters.Finish(sum);
                }
            }
        }
    }

    /// <summary>Bytes of scratch that <see cref="RunVector128"/> needs: a row of a and a few columns of b as int16.</summary>
    public static int ScratchBytes(int depth) => (ColumnsTogether + 1) * Stride(depth) * sizeof(short);

    /// <summary>
    /// Same as <see cref="Reference"/>: without their zero points the operands fit in int16, and a pair of products, at most 2 · 255², in int32.
    /// </summary>
    public static void RunVector128(
        ReadOnlySpan<sbyte> a, ReadOnlySpan<sbyte> b, in BatchMatMulShape shape, in BatchMatMulParameters parameters, Span<sbyte> output,
        Span<byte> scratch)
    {
        int stride = Stride(shape.Depth);
        Span<short> wide = MemoryMarshal.Cast<byte, short>(scratch)[..((ColumnsTogether + 1) * stride)];
        wide.Clear(); // the lanes behind the last element add nothing
        Span<short> row = wide[..stride];
        Span<short> columns = wide[stride..];
        for (int i = 0; i < shape.Batches; i++)
        {
            for (int c = 0; c < shape.Columns; c += ColumnsTogether)
            {
                int count = Math.Min(ColumnsTogether, shape.Columns - c);
                Gather(b, shape, i, c, count, parameters.ZeroPointB, columns, stride);
                for (int r = 0; r < shape.Rows; r++)
                {
                    int at = r * shape.Batches + i;
                    Int8Lanes.Widen(a.Slice(at * shape.Depth, shape.Depth), parameters.ZeroPointA, row);
                    MultiplyRow(row, columns, count, parameters, output.Slice(at * shape.Columns + c, count));
                }
            }
        }
    }

    private static int Stride(int depth) => (depth + Lanes - 1) & -Lanes;

    /// <summary>Columns of one product, each in a row of its own.</summary>
    private static void Gather(
        ReadOnlySpan<sbyte> b, in BatchMatMulShape shape, int batch, int first, int count, int zeroPoint, Span<short> columns, int stride)
    {
        if (shape.IsTransposed)
        {
            for (int c = 0; c < count; c++)
            {
                Int8Lanes.Widen(b.Slice(((first + c) * shape.Batches + batch) * shape.Depth, shape.Depth), zeroPoint, columns[(c * stride)..]);
            }

            return;
        }

        for (int k = 0; k < shape.Depth; k++)
        {
            ReadOnlySpan<sbyte> source = b.Slice((k * shape.Batches + batch) * shape.Columns + first, count);
            for (int c = 0; c < source.Length; c++)
            {
                columns[c * stride + k] = (short)(source[c] - zeroPoint);
            }
        }
    }

    private static void MultiplyRow(
        ReadOnlySpan<short> row, ReadOnlySpan<short> columns, int count, in BatchMatMulParameters parameters, Span<sbyte> output)
    {
        Span<sbyte> last = stackalloc sbyte[4];
        for (int c = 0; c < count; c += 4)
        {
            // Columns behind the last hold what was there before; their products go nowhere.
            Vector128<int> sums = FourProducts(row, columns[(c * row.Length)..]);
            Span<sbyte> destination = count - c >= 4 ? output[c..] : last;
            Int8Lanes.Store4(
                parameters.OutputScale.Apply(sums) + Vector128.Create(parameters.OutputZeroPoint), sbyte.MinValue, sbyte.MaxValue,
                ref MemoryMarshal.GetReference(destination), 0);
            if (count - c < 4)
            {
                last[..(count - c)].CopyTo(output[c..]);
            }
        }
    }

    private static Vector128<int> FourProducts(ReadOnlySpan<short> row, ReadOnlySpan<short> columns)
    {
        ref short x = ref MemoryMarshal.GetReference(row);
        ref short w0 = ref MemoryMarshal.GetReference(columns);
        ref short w1 = ref Unsafe.Add(ref w0, row.Length);
        ref short w2 = ref Unsafe.Add(ref w1, row.Length);
        ref short w3 = ref Unsafe.Add(ref w2, row.Length);
        Vector128<int> a = Vector128<int>.Zero, b = a, c = a, d = a;
        for (nuint k = 0; k < (nuint)row.Length; k += Lanes)
        {
            Vector128<short> taps = Vector128.LoadUnsafe(ref x, k);
            a += VectorFixedPoint.DotPairs(taps, Vector128.LoadUnsafe(ref w0, k));
            b += VectorFixedPoint.DotPairs(taps, Vector128.LoadUnsafe(ref w1, k));
            c += VectorFixedPoint.DotPairs(taps, Vector128.LoadUnsafe(ref w2, k));
            d += VectorFixedPoint.DotPairs(taps, Vector128.LoadUnsafe(ref w3, k));
        }

        return Vector128.Create(Vector128.Sum(a), Vector128.Sum(b), Vector128.Sum(c), Vector128.Sum(d));
    }
}
