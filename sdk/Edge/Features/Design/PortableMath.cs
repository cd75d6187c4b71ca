namespace Edge.Features.Design;

/// <summary>
/// Elementary functions from additions, multiplications and divisions alone, so that tables come out the same on every machine;
/// the functions of the platform's C library differ in their last bits.
/// </summary>
internal static class PortableMath
{
    private const double Ln2 = 0.693147180559945309417232121458;

    /// <summary>cos(2π·<paramref name="numerator"/>/<paramref name="denominator"/>), exact at multiples of a quarter turn.</summary>
    public static double CosTurn(long numerator, long denominator)
    {
        // Fold the angle into the first eighth of a turn with integers: no rounding before the series.
        long eighths = 8 * ((numerator % denominator + denominator) % denominator);
        if (eighths > 4 * denominator)
        {
            eighths = 8 * denominator - eighths; // cos(-a) = cos(a)
        }

        if (eighths > 2 * denominator)
        {
            return -CosFirstQuarter(4 * denominator - eighths, denominator); // cos(π - a) = -cos(a)
        }

        return CosFirstQuarter(eighths, denominator);
    }

    /// <summary>sin(2π·<paramref name="numerator"/>/<paramref name="denominator"/>).</summary>
    public static double SinTurn(long numerator, long denominator) => CosTurn(4 * numerator - denominator, 4 * denominator);

    /// <summary>Cosine of an angle of 0 to 2π, in radians.</summary>
    public static double Cos(double radians)
    {
        double folded = radians > Math.PI ? 2 * Math.PI - radians : radians;
        return folded <= Math.PI / 4 ? CosSeries(folded)
            : folded <= 3 * Math.PI / 4 ? SinSeries(Math.PI / 2 - folded)
            : -CosSeries(Math.PI - folded);
    }

    /// <summary>Natural logarithm; <paramref name="x"/> is positive and normal.</summary>
    public static double Log(double x)
    {
        long bits = BitConverter.DoubleToInt64Bits(x);
        int exponent = (int)(bits >> 52) - 1023;
        double mantissa = BitConverter.Int64BitsToDouble((bits & 0x000F_FFFF_FFFF_FFFF) | 0x3FF0_0000_0000_0000);
        if (mantissa > 1.4142135623730951)
        {
            mantissa /= 2;
            exponent++;
        }

        // ln m = 2·artanh((m - 1)/(m + 1)); |argument| <= 0.172, so 13 odd terms reach 1e-21.
        double z = (mantissa - 1) / (mantissa + 1);
        double square = z * z;
        double sum = 0;
        for (int power = 25; power >= 1; power -= 2)
        {
            sum = sum * square + 1.0 / power;
        }

        return exponent * Ln2 + 2 * z * sum;
    }

    /// <summary>e^<paramref name="x"/> for |x| below 700.</summary>
    public static double Exp(double x)
    {
        double n = Math.Floor(x / Ln2 + 0.5);
        double r = x - n * Ln2; // |r| <= 0.35: 16 terms reach 1e-20
        double sum = 1;
        for (int k = 16; k >= 1; k--)
        {
            sum = 1 + r / k * sum;
        }

        return sum * BitConverter.Int64BitsToDouble(((long)n + 1023) << 52);
    }

    /// <summary><paramref name="x"/>^<paramref name="y"/> for positive <paramref name="x"/>.</summary>
    public static double Pow(double x, double y) => Exp(y * Log(x));

    private static double CosFirstQuarter(long eighths, long denominator) =>
        eighths <= denominator
            ? CosSeries(Math.PI / 4 * ((double)eighths / denominator))
            : SinSeries(Math.PI / 4 * ((double)(2 * denominator - eighths) / denominator));

    private static double CosSeries(double x)
    {
        double square = x * x;
        double sum = 1;
        for (int k = 18; k >= 2; k -= 2)
        {
            sum = 1 - square / (k * (k - 1)) * sum;
        }

        return sum;
    }

    private static double SinSeries(double x)
    {
        double square = x * x;
        double sum = 1;
        for (int k = 19; k >= 3; k -= 2)
        {
            sum = 1 - square / (k * (k - 1)) * sum;
        }

        return x * sum;
    }
}
