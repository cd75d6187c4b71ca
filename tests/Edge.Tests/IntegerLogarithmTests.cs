using Edge.Numerics;

namespace Edge.Tests;

public class IntegerLogarithmTests
{
    [Fact]
    public void Logarithm_is_within_three_millionths()
    {
        var random = new Random(2);
        for (int i = 0; i < 50_000; i++)
        {
            ulong value = ((ulong)random.NextInt64() | 1) >> random.Next(62);
            value = Math.Max(value, 1);
            Assert.Equal(Math.Log2(value), IntegerLogarithm.Log2Q24(value) / 16777216.0, 3e-6);
        }
    }

    [Theory]
    [InlineData(1UL, 0)]
    [InlineData(2UL, 1)]
    [InlineData(1UL << 63, 63)]
    public void Powers_of_two_are_exact(ulong value, int log2) => Assert.Equal(log2 << 24, IntegerLogarithm.Log2Q24(value));
}
