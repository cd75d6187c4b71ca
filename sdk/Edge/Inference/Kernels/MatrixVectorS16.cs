using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Edge.Numerics;

namespace Edge.Inference.Kernels;

/// <summary>A matrix of int16 times one vector of int16, sums of 32 bits, modulo 2^32.</summary>
/// <remarks>Two neighbouring products are added first, as processors do it: not for two pairs of -32768 side by side.</remarks>
internal static class MatrixVectorS16
{
    private const int RowsTogether = 4; // enough sums in flight to hide a multiply-add's latency, and each load of the vector serves four rows

    /// <summary>The definition: sums[o] = Σ vector[k]·matrix[o, k].</summary>
    /// <param name="vector">[depth].</param>
    /// <param name="matrix">[rows, depth].</param>
    /// <param name="sums">[rows].</param>
    public static void Reference(ReadOnlySpan<short> vector, ReadOnlySpan<short> matrix, Span<int> sums)
    {
        for (int o = 0; o < sums.Length; o++)
        {
            sums[o] = Products(vector, matrix.Slice(o * vector.Length, vector.Length));
        }
    }

    /// <summary>Same as <see cref="Reference"/>, four rows by eight elements at a time.</summary>
    public static void RunVector128(ReadOnlySpan<short> vector, ReadOnlySpan<short> matrix, Span<int> sums)
    {
        int depth = vector.Length;
        int vectorized = depth - depth % Vector128<short>.Count;
        ref short x = ref MemoryMarshal.GetReference(vector);
        ref short w = ref MemoryMarshal.GetReference(matrix);
        int o = 0;
        for (; o + RowsTogether <= sums.Length; o += RowsTogether)
        {
            ref short w0 = ref Unsafe.Add(ref w, (nint)o * depth), w1 = ref Unsafe.Add(ref w0, depth), w2 = ref Unsafe.Add(ref w1, depth), w3 = ref Unsafe.Add(ref w2, depth);
            Vector128<int> a = Vector128<int>.Zero, b = a, c = a, d = a;
            for (int k = 0; k < vectorized; k += Vector128<short>.Count)
            {
                Vector128<short> taps = Vector128.LoadUnsafe(ref x, (nuint)k);
                a += VectorFixedPoint.DotPairs(taps, Vector128.LoadUnsafe(ref w0, (nuint)k));
                b += VectorFixedPoint.DotPairs(taps, Vector128.LoadUnsafe(ref w1, (nuint)k));
                c += VectorFixedPoint.DotPairs(taps, Vector128.LoadUnsafe(ref w2, (nuint)k));
                d += VectorFixedPoint.DotPairs(taps, Vector128.LoadUnsafe(ref w3, (nuint)k));
            }

            SumEach(a, b, c, d).StoreUnsafe(ref sums[o]);
            AddRest(vector, matrix, vectorized, o, sums);
        }

        Reference(vector, matrix[(o * depth)..], sums[o..]);
    }

    /// <summary>Same as <see cref="Reference"/>, four rows by sixteen elements at a time.</summary>
    public static void RunAvx2(ReadOnlySpan<short> vector, ReadOnlySpan<short> matrix, Span<int> sums)
    {
        int depth = vector.Length;
        int vectorized = depth - depth % Vector256<short>.Count;
        ref short x = ref MemoryMarshal.GetReference(vector);
        ref short w = ref MemoryMarshal.GetReference(matrix);
        int o = 0;
        for (; o + RowsTogether <= sums.Length; o += RowsTogether)
        {
            ref short w0 = ref Unsafe.Add(ref w, (nint)o * depth), w1 = ref Unsafe.Add(ref w0, depth), w2 = ref Unsafe.Add(ref w1, depth), w3 = ref Unsafe.Add(ref w2, depth);
            Vector256<int> a = Vector256<int>.Zero, b = a, c = a, d = a;
            for (int k = 0; k < vectorized; k += Vector256<short>.Count)
            {
                Vector256<short> taps = Vector256.LoadUnsafe(ref x, (nuint)k);
                a += Avx2.MultiplyAddAdjacent(taps, Vector256.LoadUnsafe(ref w0, (nuint)k));
                b += Avx2.MultiplyAddAdjacent(taps, Vector256.LoadUnsafe(ref w1, (nuint)k));
                c += Avx2.MultiplyAddAdjacent(taps, Vector256.LoadUnsafe(ref w2, (nuint)k));
                d += Avx2.MultiplyAddAdjacent(taps, Vector256.LoadUnsafe(ref w3, (nuint)k));
            }

            SumEach(Folded(a), Folded(b), Folded(c), Folded(d)).StoreUnsafe(ref sums[o]);
            AddRest(vector, matrix, vectorized, o, sums);
        }

        Reference(vector, matrix[(o * depth)..], sums[o..]);
    }

