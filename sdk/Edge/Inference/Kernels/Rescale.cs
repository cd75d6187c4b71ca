using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Edge.Numerics;

namespace Edge.Inference.Kernels;

/// <summary>One multiplier and shift for a whole tensor.</summary>
internal readonly record struct Rescale(int Multiplier, int Shift, Rounding Rounding = Rounding.Twice)
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Apply(int value) => Rounding == Rounding.Once
        ? FixedPoint.MultiplyRoundingOnce(value, Multiplier, Shift)
        : FixedPoint.MultiplyByQuantizedMultiplier(value, Multiplier, Shift);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector128<int> Apply(Vector128<int> value) => Rounding == Rounding.Once
        ? VectorFixedPoint.MultiplyRoundingOnce(value, Multiplier, Shift)
        : VectorFixedPoint.MultiplyByQuantizedMultiplier(value, Multiplier, Shift);

    /// <summary>This factor over <paramref name="count"/>, at least 1: the nearest multiplier; 0 where the shift would go below -31.</summary>
    public Rescale Over(int count)
    {
        // Multiplier·2^bits / count lies in (2^29, 2^31): one more bit where it is below 2^30.
        int bits = BitOperations.Log2((uint)count);
        bits += Quotient(bits, count) < 1 << 30 ? 1 : 0;
        return Multiplier == 0 || Shift - bits < -31 ? new Rescale(0, 0, Rounding) : new Rescale((int)Quotient(bits, count), Shift - bits, Rounding);
    }

    private long Quotient(int bits, int count) => (((long)Multiplier << bits) + count / 2) / count;
}
