using Edge.Quantization.Compilation;

namespace Edge.Quantization.Tests.Compilation;

public class FixedPointDesignTests
{
    [Theory]
    [InlineData(0.5, 1 << 30, 0)]
    [InlineData(1, 1 << 30, 1)]
    [InlineData(0.75, 1610612736, 0)]
    [InlineData(0.0000001, 1801439851, -23)]
    [InlineData(100, 1677721600, 7)]
    [InlineData(0, 0, 0)]
    [InlineData(1e-12, 0, 0)] // below 2^-31 nothing is left
    public void A_factor_becomes_a_31_bit_multiplier_and_a_shift(double factor, int multiplier, int shift) =>
        Assert.Equal((multiplier, shift), FixedPointDesign.QuantizeMultiplier(factor));

    [Fact]
    public void A_fraction_that_rounds_up_to_one_takes_the_next_shift() =>
        Assert.Equal((1 << 30, 1), FixedPointDesign.QuantizeMultiplier(Math.BitDecrement(1.0)));

    [Fact]
    public void Random_factors_come_back_within_one_part_in_two_to_the_31()
    {
        var random = new Random(1);
        for (int i = 0; i < 10_000; i++)
        {
            double factor = Math.Pow(2, random.NextDouble() * 50 - 25);
            (int multiplier, int shift) = FixedPointDesign.QuantizeMultiplier(factor);
            Assert.Equal(1, Math.ScaleB(multiplier, shift - 31) / factor, 1.0 / (1L << 31));
            Assert.InRange(multiplier, 1 << 30, int.MaxValue);
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(1 << 30)]
    public void A_factor_that_no_device_could_apply_is_refused(double factor) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => FixedPointDesign.QuantizeMultiplier(factor));
}
