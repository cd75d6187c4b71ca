namespace Edge.Features.Design;

/// <summary>The factor between samples of ±1 and samples of another full scale.</summary>
internal static class GainDesign
{
    /// <summary>(32,768 / <paramref name="fullScale"/>)^<paramref name="power"/>; full scale 1 to 32,768, power 1 or 2.</summary>
    public static ScaledNumber FromFullScale(int fullScale, int power)
    {
        ulong divisor = power == 2 ? (ulong)fullScale * (ulong)fullScale : (ulong)fullScale;
        UInt128 quotient = (UInt128.One << 92) / divisor; // 63 to 93 bits
        int shift = 66 - (int)UInt128.LeadingZeroCount(quotient);
        return new ScaledNumber((ulong)(quotient >> shift), shift + 15 * power - 92);
    }
}
