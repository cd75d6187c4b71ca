using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Edge.Numerics;

namespace Edge.Inference.Kernels;

internal sealed partial class LaneRequantization
{
    /// <summary>Sums [rows, lanes] of lanes <paramref name="lane"/> onwards to int8.</summary>
    /// <param name="sums">The sums.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="lane">First lane.</param>
    /// <param name="lanes">Lanes of a row, a multiple of 8; all are written.</param>
    /// <param name="output">Receives the rows.</param>
    /// <param name="stride">From one row of the output to the next.</param>
    public void ApplyVector128(ref int sums, int rows, int lane, int lanes, ref sbyte output, nint stride)
    {
        if (!isShort)
        {
            ApplyExact(ref sums, rows, lane, lanes, ref output, stride);
            return;
        }

        Vector128<int> min = Vector128.Create(exact.ActivationMin), max = Vector128.Create(exact.ActivationMax);
        bool twice = exact.Rounding == Rounding.Twice;
        for (int i = 0; i < lanes; i += 8)
        {
            for (int row = 0; row < rows; row++)
            {
                nuint at = (nuint)(row * lanes + i);
                Vector128<int> low = Scale(Vector128.LoadUnsafe(ref sums, at), lane + i, twice);
                Vector128<int> high = Scale(Vector128.LoadUnsafe(ref sums, at + 4), lane + i + 4, twice);
                Vector128<short> values = Vector128.Narrow(Vector128.Min(Vector128.Max(low, min), max), Vector128.Min(Vector128.Max(high, min), max));
                Vector128.Narrow(values, values).GetLower().StoreUnsafe(ref output, (nuint)(row * stride + i));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector128<int> Scale(Vector128<int> sums, int lane, bool twice)
    {
        Vector128<int> multiplier = Vector128.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(multipliers), (nuint)lane);
        Vector128<int> offset = Vector128.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(offsets), (nuint)lane);
        Vector128<int> product = twice
            ? VectorFixedPoint.HighMultiply(sums, multiplier) + Vector128.ShiftRightArithmetic(sums, 31)
            : VectorFixedPoint.HighMultiplyDown(sums, multiplier);
        return VectorFixedPoint.ShiftRightArithmetic(product + offset, Vector128.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(shifts), (nuint)lane));
    }
}
