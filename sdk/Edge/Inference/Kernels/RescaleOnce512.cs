using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Edge.Numerics;

namespace Edge.Inference.Kernels;

/// <summary><see cref="FixedPoint.MultiplyRoundingOnce(int, int, int)"/> in sixteen lanes, with one multiplier and shift for all.</summary>
internal readonly struct RescaleOnce512
{
    private readonly Vector512<int> multiplier;
    private readonly Vector512<long> half;
    private readonly int right;

    /// <summary>Spreads a factor that rounds once.</summary>
    public RescaleOnce512(Rescale rescale)
    {
        right = 31 - rescale.Shift;
        (multiplier, half) = (Vector512.Create(rescale.Multiplier), Vector512.Create(1L << (right - 1)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<int> Apply(Vector512<int> value)
    {
        Vector512<long> even = Vector512.ShiftRightArithmetic(Avx512F.Multiply(value, multiplier) + half, right);
        Vector512<long> odd = Vector512.ShiftRightArithmetic(Avx512F.Multiply(Vector512.ShiftRightLogical(value.AsInt64(), 32).AsInt32(), multiplier) + half, right);
        return Avx512F.PermuteVar16x32x2(even.AsInt32(), Vector512.Create(0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30), odd.AsInt32());
    }
}
