namespace Edge.Features.Design;

/// <summary>Roots of unity in fixed point, real and imaginary part alternating.</summary>
internal static class TwiddleDesign
{
    /// <summary>e^(-2πi·<paramref name="numerator"/>/<paramref name="denominator"/>), scaled and rounded with halves up.</summary>
    public static (int Re, int Im) Root(long numerator, long denominator, double scale) =>
        ((int)Math.Floor(0.5 + scale * PortableMath.CosTurn(numerator, denominator)),
            (int)Math.Floor(0.5 - scale * PortableMath.SinTurn(numerator, denominator)));
}
