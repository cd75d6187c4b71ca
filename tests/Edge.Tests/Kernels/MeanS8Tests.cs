using System.Numerics;
using Edge.Inference.Kernels;
using Edge.Numerics;

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
                var scale = new Rescale(random.Multiplier(), random.Next(4) == 0 ? random.Next(-31, 31) : random.Next(-2, 3), random.Rounding());
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
            var scale = new Rescale(random.Multiplier(), random.Next(-6, 4), random.Rounding());
            var output = new sbyte[channels];
            MeanS8.Reference(input, zero, scale, outputZero, output);
            for (int c = 0; c < channels; c++)
            {
                BigInteger sum = Enumerable.Range(0, rows).Sum(r => input[r * channels + c] - zero);
                BigInteger mean = scale.Rounding == Rounding.Once
                    ? OverRows(sum, scale, rows)
                    : Oracle.NearestAwayFromZero(Oracle.Rescale(sum, scale.Multiplier, scale.Shift), rows);
                Assert.Equal((int)BigInteger.Max(-128, BigInteger.Min(127, mean + outputZero)), output[c]);
            }
        }
    }

    /// <summary>The figures in ARITHMETIC.md: half a step, and for double rounding three quarters of a step over the number of rows.</summary>
    [Theory]
    [InlineData(Rounding.Twice, 0.75)]
    [InlineData(Rounding.Once, 0)]
    public void Result_is_the_real_mean_rounded(Rounding rounding, double inner)
    {
        var random = new Random(2);
        for (int round = 0; round < 5_000; round++)
        {
            int rows = random.Next(1, 100);
            double ratio = Math.Exp(random.NextDouble() * 2 - 1);
            (sbyte[] input, int zero, int outputZero) = (random.Int8s(rows), random.ZeroPoint(), random.ZeroPoint());
            var output = new sbyte[1];
            MeanS8.Reference(input, zero, Oracle.Quantize(ratio, rounding), outputZero, output);
            double real = Math.Clamp(input.Average(x => (double)x - zero) * ratio + outputZero, -128, 127);
            double bound = 0.5 + inner / rows + 1e-6;
            Assert.InRange(output[0], real - bound, real + bound);
        }
    }

    [Theory]
    [InlineData(1 << 30, 1, 1, 1 << 30, 1)]
    [InlineData(1 << 30, 1, 3, 1431655765, -1)]
    [InlineData(int.MaxValue, 0, 2, int.MaxValue, -1)]
    [InlineData(1 << 30, -29, 4, 1 << 30, -31)]
    [InlineData(1 << 30, -30, 4, 0, 0)] // nothing is left of a sum of 32 bits
    [InlineData(0, 5, 7, 0, 0)]
    public void A_factor_over_a_count_is_the_nearest_multiplier(int multiplier, int shift, int count, int expected, int expectedShift) =>
        Assert.Equal(new Rescale(expected, expectedShift), new Rescale(multiplier, shift).Over(count));

    /// <summary>M/n to nearest in 31 bits of fraction, and one rounding of the whole.</summary>
    private static BigInteger OverRows(BigInteger sum, Rescale scale, int rows)
    {
        int bits = 0;
        while (((BigInteger)scale.Multiplier << bits) * 2 + rows < (BigInteger)rows << 31 && scale.Multiplier > 0)
        {
            bits++;
        }

        int multiplier = (int)((((BigInteger)scale.Multiplier << bits) * 2 + rows) / (2 * rows));
        return Oracle.Rescale(sum, multiplier, scale.Shift - bits, Rounding.Once);
    }
}
