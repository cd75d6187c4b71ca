using Edge.Features;

namespace Edge.Quantization.Calibration;

/// <summary>The real value that a network takes for one step of its front end's integers, where that is not what their fractional bits say.</summary>
public static class FeatureUnit
{
    private const double Near = 1e-6; // quantizers have 30 bits

    /// <summary>The unit of a public model's front end; null where it reads plainly.</summary>
    /// <exception cref="ArgumentException">Its int8 grid is one that no real values give.</exception>
    public static float? Of(NamedFrontEnd frontEnd) =>
        frontEnd.Quantizer is not null ? throw new ArgumentException($"Front end {frontEnd.Name} has a grid of its own; its features have no real values.", nameof(frontEnd))
        : frontEnd.ReadsPlainly ? null
        : (float)((double)frontEnd.RealNumerator / frontEnd.RealDenominator);

    /// <summary>The unit that a compiled model's quantizer and the scale of its input give; null where it reads plainly.</summary>
    public static float? Of(FrontEndOptions frontEnd, FeatureQuantizer quantizer, double inputScale)
    {
        double unit = (double)quantizer.Numerator / quantizer.Denominator * inputScale;
        return Math.Abs(Math.ScaleB(unit, FrontEnd.Create(frontEnd).FractionBits) - 1) < Near ? null : (float)unit;
    }
}
