namespace Edge.Features.Design;

/// <summary>Quantizers from front ends to the int8 grids of networks.</summary>
public static class QuantizerDesign
{
    private const double MaxNumerator = 1 << 30;
    private const int MaxDenominatorBits = 61;

    /// <summary>Real values of a named front end's features to q = round(real / <paramref name="scale"/>) + <paramref name="zeroPoint"/>.</summary>
    /// <param name="frontEnd">Its own grid, where it has one, goes over scale and zero point.</param>
    /// <param name="scale">Real value of one step of the network's input.</param>
    /// <param name="zeroPoint">Input value that stands for 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The scale is not above 0, or no feature of the front end moves such an input by a step.</exception>
    public static FeatureQuantizer Create(NamedFrontEnd frontEnd, double scale, int zeroPoint) =>
        frontEnd.Quantizer ?? Create((double)frontEnd.RealNumerator / frontEnd.RealDenominator, scale, zeroPoint);

    /// <summary>Features of <paramref name="fractionBits"/> fractional bits to q = round(real / scale) + zero point.</summary>
    /// <inheritdoc cref="Create(NamedFrontEnd, double, int)" path="/exception"/>
    public static FeatureQuantizer Create(int fractionBits, double scale, int zeroPoint) => Create(Math.ScaleB(1, -fractionBits), scale, zeroPoint);

    private static FeatureQuantizer Create(double step, double scale, int zeroPoint)
    {
        double factor = step / scale;
        if (!(factor is > 0 and < MaxNumerator && factor * (1L << MaxDenominatorBits) >= MaxNumerator / 2))
        {
            throw new ArgumentOutOfRangeException(nameof(scale), scale, "The scale of a network's input must be above 0 and fit its front end's features.");
        }

        // The numerator takes 30 bits, so that features of 32 bits are off by no more than a few parts of 2^30 of a step.
        int bits = 29 - Math.ILogB(factor);
        long denominator = 1L << Math.Max(bits, 0);
        return new FeatureQuantizer
        {
            Numerator = (long)Math.Floor(factor * denominator + 0.5),
            Offset = denominator / 2,
            Denominator = denominator,
            ZeroPoint = zeroPoint,
        };
    }
}
