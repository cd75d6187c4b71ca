using Edge.Numerics;

namespace Edge.Tests;

public class FixedPointTests
{
    [Theory]
    [InlineData(5, 1, 3)]    // 2.5 away from zero
    [InlineData(-5, 1, -3)]
    [InlineData(7, 2, 2)]    // 1.75
    [InlineData(-6, 2, -2)]  // -1.5 away from zero
    [InlineData(int.MinValue, 31, -1)]
    [InlineData(int.MaxValue, 0, int.MaxValue)]
    public void Rounding_division_breaks_ties_away_from_zero(int value, int exponent, int expected) =>
        Assert.Equal(expected, FixedPoint.RoundingDivideByPowerOfTwo(value, exponent));

    [Theory]
    [InlineData(int.MinValue, int.MinValue, int.MaxValue)]
    [InlineData(1 << 30, 1 << 30, 1 << 29)]
    [InlineData(1, 1 << 30, 1)]   // 0.5 goes up
    [InlineData(-1, 1 << 30, 0)]  // -0.5 goes up
    [InlineData(-3, 1 << 30, -1)]
    public void Doubling_high_multiplication_breaks_ties_up(int a, int b, int expected) =>
        Assert.Equal(expected, FixedPoint.SaturatingRoundingDoublingHighMul(a, b));

    [Theory]
    [InlineData(5, 1 << 30, 0, 3)]   // 2.5 goes up
    [InlineData(-5, 1 << 30, 0, -2)] // -2.5 goes up
    [InlineData(3, 1 << 30, -1, 1)]  // 0.75
    [InlineData(int.MinValue, int.MaxValue, -31, -1)]
    [InlineData(int.MinValue, int.MaxValue, 0, int.MinValue + 1)]
    [InlineData(1, int.MaxValue, 30, 1 << 30)]
    [InlineData(7, 1 << 30, 30, -1 << 29)] // 7·2^29 leaves 32 bits
    public void Rounding_once_breaks_ties_up_and_keeps_32_bits(int value, int multiplier, int shift, int expected) =>
        Assert.Equal(expected, FixedPoint.MultiplyRoundingOnce(value, multiplier, shift));

    [Fact]
    public void Rounding_twice_may_miss_the_nearest_integer()
    {
        const int multiplier = 1_245_540_516; // 0.58 · 2^31: 5 · 0.58 / 2 = 1.45, by way of 3 / 2

        Assert.Equal(1, FixedPoint.MultiplyRoundingOnce(5, multiplier, -1));
        Assert.Equal(2, FixedPoint.MultiplyByQuantizedMultiplier(5, multiplier, -1));
    }

    [Theory]
    [InlineData(5, 2, 2)]
    [InlineData(7, 2, 4)]
    [InlineData(-5, 2, -2)]
    [InlineData(-7, 2, -4)]
    [InlineData(-1, 2, 0)]
    [InlineData(8, 3, 3)]
    [InlineData(-8, 3, -3)]
    [InlineData(int.MinValue, 1, int.MinValue)]
    public void Division_breaks_ties_to_even(int value, int divisor, int expected) => Assert.Equal(expected, FixedPoint.DivideTiesToEven(value, divisor));
}
