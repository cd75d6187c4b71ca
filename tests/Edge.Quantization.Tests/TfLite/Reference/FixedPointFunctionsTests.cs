namespace Edge.Quantization.Tests.TfLite.Reference;

/// <summary>The reference's arithmetic against real numbers.</summary>
public class FixedPointFunctionsTests
{
    [Fact]
    public void Exponential_of_32_bits_is_exact_to_3e_7()
    {
        var random = new Random(1);
        for (int i = 0; i < 2_000; i++)
        {
            var a = new FixedPoint((int)-random.NextInt64(1L << (31 - random.Next(20))), 5, 32);

            Assert.Equal(Math.Exp(Real(a)), Real(FixedPointFunctions.Exp(a)), 3e-7);
        }
    }

    [Theory]
    [InlineData(32, 1e-6)]
    [InlineData(16, 4e-4)]
    public void Logistic_and_tanh_are_near_the_real_functions(int bits, double tolerance)
    {
        for (int raw = short.MinValue; raw <= short.MaxValue; raw += 7)
        {
            var a = new FixedPoint(raw << (bits - 16), 3, bits);

            Assert.Equal(1 / (1 + Math.Exp(-Real(a))), Real(FixedPointFunctions.Logistic(a)), tolerance);
            Assert.Equal(Math.Tanh(Real(a)), Real(FixedPointFunctions.Tanh(a)), tolerance);
        }
    }

    [Theory]
    [InlineData(4)]
    [InlineData(6)]
    public void Tanh_of_16_bits_takes_more_integer_bits(int integerBits)
    {
        for (int raw = short.MinValue; raw <= short.MaxValue; raw += 11)
        {
            var a = new FixedPoint(raw, integerBits, 16);

            Assert.Equal(Math.Tanh(Real(a)), Real(FixedPointFunctions.Tanh(a)), 4e-4);
        }
    }

    [Fact]
    public void The_inverse_root_is_near_the_real_one()
    {
        foreach (int value in new[] { 2, 3, 10, 1_000, 65_536, 12_345_678, 1 << 29, int.MaxValue })
        {
            (int significand, int exponent) = FixedPointFunctions.InverseRoot(value);

            Assert.Equal(1 / Math.Sqrt(value), significand * Math.ScaleB(1, exponent - 31), 1e-6 / Math.Sqrt(value) * 10);
        }
    }

    [Theory]
    [InlineData(ReferenceRounding.Once, 0.5)]
    [InlineData(ReferenceRounding.Twice, 0.75)]
    public void A_product_with_a_factor_is_near_the_real_one(ReferenceRounding rounding, double bound)
    {
        var random = new Random(2);
        for (int i = 0; i < 5_000; i++)
        {
            double factor = Math.Exp((random.NextDouble() * 20) - 15);
            int value = random.Next(-1 << 20, 1 << 20) / 16;
            double real = factor * value;

            Assert.InRange(Multiplier.Of(factor, rounding).Apply(value), real - bound - Math.Abs(real * 1e-9), real + bound + Math.Abs(real * 1e-9));
        }
    }

    [Theory]
    [InlineData(ReferenceRounding.Once, 3, 2)]
    [InlineData(ReferenceRounding.Once, -3, -1)]
    [InlineData(ReferenceRounding.Twice, 3, 2)]
    [InlineData(ReferenceRounding.Twice, -3, -2)]
    public void Halves_go_up_or_away_from_zero(ReferenceRounding rounding, int value, int half)
    {
        // 3 / 4 · 2: the high product of a double rounding is exact, its shift meets the half.
        Assert.Equal(half, Multiplier.Of(0.25, rounding).Apply(2 * value));
    }

    private static double Real(FixedPoint a) => Math.ScaleB(a.Raw, -a.FractionBits);
}
