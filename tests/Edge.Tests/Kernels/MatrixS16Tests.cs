using System.Numerics;
using Edge.Inference.Kernels;
using Edge.Numerics;

namespace Edge.Tests.Kernels;

public class MatrixS16Tests
{
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(3, 7, 5)]
    [InlineData(2, 8, 4)]
    [InlineData(4, 17, 9)]
    [InlineData(1, 1_024, 3)]
    [InlineData(2, 3_001, 2)] // more than one group of vectors
    public void Variants_give_the_specification_in_exact_arithmetic(int rows, int depth, int channels)
    {
        var random = new Random(depth);
        foreach ((short? x, short? w) in ((short?, short?)[])[(null, null), (short.MinValue, -128), (short.MaxValue, -128), (short.MinValue, 127)])
        {
            short[] input = [.. Enumerable.Range(0, rows * depth).Select(_ => x ?? (short)random.Next(short.MinValue, short.MaxValue + 1))];
            short[] weights = [.. Enumerable.Range(0, channels * depth).Select(_ => w ?? (short)random.Next(-128, 128))];
            int[] bias = random.Int32s(channels, int.MaxValue);
            var requantization = new Requantization(
                [.. Enumerable.Range(0, channels).Select(_ => random.Multiplier())], [.. Enumerable.Range(0, channels).Select(_ => random.Next(-31, -5))],
                random.ZeroPoint(), short.MinValue, short.MaxValue, Rounding.Once);
            (short[] reference, short[] vector) = (new short[rows * channels], new short[rows * channels]);
            MatrixS16.Reference(input, rows, depth, weights, bias, requantization, reference);
            MatrixS16.RunVector128(input, rows, depth, weights, bias, requantization, vector);
            Assert.Equal(Enumerable.Range(0, rows * channels).Select(i => Exact(input, weights, bias, requantization, depth, i)), reference);
            Assert.Equal(reference, vector);
        }
    }

    private static short Exact(short[] input, short[] weights, int[] bias, Requantization q, int depth, int index)
    {
        (int row, int o) = Math.DivRem(index, bias.Length);
        BigInteger sum = bias[o];
        for (int k = 0; k < depth; k++)
        {
            sum += (BigInteger)input[row * depth + k] * weights[o * depth + k];
        }

        return (short)BigInteger.Max(short.MinValue, BigInteger.Min(short.MaxValue, Oracle.RescaleWide(sum, q.Multipliers[o], q.Shifts[o]) + q.ZeroPoint));
    }
}