    /// <summary>Same as <see cref="Reference"/>, four rows by thirty-two elements at a time.</summary>
    public static void RunAvx512(ReadOnlySpan<short> vector, ReadOnlySpan<short> matrix, Span<int> sums)
    {
        int depth = vector.Length;
        int vectorized = depth - depth % Vector512<short>.Count;
        ref short x = ref MemoryMarshal.GetReference(vector);
        ref short w = ref MemoryMarshal.GetReference(matrix);
        int o = 0;
        for (; o + RowsTogether <= sums.Length; o += RowsTogether)
        {
            ref short w0 = ref Unsafe.Add(ref w, (nint)o * depth), w1 = ref Unsafe.Add(ref w0, depth), w2 = ref Unsafe.Add(ref w1, depth), w3 = ref Unsafe.Add(ref w2, depth);
            Vector512<int> a = Vector512<int>.Zero, b = a, c = a, d = a;
            for (int k = 0; k < vectorized; k += Vector512<short>.Count)
            {
                Vector512<short> taps = Vector512.LoadUnsafe(ref x, (nuint)k);
                a += Avx512BW.MultiplyAddAdjacent(taps, Vector512.LoadUnsafe(ref w0, (nuint)k));
                b += Avx512BW.MultiplyAddAdjacent(taps, Vector512.LoadUnsafe(ref w1, (nuint)k));
                c += Avx512BW.MultiplyAddAdjacent(taps, Vector512.LoadUnsafe(ref w2, (nuint)k));
                d += Avx512BW.MultiplyAddAdjacent(taps, Vector512.LoadUnsafe(ref w3, (nuint)k));
            }

            SumEach(Folded(Folded(a)), Folded(Folded(b)), Folded(Folded(c)), Folded(Folded(d))).StoreUnsafe(ref sums[o]);
            AddRest(vector, matrix, vectorized, o, sums);
        }

        Reference(vector, matrix[(o * depth)..], sums[o..]);
    }

    /// <summary>The sum of each vector's lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> SumEach(Vector128<int> a, Vector128<int> b, Vector128<int> c, Vector128<int> d)
    {
        Vector128<int> ab = VectorFixedPoint.InterleaveLow(a, b) + VectorFixedPoint.InterleaveHigh(a, b);
        Vector128<int> cd = VectorFixedPoint.InterleaveLow(c, d) + VectorFixedPoint.InterleaveHigh(c, d);
        return Vector128.Create(ab.GetLower(), cd.GetLower()) + Vector128.Create(ab.GetUpper(), cd.GetUpper());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Folded(Vector256<int> value) => value.GetLower() + value.GetUpper();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Folded(Vector512<int> value) => value.GetLower() + value.GetUpper();

    private static void AddRest(ReadOnlySpan<short> vector, ReadOnlySpan<short> matrix, int from, int row, Span<int> sums)
    {
        int depth = vector.Length;
        for (int i = 0; i < RowsTogether && from < depth; i++)
        {
            sums[row + i] += Products(vector[from..], matrix.Slice((row + i) * depth + from, depth - from));
        }
    }

    private static int Products(ReadOnlySpan<short> vector, ReadOnlySpan<short> weights)
    {
        int sum = 0;
        for (int k = 0; k < vector.Length; k++)
        {
            sum += vector[k] * weights[k];
        }

        return sum;
    }
}
