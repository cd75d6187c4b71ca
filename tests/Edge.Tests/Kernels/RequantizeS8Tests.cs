using Edge.Inference.Kernels;

namespace Edge.Tests.Kernels;

public class RequantizeS8Tests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(31)]
    [InlineData(256)]
    public void Vector128_gives_the_bits_of_the_reference(int length)
    {
        var random = new Random(length);
        foreach (Pattern pattern in Patterns.All)
        {
            for (int round = 0; round < 50; round++)
            {
                (sbyte[] input, Rescale scale, int zero, int outputZero) = (random.Int8s(length, pattern), AnyScale(random), random.ZeroPoint(), random.ZeroPoint());
                (sbyte[] expected, sbyte[] output) = (new sbyte[length], new sbyte[length]);
                RequantizeS8.Reference(input, zero, scale, outputZero, expected);
                RequantizeS8.RunVector128(input, zero, scale, outputZero, output);
                Assert.Equal(expected, output);
            }
        }
    }

    [Fact]
    public void Reference_is_the_specification_in_exact_arithmetic()
    {
        var random = new Random(1);
        sbyte[] input = [.. Enumerable.Range(-128, 256).Select(v => (sbyte)v)];
        var output = new sbyte[256];
        for (int round = 0; round < 100; round++)
        {
            (Rescale scale, int zero, int outputZero) = (AnyScale(random), random.ZeroPoint(), random.ZeroPoint());
            RequantizeS8.Reference(input, zero, scale, outputZero, output);
            Assert.Equal(input.Select(x => Oracle.Requantize(x - zero, scale.Multiplier, scale.Shift, outputZero, rounding: scale.Rounding)), output);
        }
    }

    [Fact]
    public void The_same_scale_changes_nothing_but_the_zero_point()
    {
        var output = new sbyte[4];
        RequantizeS8.Reference([-128, -1, 0, 100], -1, Oracle.Quantize(1), 5, output);
        Assert.Equal([-122, 5, 6, 106], output);
    }

    private static Rescale AnyScale(Random random) => new(random.Multiplier(), random.Next(6) == 0 ? random.Next(-31, 31) : random.Next(-4, 5), random.Rounding());
}
