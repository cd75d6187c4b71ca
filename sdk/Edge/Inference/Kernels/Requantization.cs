using System.Runtime.CompilerServices;
using Edge.Numerics;

namespace Edge.Inference.Kernels;

/// <summary>From 32-bit accumulators to int8: one multiplier and shift a channel, zero point, range of the fused activation.</summary>
/// <param name="Multipliers">Q31, [channels].</param>
/// <param name="Shifts">Positive left, negative right, [channels].</param>
/// <param name="ZeroPoint">The integer that means 0 in the output.</param>
/// <param name="ActivationMin">Smallest output.</param>
/// <param name="ActivationMax">Largest output.</param>
/// <param name="Rounding">How often it rounds.</param>
internal sealed record Requantization(
    int[] Multipliers, int[] Shifts, int ZeroPoint, int ActivationMin, int ActivationMax, Rounding Rounding = Rounding.Twice)
{
    /// <summary>One accumulator of one channel to int8.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public sbyte Apply(int accumulator, int channel)
    {
        int scaled = Rounding == Rounding.Once
            ? FixedPoint.MultiplyRoundingOnce(accumulator, Multipliers[channel], Shifts[channel])
            : FixedPoint.MultiplyByQuantizedMultiplier(accumulator, Multipliers[channel], Shifts[channel]);
        return (sbyte)Math.Clamp(scaled + ZeroPoint, ActivationMin, ActivationMax);
    }

    /// <summary>One 64-bit accumulator of one channel to int16 or a part of it, rounding once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public short ApplyWide(long accumulator, int channel) => (short)Math.Clamp(
        FixedPoint.MultiplyRoundingOnce(accumulator, Multipliers[channel], Shifts[channel]) + ZeroPoint, ActivationMin, ActivationMax);
}
