using System.Runtime.Intrinsics;
using Edge.Numerics;

namespace Edge.Inference.Kernels;

/// <summary>One multiplier and shift for a whole tensor.</summary>
internal readonly record struct Rescale(int Multiplier, int Shift)
{
    public int Apply(int value) => FixedPoint.MultiplyByQuantizedMultiplier(value, Multiplier, Shift);

    public Vector128<int> Apply(Vector128<int> value) => VectorFixedPoint.MultiplyByQuantizedMultiplier(value, Multiplier, Shift);
}
