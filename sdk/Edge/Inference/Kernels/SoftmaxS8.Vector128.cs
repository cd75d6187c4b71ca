using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Edge.Numerics;

namespace Edge.Inference.Kernels;

internal static partial class SoftmaxS8
{
    /// <summary><see cref="Term(int)"/> in each lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Term(Vector128<int> exponentials) => VectorFixedPoint.RoundingDivideByPowerOfTwo(exponentials, SumIntegerBits);

    /// <summary><see cref="Share(int, int, int)"/> in each lane, for shifts up to 31.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Share(int reciprocal, Vector128<int> exponentials, int shift)
    {
        // A multiplication by `reciprocal`/2^31 and a rounding shift is just what requantization does.
        Vector128<int> share = VectorFixedPoint.MultiplyByQuantizedMultiplier(exponentials, reciprocal, -shift) + Vector128.Create((int)sbyte.MinValue);
        return Vector128.Min(Vector128.Max(share, Vector128.Create((int)sbyte.MinValue)), Vector128.Create((int)sbyte.MaxValue));
    }

    /// <summary><see cref="Exponential(int, Rescale)"/> in each lane.</summary>
    public static Vector128<int> Exponential(Vector128<int> difference, Rescale scale)
    {
        long limit = (31L << DifferenceFractionBits) >> Math.Max(scale.Shift, 0);
        Vector128<int> tooFar = Vector128.GreaterThan(difference, Vector128.Create((int)limit)); // at most 31 · 2^26, below 2^31
        return Vector128.AndNot(ExponentialOfNegative(scale.Apply(-difference)), tooFar);
    }

    private static Vector128<int> ExponentialOfNegative(Vector128<int> a)
    {
        const int quarter = 1 << (DifferenceFractionBits - 2);
        Vector128<int> fraction = (a & Vector128.Create(quarter - 1)) - Vector128.Create(quarter);
        Vector128<int> result = ExponentialNearZero(Vector128.ShiftLeft(fraction, 5));
        Vector128<int> remainder = fraction - a;
        for (int i = 0; i < Powers.Length; i++)
        {
            Vector128<int> bit = Vector128.Create(quarter << i);
            result = Vector128.ConditionalSelect(
                Vector128.Equals(remainder & bit, bit), VectorFixedPoint.HighMultiply(result, Vector128.Create(Powers[i])), result);
        }

        return Vector128.ConditionalSelect(Vector128.Equals(a, Vector128<int>.Zero), Vector128.Create(int.MaxValue), result);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> ExponentialNearZero(Vector128<int> a)
    {
        Vector128<int> factor = Vector128.Create(ExponentialOfMinusEighth);
        Vector128<int> x = a + Vector128.Create(1 << 28);
        Vector128<int> x2 = VectorFixedPoint.HighMultiply(x, x);
        Vector128<int> x3 = VectorFixedPoint.HighMultiply(x2, x);
        Vector128<int> x4 = VectorFixedPoint.HighMultiply(x2, x2);
        Vector128<int> tail = VectorFixedPoint.HighMultiply(VectorFixedPoint.RoundingDivideByPowerOfTwo(x4, 2) + x3, Vector128.Create(Third)) + x2;
        return factor + VectorFixedPoint.HighMultiply(x + VectorFixedPoint.RoundingDivideByPowerOfTwo(tail, 1), factor);
    }
}
