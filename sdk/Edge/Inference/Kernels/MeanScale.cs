using System.Numerics;

namespace Edge.Inference.Kernels;

/// <summary>From the sum of a number of int8 to their mean in the output's scale: a rescaling, then a division that may be one by 1.</summary>
/// <param name="Scale">Factor of the sum.</param>
/// <param name="Divisor">What the rescaled sum is divided by, to nearest, ties away from zero.</param>
internal readonly record struct MeanScale(Rescale Scale, int Divisor)
{
    /// <summary>The factor over the count, the nearest multiplier: what single rounding takes.</summary>
    public static MeanScale Nearest(Rescale scale, int count) => new(scale.Over(count), 1);

    /// <summary>
    /// The factor over the count, the multiplier rounded down: what double rounding takes. The multiplier may be below 2^30.
    /// </summary>
    /// <remarks>Source: TensorFlow Lite's reference kernel for MEAN of 8 bits.</remarks>
    public static MeanScale RoundedDown(Rescale scale, int count)
    {
        int bits = Math.Min(BitOperations.Log2((uint)count), 31 + scale.Shift);
        return new(scale with { Multiplier = (int)(((long)scale.Multiplier << bits) / count), Shift = scale.Shift - bits }, 1);
    }

    /// <summary>The factor first, the division last: what double rounding took before version 3 of the format.</summary>
    public static MeanScale DividedLast(Rescale scale, int count) => new(scale, count);

    /// <summary>The mean.</summary>
    public int Apply(int sum)
    {
        int mean = Scale.Apply(sum);
        return Divisor == 1 ? mean : (mean > 0 ? mean + Divisor / 2 : mean - Divisor / 2) / Divisor;
    }
}
