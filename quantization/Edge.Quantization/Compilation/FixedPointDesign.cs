namespace Edge.Quantization.Compilation;

/// <summary>Real factors as the integers that the device multiplies with.</summary>
internal static class FixedPointDesign
{
    /// <summary>A factor as Q31 multiplier in [2^30, 2^31) and shift: factor = multiplier / 2^31 · 2^shift.</summary>
    /// <remarks>Source: TensorFlow Lite's QuantizeMultiplier.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">The factor is negative, not finite, or 2^30 or more.</exception>
    public static (int Multiplier, int Shift) QuantizeMultiplier(double factor)
    {
        if (!(factor >= 0) || factor >= 1 << 30)
        {
            throw new ArgumentOutOfRangeException(nameof(factor), factor, "A rescaling factor must be at least 0 and below 2^30.");
        }

        if (factor == 0)
        {
            return (0, 0);
        }

        int shift = Math.ILogB(factor) + 1; // factor = fraction · 2^shift, fraction in [0.5, 1)
        long multiplier = (long)Math.Round(Math.ScaleB(factor, 31 - shift), MidpointRounding.AwayFromZero);
        if (multiplier == 1L << 31)
        {
            multiplier /= 2;
            shift++;
        }

        return shift < -31 ? (0, 0) : ((int)multiplier, shift);
    }
}
