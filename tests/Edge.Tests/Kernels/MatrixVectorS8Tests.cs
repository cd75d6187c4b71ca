using System.Numerics;
using Edge.Inference.Kernels;

namespace Edge.Tests.Kernels;

public class MatrixVectorS8Tests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 7)]
    [InlineData(4, 8)]
    [InlineData(5, 9)]
    [InlineData(8, 40)]
    [InlineData(13, 67)]
    public void Both_are_the_sums_of_products_modulo_2_to_the_32(int rows, int depth)
    {
        var random = new Random(depth);
        foreach (Pattern pattern in Patterns.All)
        {
            (sbyte[] vector, sbyte[] weights) = (random.Int8s(depth, pattern), random.Int8s(rows * depth, pattern));
            int[] bias = random.Int32s(rows, int.MaxValue);
            bias[^1] = pattern == Pattern.AllMax ? int.MaxValue : int.MinValue;
            int[] expected = [.. Enumerable.Range(0, rows).Select(o => (int)Oracle.Wrap(bias[o] + Enumerable.Range(0, depth).Aggregate(BigInteger.Zero, (sum, k) => sum + vector[k] * weights[o * depth + k])))];
            var sums = new int[rows];
            MatrixVectorS8.Reference(vector, weights, bias, sums);
            Assert.Equal(expected, sums);
            Array.Clear(sums);
            MatrixVectorS8.RunVector128(vector, weights, bias, sums);
            Assert.Equal(expected, sums);
        }
    }
}
