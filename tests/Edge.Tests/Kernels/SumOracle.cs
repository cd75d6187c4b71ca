using System.Numerics;
using Edge.Inference.Kernels;
using Edge.Numerics;

namespace Edge.Tests.Kernels;

/// <summary>What add and subtract must give, in exact arithmetic; <c>sign</c> is 1 for a sum and -1 for a difference.</summary>
internal static class SumOracle
{
    public delegate void Kernel(ReadOnlySpan<sbyte> a, ReadOnlySpan<sbyte> b, in AddParameters parameters, Span<sbyte> output);

    public static AddParameters AnyParameters(Random random)
    {
        Rounding rounding = random.Rounding();
        return new(
            random.ZeroPoint(), AnyScale(-8, 1), random.ZeroPoint(), AnyScale(-8, 1), AnyScale(-20, -15),
            random.ZeroPoint(), random.Next(2) == 0 ? -128 : random.Next(-128, 0), random.Next(2) == 0 ? 127 : random.Next(0, 128));

        Rescale AnyScale(int minShift, int maxShift) =>
            new(random.Multiplier(), random.Next(6) == 0 ? random.Next(-31, 31) : random.Next(minShift, maxShift), rounding);
    }

    /// <summary>The specification of one element.</summary>
    public static sbyte Compute(sbyte a, sbyte b, int sign, AddParameters p)
    {
        BigInteger first = Oracle.Rescale((BigInteger)(a - p.ZeroPoint1) * (1 << 20), p.Scale1.Multiplier, p.Scale1.Shift, p.Scale1.Rounding);
        BigInteger second = Oracle.Rescale((BigInteger)(b - p.ZeroPoint2) * (1 << 20), p.Scale2.Multiplier, p.Scale2.Shift, p.Scale2.Rounding);
        return Oracle.Requantize(
            Oracle.Wrap(first + sign * second), p.OutputScale.Multiplier, p.OutputScale.Shift, p.OutputZeroPoint, p.ActivationMin, p.ActivationMax,
            p.OutputScale.Rounding);
    }

    /// <summary>How far a kernel's results are from the real sums or differences at most, in steps of the output.</summary>
    public static double WorstError(Kernel kernel, int sign, Rounding rounding)
    {
        var random = new Random(2);
        double worst = 0;
        for (int round = 0; round < 20_000; round++)
        {
            (double scale1, double scale2) = (Math.Exp(random.NextDouble() * 4 - 6), Math.Exp(random.NextDouble() * 4 - 6));
            double outputScale = Math.Max(scale1, scale2) * (0.5 + 2 * random.NextDouble());
            double common = 2 * Math.Max(scale1, scale2);
            (int zero1, int zero2, int outputZero) = (random.ZeroPoint(), random.ZeroPoint(), random.ZeroPoint());
            var p = new AddParameters(
                zero1, Oracle.Quantize(scale1 / common, rounding), zero2, Oracle.Quantize(scale2 / common, rounding),
                Oracle.Quantize(common / ((1 << 20) * outputScale), rounding), outputZero, -128, 127);
            sbyte[] output = new sbyte[1];
            (sbyte a, sbyte b) = (random.Int8s(1)[0], random.Int8s(1)[0]);
            kernel([a], [b], p, output);
            double real = (scale1 * (a - zero1) + sign * scale2 * (b - zero2)) / outputScale + outputZero;
            worst = Math.Max(worst, Math.Abs(output[0] - Math.Clamp(real, -128, 127)));
        }

        return worst;
    }
}
