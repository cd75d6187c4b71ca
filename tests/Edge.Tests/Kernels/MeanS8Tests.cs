using System.Numerics;
using Edge.Inference.Kernels;

namespace Edge.Tests.Kernels;

public class MeanS8Tests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 5)]
    [InlineData(2, 3)]
    [InlineData(3, 4)]
    [InlineData(49, 33)]
    [InlineData(1000, 8)]
    public void Vector128_gives_the_bits_of_the_reference(int rows, int channels)
    {
        var random = new Random(rows);
        foreach (Pattern pattern in Patterns.All)
        {
            for (int round = 0; round < 30; round++)
            {
                (sbyte[] input, int zero, int outputZero) = (random.Int8s(rows * channels, pattern), random.ZeroPoint(), random.ZeroPoint());
                var scale = new Rescale(random.Multiplier(), random.Next(4) == 0 ? random.Next(-31, 31) : random.Next(-2, 3));
                (sbyte[] expected, sbyte[] output) = (new sbyte[channels], new sbyte[channels]);
                MeanS8.Reference(input, zero, scale, outputZero, expected);
                MeanS8.RunVector128(input, zero, scale, outputZero, output);
                Assert.Equal(expected, output);
            }
        }
    }

    [Fact]
    public void Reference_is_the_specification_in_exact_arithmetic()
    {
        var random = new Random(1);
        for (int round = 0; round < 1_000; round++)
        {
            (int rows, int channels) = (random.Next(1, 60), random.Next(1, 5));
            (sbyte[] input, int zero, int outputZero) = (random.Int8s(rows * channels), random.ZeroPoint(), random.ZeroPoint());
            var scale = new Rescale(random.Multiplier(), random.Next(-6, 4));
            var output = new sbyte[channels];
            MeanS8.Reference(input, zero, scale, outputZero, output);
            for (int c = 0; c < channels; c++)
            {
                BigInteger sum = Enumerable.Range(0, rows).Sum(r => input[r * channels + c] - zero);
                BigInteger mean = Oracle.NearestAwayFromZero(Oracle.Rescale(sum, scale.Multiplier, scale.Shift), rows);
                Assert.Equal((int)BigInteger.Max(-128, BigInteger.Min(127, mean + outputZero)), output[c]);
            }
        }
    }

    /// <summary>The figure in ARITHMETIC.md: half a step, and three quarters of a step over the number of rows.</summary>
    [Fact]
    public void Result_is_the_real_mean_rounded()
    {
        var random = new Random(2);
        for (int round = 0; round < 5_000; round++)
        {
            int rows = random.Next(1, 100);
            double ratio = Math.Exp(random.NextDouble() * 2 - 1);
            (sbyte[] input, int zero, int outputZero) = (random.Int8s(rows), random.ZeroPoint(), random.ZeroPoint());
            var output = new sbyte[1];
            MeanS8.Reference(input, zero, Oracle.Quantize(ratio), outputZero, output);
            double real = Math.Clamp(input.Average(x => (double)x - zero) * ratio + outputZero, -128, 127);
            double bound = 0.5 + 0.75 / rows + 1e-6;
            Assert.InRange(output[0], real - bound, real + bound);
        }
    }
}
