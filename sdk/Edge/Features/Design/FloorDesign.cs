namespace Edge.Features.Design;

/// <summary>A positive real number as mantissa·2^exponent, the mantissa in [2^61, 2^62).</summary>
internal readonly record struct ScaledNumber(ulong Mantissa, int Exponent);

/// <summary>The logarithm's floor and the band factors in the form the integers need.</summary>
internal static class FloorDesign
{
    /// <summary>The floor divided by each band's factor, so that it can meet the band before the factor does, [bands].</summary>
    public static ScaledNumber[] Floors(LogMelOptions options)
    {
        double floor = options.FloorDigits;
        for (int i = 0; i > options.FloorExponent; i--)
        {
            floor /= 10;
        }

        return Array.ConvertAll(MelDesign.BandFactors(options), factor => Scale(floor / factor));
    }

    /// <summary>log2 of each band's factor in Q24, [bands].</summary>
    public static int[] FactorsLog2Q24(LogMelOptions options) => Array.ConvertAll(
        MelDesign.BandFactors(options), factor => (int)Math.Floor(PortableMath.Log(factor) / PortableMath.Log(2) * (1 << 24) + 0.5));

    private static ScaledNumber Scale(double value)
    {
        int exponent = Math.ILogB(value) - 61;
        return new ScaledNumber((ulong)Math.ScaleB(value, -exponent), exponent);
    }
}
