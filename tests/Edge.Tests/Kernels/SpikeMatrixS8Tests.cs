using Edge.Inference.Kernels;

namespace Edge.Tests.Kernels;

public class SpikeMatrixS8Tests
{
    public static TheoryData<int, int> Sizes { get; } = new() { { 1, 1 }, { 7, 15 }, { 64, 16 }, { 65, 300 }, { 130, 769 } };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void The_columns_of_the_ones_add_up_to_the_full_product(int channels, int depth)
    {
        var random = new Random(channels);
        sbyte[] weights = random.Int8s(channels * depth);
        int[] bias = random.Int32s(channels, 10_000);
        var matrix = new SpikeMatrixS8(weights, bias);
        foreach (double share in (double[])[0, 0.05, 0.5, 1])
        {
            sbyte[] row = [.. Enumerable.Range(0, depth).Select(_ => (sbyte)(random.NextDouble() < share ? 1 : 0))];
            var expected = new int[channels];
            MatrixVectorS8.Reference(row, weights, bias, expected);
            var scratch = new int[SpikeMatrixS8.ScratchElements(channels, depth)];
            Assert.True(matrix.TrySum(row, depth, scratch));
            Assert.Equal(expected, scratch[..channels]);
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(-1)]
    [InlineData(-128)]
    public void Anything_but_zeros_and_ones_is_left_to_the_full_product(int other)
    {
        var matrix = new SpikeMatrixS8(new Random(1).Int8s(20 * 4), [1, 2, 3, 4]);
        foreach (int place in (int[])[0, 15, 16, 19])
        {
            var row = new sbyte[20];
            row[place] = (sbyte)other;
            Assert.False(matrix.TrySum(row, 20, new int[SpikeMatrixS8.ScratchElements(4, 20)]));
        }
    }

    [Fact]
    public void More_ones_than_are_worth_it_are_left_to_the_full_product()
    {
        var matrix = new SpikeMatrixS8(new Random(1).Int8s(40 * 4), [1, 2, 3, 4]);
        sbyte[] row = [.. Enumerable.Repeat((sbyte)1, 11), .. new sbyte[29]];
        var scratch = new int[SpikeMatrixS8.ScratchElements(4, 40)];
        Assert.False(matrix.TrySum(row, 10, scratch));
        Assert.True(matrix.TrySum(row, 11, scratch));
    }
}
