using System.Numerics;
using Edge.Inference.Kernels;
using Edge.Numerics;

namespace Edge.Tests.Kernels;

public class SubtractS8Tests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 1)]
    [InlineData(4, 1)]
    [InlineData(5, 1)]
    [InlineData(1, 6)]
    [InlineData(7, 3)]
    [InlineData(16, 4)]
    [InlineData(33, 2)]
    public void Vector128_gives_the_bits_of_the_reference(int shorter, int repeats)
    {
        var random = new Random(shorter);
        foreach (Pattern pattern in Patterns.All)
        {
            for (int round = 0; round < 50; round++)
            {
                (sbyte[] a, sbyte[] b, AddParameters parameters) = (random.Int8s(shorter * repeats, pattern), random.Int8s(shorter), AnyParameters(random));
                (sbyte[] expected, sbyte[] output) = (new sbyte[a.Length], new sbyte[a.Length]);
                SubtractS8.Reference(a, b, parameters, expected);
                SubtractS8.RunVector128(a, b, parameters, output);
                Assert.Equal(expected, output);
                SubtractS8.Reference(b, a, parameters, expected);
                SubtractS8.RunVector128(b, a, parameters, output);
                Assert.Equal(expected, output);
            }
        }
    }

    [Fact]
    public void Reference_is_the_specification_in_exact_arithmetic()
    {
        var random = new Random(1);
        for (int round = 0; round < 2_000; round++)
        {
            AddParameters p = AnyParameters(random);
            sbyte[] output = new sbyte[1];
            (sbyte a, sbyte b) = (random.Int8s(1)[0], random.Int8s(1)[0]);
            SubtractS8.Reference([a], [b], p, output);
            BigInteger first = Oracle.Rescale((BigInteger)(a - p.ZeroPoint1) * (1 << 20), p.Scale1.Multiplier, p.Scale1.Shift, p.Scale1.Rounding);
            BigInteger second = Oracle.Rescale((BigInteger)(b - p.ZeroPoint2) * (1 << 20), p.Scale2.Multiplier, p.Scale2.Shift, p.Scale2.Rounding);
            sbyte expected = Oracle.Requantize(
                Oracle.Wrap(first - second), p.OutputScale.Multiplier, p.OutputScale.Shift, p.OutputZeroPoint, p.ActivationMin, p.ActivationMax,
                p.OutputScale.Rounding);
            Assert.Equal(expected, output[0]);
        }
    }

    /// <summary>The figure in ARITHMETIC.md: the difference differs from the real one by the last rounding and 2^-8 at most.</summary>
    [Theory]
    [InlineData(Rounding.Twice)]
    [InlineData(Rounding.Once)]
    public void Result_is_the_real_difference_rounded(Rounding rounding)
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
            SubtractS8.Reference([a], [b], p, output);
            double real = (scale1 * (a - zero1) - scale2 * (b - zero2)) / outputScale + outputZero;
            worst = Math.Max(worst, Math.Abs(output[0] - Math.Clamp(real, -128, 127)));
        }

        Assert.InRange(worst, 0, 0.5 + 1.0 / 256);
    }

    private static AddParameters AnyParameters(Random random)
    {
        Rounding rounding = random.Rounding();
        return new(
            random.ZeroPoint(), AnyScale(-8, 1), random.ZeroPoint(), AnyScale(-8, 1), AnyScale(-20, -15),
            random.ZeroPoint(), random.Next(2) == 0 ? -128 : random.Next(-128, 0), random.Next(2) == 0 ? 127 : random.Next(0, 128));

        Rescale AnyScale(int minShift, int maxShift) =>
            new(random.Multiplier(), random.Next(6) == 0 ? random.Next(-31, 31) : random.Next(minShift, maxShift), rounding);
    }
}
