using Edge.Numerics;

namespace Edge.Tests;

public class IntegerRootTests
{
    [Fact]
    public void Root_is_the_largest_integer_whose_square_fits()
    {
        var random = new Random(7);
        for (int i = 0; i < 60_000; i++)
        {
            Check((ulong)random.NextInt64() >> random.Next(63));
            ulong root = (ulong)random.NextInt64(1L << 32);
            Check(root * root);
            Check(root * root - 1);
            Check(root * (root + 1));
            Check(root * (root + 1) + 1);
        }
    }

    [Fact]
    public void Small_and_extreme_numbers_have_their_roots()
    {
        for (ulong value = 0; value < 70_000; value++)
        {
            Check(value);
        }

        Check(ulong.MaxValue);
        Check((ulong)uint.MaxValue * uint.MaxValue);
        Check((ulong)uint.MaxValue * uint.MaxValue - 1);
    }

    private static void Check(ulong value)
    {
        UInt128 root = IntegerRoot.Floor(value);
        Assert.True(root * root <= value && (root + 1) * (root + 1) > value, $"floor of the root of {value} is not {root}");
        UInt128 nearest = IntegerRoot.Nearest(value);
        UInt128 expected = value - root * root > root && root != uint.MaxValue ? root + 1 : root;
        Assert.True(nearest == expected, $"nearest root of {value} is not {nearest}");
    }
}
