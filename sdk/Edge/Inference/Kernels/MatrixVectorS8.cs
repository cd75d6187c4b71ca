using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Edge.Numerics;

namespace Edge.Inference.Kernels;

/// <summary>A matrix of int8 weights times one vector of int8, sums of 32 bits: what recurrent layers are made of, which meet one frame at a time.</summary>
/// <remarks>The vector's zero point is folded into the bias (<see cref="MatrixS8.FoldZeroPoint"/>); all sums are modulo 2^32.</remarks>
internal static class MatrixVectorS8
{
    private const int Lanes = 8;

    /// <summary>The definition: sums[o] = foldedBias[o] + Σ vector[k]·weights[o, k].</summary>
    /// <param name="vector">[depth].</param>
    /// <param name="weights">[rows, depth].</param>
    /// <param name="foldedBias">[rows].</param>
    /// <param name="sums">[rows].</param>
    public static void Reference(ReadOnlySpan<sbyte> vector, ReadOnlySpan<sbyte> weights, ReadOnlySpan<int> foldedBias, Span<int> sums)
    {
        for (int o = 0; o < sums.Length; o++)
        {
            sums[o] = foldedBias[o] + Products(vector, weights.Slice(o * vector.Length, vector.Length));
        }
    }

    /// <summary>Same as <see cref="Reference"/>, four rows by eight elements at a time.</summary>
    public static void RunVector128(ReadOnlySpan<sbyte> vector, ReadOnlySpan<sbyte> weights, ReadOnlySpan<int> foldedBias, Span<int> sums)
    {
        int depth = vector.Length;
        int vectorized = depth - depth % Lanes;
        int o = 0;
        for (; o + 4 <= sums.Length; o += 4)
        {
            Vector128<int> products = FourProducts(vector[..vectorized], weights.Slice(o * depth, 4 * depth), depth);
            for (int i = 0; i < 4; i++)
            {
                sums[o + i] = foldedBias[o + i] + products[i] + Products(vector[vectorized..], weights.Slice((o + i) * depth + vectorized, depth - vectorized));
            }
        }

        Reference(vector, weights[(o * depth)..], foldedBias[o..], sums[o..]);
    }

    private static int Products(ReadOnlySpan<sbyte> vector, ReadOnlySpan<sbyte> weights)
    {
        int sum = 0;
        for (int k = 0; k < vector.Length; k++)
        {
            sum += vector[k] * weights[k];
        }

        return sum;
    }

    private static Vector128<int> FourProducts(ReadOnlySpan<sbyte> vector, ReadOnlySpan<sbyte> weights, int stride)
    {
        ref sbyte x = ref MemoryMarshal.GetReference(vector);
        ref sbyte w0 = ref MemoryMarshal.GetReference(weights);
        ref sbyte w1 = ref Unsafe.Add(ref w0, stride);
        ref sbyte w2 = ref Unsafe.Add(ref w1, stride);
        ref sbyte w3 = ref Unsafe.Add(ref w2, stride);
        Vector128<int> a = Vector128<int>.Zero, b = a, c = a, d = a;
        for (int k = 0; k < vector.Length; k += Lanes)
        {
            Vector128<short> taps = Load8(ref x, k);
            a += VectorFixedPoint.DotPairs(taps, Load8(ref w0, k));
            b += VectorFixedPoint.DotPairs(taps, Load8(ref w1, k));
            c += VectorFixedPoint.DotPairs(taps, Load8(ref w2, k));
            d += VectorFixedPoint.DotPairs(taps, Load8(ref w3, k));
        }

        return Vector128.Create(Vector128.Sum(a), Vector128.Sum(b), Vector128.Sum(c), Vector128.Sum(d));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<short> Load8(ref sbyte source, int offset) =>
        Vector128.WidenLower(Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<long>(ref Unsafe.As<sbyte, byte>(ref Unsafe.Add(ref source, offset)))).AsSByte());
}
