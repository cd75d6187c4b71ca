using System.Numerics;
using Edge.Inference.Kernels;
using Edge.Numerics;

namespace Edge.Tests.Kernels;

public class BatchMatMulS8Tests
{
    [Theory]
    [InlineData(1, 1, 1, 1)]
    [InlineData(3, 2, 7, 5)]
    [InlineData(4, 1, 16, 16)]
    [InlineData(5, 3, 33, 17)]
    [InlineData(2, 2, 100, 19)]
    public void Variants_give_the_bits_of_the_reference(int rows, int batches, int depth, int columns)
    {
        var random = new Random(depth);
        foreach (Pattern pattern in Patterns.All)
        {
            for (int round = 0; round < 20; round++)
            {
                var shape = new BatchMatMulShape(rows, batches, depth, columns, round % 2 == 0);
                sbyte[] a = random.Int8s(rows * batches * depth, pattern);
                sbyte[] b = random.Int8s(columns * batches * depth, pattern);
                var parameters = new BatchMatMulParameters(random.ZeroPoint(), random.ZeroPoint(), new Rescale(random.Multiplier(), random.Next(-31, 5)), random.ZeroPoint());
                (sbyte[] expected, sbyte[] output) = (new sbyte[rows * batches * columns], new sbyte[rows * batches * columns]);
                var scratch = new byte[BatchMatMulS8.ScratchBytes(depth)];
                random.NextBytes(scratch);
                BatchMatMulS8.Reference(a, b, shape, parameters, expected);
                BatchMatMulS8.RunVector128(a, b, shape, parameters, output, scratch);
                Assert.Equal(expected, output);
                if (InstructionSet.IsSupported(KernelSet.Avx512))
                {
                    BatchMatMulParameters once = parameters with { OutputScale = parameters.OutputScale with { Rounding = Rounding.Once } };
                    (output, scratch) = (new sbyte[output.Length], new byte[BatchMatMulS8.ScratchBytes512(depth)]);
                    BatchMatMulS8.Reference(a, b, shape, once, expected);
                    BatchMatMulS8.RunAvx512(a, b, shape, once, output, scratch);
                    Assert.Equal(expected, output);
                }
            }
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Reference_is_a_product_of_matrices_for_each_head(bool transposed)
    {
        (int rows, int heads, int depth, int columns) = (3, 2, 5, 4);
        var random = new Random(1);
        (sbyte[] a, sbyte[] b) = (random.Int8s(rows * heads * depth), random.Int8s(columns * heads * depth));
        var parameters = new BatchMatMulParameters(-7, 100, new Rescale(1_300_000_000, -7), 3);
        var output = new sbyte[rows * heads * columns];
        BatchMatMulS8.Reference(a, b, new BatchMatMulShape(rows, heads, depth, columns, transposed), parameters, output);
        for (int head = 0; head < heads; head++)
        {
            BigInteger[,] left = Matrix(rows, depth, (r, k) => a[(r * heads + head) * depth + k] + 7);
            BigInteger[,] right = transposed
                ? Matrix(depth, columns, (k, c) => b[(c * heads + head) * depth + k] - 100)
                : Matrix(depth, columns, (k, c) => b[(k * heads + head) * columns + c] - 100);
            for (int r = 0; r < rows; r++)
            {
                for (int c = 0; c < columns; c++)
                {
                    BigInteger sum = Enumerable.Range(0, depth).Aggregate(BigInteger.Zero, (total, k) => total + left[r, k] * right[k, c]);
                    Assert.Equal(Oracle.Requantize(sum, 1_300_000_000, -7, 3), output[(r * heads + head) * columns + c]);
                }
            }
        }
    }

    private static BigInteger[,] Matrix(int rows, int columns, Func<int, int, int> element)
    {
        var matrix = new BigInteger[rows, columns];
        for (int r = 0; r < rows; r++)
        {
            for (int c = 0; c < columns; c++)
            {
                matrix[r, c] = element(r, c);
            }
        }

        return matrix;
    }
}
