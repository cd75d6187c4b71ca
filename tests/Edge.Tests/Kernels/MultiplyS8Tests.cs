using Edge.Inference.Kernels;
using Edge.Numerics;

namespace Edge.Tests.Kernels;

public class MultiplyS8Tests
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
                (sbyte[] a, sbyte[] b, MultiplyParameters parameters) = (random.Int8s(shorter * repeats, pattern), random.Int8s(shorter, pattern), AnyParameters(random));
                (sbyte[] expected, sbyte[] output) = (new sbyte[a.Length], new sbyte[a.Length]);
                MultiplyS8.Reference(a, b, parameters, expected);
                MultiplyS8.RunVector128(a, b, parameters, output);
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
            MultiplyParameters p = AnyParameters(random);
            sbyte[] output = new sbyte[1];
            (sbyte a, sbyte b) = (random.Int8s(1)[0], random.Int8s(1)[0]);
            MultiplyS8.Reference([a], [b], p, output);
            sbyte expected = Oracle.Requantize(
                (a - p.ZeroPoint1) * (b - p.ZeroPoint2), p.OutputScale.Multiplier, p.OutputScale.Shift, p.OutputZeroPoint, p.ActivationMin, p.ActivationMax,
                p.OutputScale.Rounding);
            Assert.Equal(expected, output[0]);
        }
    }

    [Theory]
    [InlineData(Rounding.Twice, 0.76)]
    [InlineData(Rounding.Once, 0.5001)]
    public void Result_is_the_real_product_rounded(Rounding rounding, double bound)
    {
        var random = new Random(2);
        for (int round = 0; round < 2_000; round++)
        {
            (double scale1, double scale2, double outputScale) = (0.01 + random.NextDouble() / 10, 0.01 + random.NextDouble() / 10, 0.01 + random.NextDouble() / 5);
            (int zero1, int zero2, int outputZero) = (random.ZeroPoint(), random.ZeroPoint(), random.ZeroPoint());
            sbyte[] output = new sbyte[1];
            (sbyte a, sbyte b) = (random.Int8s(1)[0], random.Int8s(1)[0]);
            MultiplyS8.Reference([a], [b], new MultiplyParameters(zero1, zero2, Oracle.Quantize(scale1 * scale2 / outputScale, rounding), outputZero, -128, 127), output);
            double real = Math.Clamp(scale1 * (a - zero1) * scale2 * (b - zero2) / outputScale + outputZero, -128, 127);
            Assert.InRange(output[0], real - bound, real + bound);
        }
    }

    private static MultiplyParameters AnyParameters(Random random) => new(
        random.ZeroPoint(), random.ZeroPoint(), new Rescale(random.Multiplier(), random.Next(6) == 0 ? random.Next(-31, 31) : random.Next(-10, 0), random.Rounding()),
        random.ZeroPoint(), random.Next(2) == 0 ? -128 : random.Next(-128, 0), random.Next(2) == 0 ? 127 : random.Next(0, 128));
}
