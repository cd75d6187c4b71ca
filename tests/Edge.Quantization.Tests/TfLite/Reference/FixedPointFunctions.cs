using System.Numerics;

namespace Edge.Quantization.Tests.TfLite.Reference;

/// <summary>gemmlowp's functions of fixed-point numbers (fixedpoint/fixedpoint.h), of 16 and of 32 bits.</summary>
internal static class FixedPointFunctions
{
    // e^-(2^k) in Q0.31 for k = -2 to 4.
    private static readonly int[] Powers = [1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242];

    /// <summary>e^a in Q0 for a not above 0.</summary>
    public static FixedPoint Exp(FixedPoint a)
    {
        var one = new FixedPoint(0, 0, a.Bits);
        one = one.One;
        if (a.Raw == 0)
        {
            return one;
        }

        if (a.IntegerBits > 5 && a.Raw < a.Constant(-(1 << (36 - a.IntegerBits))).Raw)
        {
            return one with { Raw = 0 };
        }

        FixedPoint quarter = a.PowerOfTwo(-2);
        FixedPoint fraction = (a with { Raw = a.Raw & (quarter.Raw - 1) }) - quarter;
        int multiple = (fraction - a).Raw;
        FixedPoint result = ExpOfQuarter(fraction.Rescale(0));
        for (int k = -2; k <= 4 && k < a.IntegerBits; k++)
        {
            if ((multiple & (1 << (a.FractionBits + k))) != 0)
            {
                result *= one.Constant(Powers[k + 2]);
            }
        }

        return result;
    }

    /// <summary>1 / (1 + a) for a in [0, 1), Q0.</summary>
    public static FixedPoint OneOverOnePlus(FixedPoint a)
    {
        FixedPoint x = Reciprocal(a);
        return (x with { IntegerBits = x.IntegerBits - 1 }).Rescale(0);
    }

    public static FixedPoint Logistic(FixedPoint a)
    {
        FixedPoint one = new FixedPoint(0, 0, a.Bits).One;
        if (a.Raw == 0)
        {
            return one.Constant(1 << 30);
        }

        FixedPoint positive = OneOverOnePlus(Exp(a.Raw > 0 ? -a : a));
        return a.Raw > 0 ? positive : one - positive;
    }

    public static FixedPoint Tanh(FixedPoint a)
    {
        if (a.Raw == 0)
        {
            return new FixedPoint(0, 0, a.Bits);
        }

        FixedPoint negative = a.Raw < 0 ? a : -a;
        FixedPoint x = Reciprocal(Exp(negative with { IntegerBits = a.IntegerBits + 1 }));
        FixedPoint tanh = (x - x.One).Rescale(0);
        return a.Raw < 0 ? -tanh : tanh;
    }

    /// <summary>1 / √value as significand and exponent (kernels/internal/common.h, GetInvSqrtQuantizedMultiplierExp).</summary>
    public static (int Significand, int Exponent) InverseRoot(int value)
    {
        if (value <= 1)
        {
            return (int.MaxValue, 0);
        }

        int shift = 11;
        for (; value >= 1 << 29; shift++)
        {
            value /= 4;
        }

        int pairs = ((BitOperations.LeadingZeroCount((uint)value) - 1) / 2) - 1;
        shift -= pairs;
        var input = new FixedPoint((value << (2 * pairs)) >> 1, 3, 32);
        FixedPoint half = input.Times2ToThe(-1);
        FixedPoint threeHalves = input with { Raw = (1 << 28) + (1 << 27) };
        FixedPoint x = input.One;
        for (int i = 0; i < 5; i++)
        {
            FixedPoint cube = (x * x * x).Rescale(3);
            x = ((threeHalves * x) - (half * cube)).Rescale(3);
        }

        x *= new FixedPoint(1518500250, 0, 32);
        return shift < 0 ? (x.Raw << -shift, 0) : (x.Raw, -shift);
    }

    /// <summary>e^a for a in [-1/4, 0), Q0: the Taylor series about -1/8.</summary>
    private static FixedPoint ExpOfQuarter(FixedPoint a)
    {
        FixedPoint atEighth = a.Constant(1895147668);
        FixedPoint third = a.Constant(715827883);
        FixedPoint x = a + a.PowerOfTwo(-3);
        FixedPoint x2 = x * x;
        FixedPoint x3 = x2 * x;
        FixedPoint x4 = x2 * x2;
        FixedPoint rest = (((x4.Times2ToThe(-2) + x3) * third) + x2).Times2ToThe(-1);
        return atEighth.SaturatingAdd(atEighth * (x + rest));
    }

    /// <summary>2 / (1 + a) in Q2 for a in [0, 1) in Q0: three steps of Newton's method.</summary>
    private static FixedPoint Reciprocal(FixedPoint a)
    {
        long sum = (long)a.Raw + a.One.Raw;
        var half = a with { Raw = (int)((sum + (sum >= 0 ? 1 : -1)) / 2) };
        var format = new FixedPoint(0, 2, a.Bits);
        FixedPoint x = format.Constant(1515870810) + (half * format.Constant(-1010580540));
        for (int i = 0; i < 3; i++)
        {
            x += (x * (format.One - (half * x))).Rescale(2);
        }

        return x;
    }
}
