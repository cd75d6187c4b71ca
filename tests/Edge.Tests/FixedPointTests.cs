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
}
