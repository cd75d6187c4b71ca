using Edge.Inference.Kernels;
using Edge.Numerics;

namespace Edge.Tests.Kernels;

public class SoftmaxS16Tests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(49)]
    [InlineData(600)]
    [InlineData(4095)]
    public void Vector128_gives_the_bits_of_the_reference(int width)
    {
        var random = new Random(width);
        for (int round = 0; round < 60; round++)
        {
            int spread = random.Next(1, short.MaxValue + 2), rows = width > 100 ? 1 : 3;
            short[] input = [.. Enumerable.Range(0, rows * width).Select(_ => (short)random.Next(-spread, spread))];
            var scale = new Rescale(random.Multiplier(), random.Next(31), Rounding.Once);
            (short[] expected, short[] output) = (new short[input.Length], new short[input.Length]);
            SoftmaxS16.Reference(input, width, scale, expected);
            SoftmaxS16.RunVector128(input, width, scale, output);
            Assert.Equal(expected, output);
        }
    }

    [Fact]
    public void A_row_of_the_extremes_has_one_share()
    {
        var output = new short[5];
        SoftmaxS16.RunVector128([short.MinValue, short.MaxValue, short.MinValue, short.MinValue, short.MinValue], 5, new Rescale(1 << 30, 16, Rounding.Once), output);
        Assert.Equal([-128, 127, -128, -128, -128], output);
    }
}
