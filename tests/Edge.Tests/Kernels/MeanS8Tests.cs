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
                var factor = new Rescale(random.Multiplier(), random.Next(4) == 0 ? random.Next(-31, 31) : random.Next(-2, 3), random.Rounding());
                MeanScale scale = Any(random, factor, rows);
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
            var factor = new Rescale(random.Multiplier(), random.Next(8) == 0 ? random.Next(-31, -26) : random.Next(-6, 4), random.Rounding());
            MeanScale scale = Any(random, factor, rows);
            var output = new sbyte[channels];
            MeanS8.Reference(input, zero, scale, outputZero, output);
            for (int c = 0; c < channels; c++)
            {
                BigInteger sum = Enumerable.Range(0, rows).Sum(r => input[r * channels + c] - zero);
                BigInteger mean = factor.Rounding == Rounding.Once ? OverRows(sum, factor, rows)
                    : scale == MeanScale.DividedLast(factor, rows) ? Oracle.NearestAwayFromZero(Oracle.Rescale(sum, factor.Multiplier, factor.Shift), rows)
                    : OverRowsRoundedDown(sum, factor, rows);
                Assert.Equal((int)BigInteger.Max(-128, BigInteger.Min(127, mean + outputZero)), output[c]);
            }
        }
    }

    /// <summary>
    /// The figures in ARITHMETIC.md: half a step, and for double rounding what its second rounding adds, before version 3 three quarters of a step over the
    /// number of rows.
    /// </summary>
    [Theory]
    [InlineData(Rounding.Twice, false)]
    [InlineData(Rounding.Twice, true)]
    [InlineData(Rounding.Once, false)]
    public void Result_is_the_real_mean_rounded(Rounding rounding, bool dividedLast)
    {
        var random = new Random(2);
        for (int round = 0; round < 5_000; round++)
        {
            int rows = random.Next(1, 100);
            double ratio = Math.Exp(random.NextDouble() * 2 - 1);
            (sbyte[] input, int zero, int outputZero) = (random.Int8s(rows), random.ZeroPoint(), random.ZeroPoint());
            var output = new sbyte[1];
            Rescale factor = Oracle.Quantize(ratio, rounding);
            MeanScale scale = rounding == Rounding.Once ? MeanScale.Nearest(factor, rows) : dividedLast ? MeanScale.DividedLast(factor, rows) : MeanScale.RoundedDown(factor, rows);
            MeanS8.Reference(input, zero, scale, outputZero, output);
            double real = Math.Clamp(input.Average(x => (double)x - zero) * ratio + outputZero, -128, 127);
            double inner = rounding == Rounding.Once ? 0 : dividedLast ? 0.75 / rows : scale.Scale.Shift >= 0 ? 0 : Math.Pow(2, scale.Scale.Shift - 1);
            double bound = 0.5 + inner + 1e-6;
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

    [Theory]
    [InlineData(1 << 30, 1, 1, 1 << 30, 1)]
    [InlineData(1 << 30, 1, 3, 715827882, 0)]
    [InlineData(1_100_000_000, 0, 49, 718367346, -5)]
    [InlineData(1 << 30, -30, 4, 1 << 29, -31)]
    [InlineData(1 << 30, -31, 5, 214748364, -31)]
    public void A_factor_over_a_count_rounded_down_is_TensorFlow_Lites(int multiplier, int shift, int count, int expected, int expectedShift) =>
        Assert.Equal(new MeanScale(new Rescale(expected, expectedShift), 1), MeanScale.RoundedDown(new Rescale(multiplier, shift), count));

    private static MeanScale Any(Random random, Rescale factor, int rows) => factor.Rounding == Rounding.Once ? MeanScale.Nearest(factor, rows)
        : random.Next(2) == 0 ? MeanScale.DividedLast(factor, rows) : MeanScale.RoundedDown(factor, rows);

    /// <summary>M·2^b/n rounded down, b as large as leaves the shift in range and M·2^b/n in 31 bits.</summary>
    private static BigInteger OverRowsRoundedDown(BigInteger sum, Rescale scale, int rows)
    {
        int bits = 0;
        while (1L << (bits + 1) <= rows && scale.Shift - bits > -31)
        {
            bits++;
        }

        return Oracle.Rescale(sum, (int)(((BigInteger)scale.Multiplier << bits) / rows), scale.Shift - bits);
    }

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
