using Edge.Quantization.Rewriting.Compression;

namespace Edge.Quantization.Tests.Rewriting.Compression;

public class SymmetricEigenTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(17)]
    [InlineData(64)]
    public void Vectors_are_orthonormal_and_give_the_matrix_back(int size)
    {
        double[] matrix = RandomSymmetric(size, size);

        (double[] values, double[] vectors) = SymmetricEigen.Decompose(matrix, size);

        Assert.Equal(values.OrderDescending(), values);
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j < size; j++)
            {
                double product = 0, element = 0;
                for (int k = 0; k < size; k++)
                {
                    product += vectors[i * size + k] * vectors[j * size + k];
                    element += values[k] * vectors[k * size + i] * vectors[k * size + j];
                }

                Assert.Equal(i == j ? 1 : 0, product, 1e-11);
                Assert.Equal(matrix[i * size + j], element, 1e-11 * size);
            }
        }
    }

    [Fact]
    public void The_second_differences_of_a_line_have_known_eigenvalues()
    {
        // Tridiagonal 2, -1: 2 − 2·cos(kπ/(n + 1)); Golub and Van Loan, section 4.8.
        const int Size = 9;
        var matrix = new double[Size * Size];
        for (int i = 0; i < Size; i++)
        {
            matrix[i * Size + i] = 2;
            if (i > 0)
            {
                matrix[i * Size + i - 1] = matrix[(i - 1) * Size + i] = -1;
            }
        }

        (double[] values, _) = SymmetricEigen.Decompose(matrix, Size);

        for (int k = 1; k <= Size; k++)
        {
            Assert.Equal(2 - 2 * Math.Cos(k * Math.PI / (Size + 1)), values[Size - k], 1e-13);
        }
    }

    [Fact]
    public void A_matrix_of_low_rank_has_zeros_behind()
    {
        const int Size = 16;
        var matrix = new double[Size * Size];
        for (int i = 0; i < Size * Size; i++)
        {
            matrix[i] = (i / Size + 1.0) * (i % Size + 1) + (i / Size % 3) * (i % Size % 3);
        }

        (double[] values, _) = SymmetricEigen.Decompose(matrix, Size);

        Assert.Equal(Enumerable.Range(0, Size).Sum(i => matrix[i * Size + i]), values[0] + values[1], 1e-9);
        Assert.All(values[2..], value => Assert.Equal(0, value, 1e-10));
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(5.0)]
    public void Equal_eigenvalues_are_no_trouble(double value)
    {
        double[] matrix = [value, 0, 0, 0, value, 0, 0, 0, value];
        (double[] values, double[] vectors) = SymmetricEigen.Decompose(matrix, 3);
        Assert.Equal([value, value, value], values);
        Assert.Equal(3, vectors.Sum(v => v * v), 1e-12);
    }

    [Fact]
    public void Infinity_is_refused() => Assert.Throws<ArithmeticException>(() => SymmetricEigen.Decompose([double.PositiveInfinity], 1));

    private static double[] RandomSymmetric(int size, int seed)
    {
        var random = new Random(seed);
        var matrix = new double[size * size];
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                matrix[i * size + j] = matrix[j * size + i] = random.NextDouble() * 2 - 1;
            }
        }

        return matrix;
    }
}
