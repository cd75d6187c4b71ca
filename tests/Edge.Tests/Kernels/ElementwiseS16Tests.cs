using Edge.Inference.Kernels;
using Edge.Numerics;

namespace Edge.Tests.Kernels;

public class ElementwiseS16Tests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(16, 1)]
    [InlineData(15, 3)]
    [InlineData(35, 2)]
    [InlineData(768, 2)]
    public void Sums_of_sixteen_at_once_are_those_of_one_by_one(int width, int rows)
    {
        Patterns.Require(KernelSet.Avx512);
        var random = new Random(width);
        for (int round = 0; round < 200; round++)
        {
            (short[] a, short[] b) = (Values(random, width * rows), Values(random, width));
            var parameters = new AddParameters(0, Scale(random, 16), 0, Scale(random, 16), Scale(random, 1), random.ZeroPoint(), -30_000, 32_767);
            (short[] expected, short[] output) = (new short[a.Length], new short[a.Length + 1]);
            ElementwiseS16.Add(a, b, parameters, expected);
            ElementwiseS16.AddAvx512(a, b, parameters, output.AsSpan(0, a.Length));
            Assert.Equal([.. expected, 0], output);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(35)]
    public void Eight_at_once_are_requantized_like_one_by_one(int count)
    {
        var random = new Random(count);
        for (int round = 0; round < 500; round++)
        {
            short[] input = Values(random, count);
            (Rescale scale, int zeroPoint, int min) = (Scale(random, 16), random.ZeroPoint(), random.Next(2) == 0 ? short.MinValue : -100);
            (short[] expected, short[] output) = (new short[count], new short[count + 1]);
            ElementwiseS16.Requantize(input, scale, zeroPoint, min, 32_000, expected);
            ElementwiseS16.RequantizeVector128(input, scale, zeroPoint, min, 32_000, output);
            Assert.Equal([.. expected, 0], output);
        }
    }

    /// <summary>Shifts from -31 to below <paramref name="end"/>, most of them small.</summary>
    private static Rescale Scale(Random random, int end) => new(random.Multiplier(), random.Next(4) == 0 ? random.Next(-31, end) : random.Next(-19, 1), Rounding.Once);

    private static short[] Values(Random random, int count)
    {
        int spread = random.Next(1, short.MaxValue + 2);
        return [.. Enumerable.Range(0, count).Select(_ => (short)random.Next(-spread, spread))];
    }
}
