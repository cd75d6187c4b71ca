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
    [InlineData(6, 511, 16)]
    [InlineData(13, 512, 33)]
    [InlineData(6, 1_021, 17)] // more than two groups of pairs
    [InlineData(1, 65_791, 1)] // as many pairs as 32 bits hold of narrow elements
    [InlineData(1, 65_795, 1)] // one too many
    public void Variants_give_the_specification_in_exact_arithmetic(int rows, int depth, int channels)
    {
        var random = new Random(depth);
        // Sums of 64 bits; of 32; of 32 that are rescaled in 32, where the depth allows it.
        foreach ((int largestBias, int leastShift) in ((int, int)[])[(int.MaxValue, -31), (1_000, -31), (1_000, -22)])
        foreach ((short? x, short? w) in ((short?, short?)[])[(null, null), (short.MinValue, -128), (short.MaxValue, -128), (short.MinValue, 127), (255, -128), (-255, -128)])
        {
            short[] input = [.. Enumerable.Range(0, rows * depth).Select(_ => x ?? (short)random.Next(short.MinValue, short.MaxValue + 1))];
            short[] weights = [.. Enumerable.Range(0, channels * depth).Select(_ => w ?? (short)random.Next(-128, 128))];
            int[] bias = random.Int32s(channels, largestBias);
            var requantization = new Requantization(
                [.. Enumerable.Range(0, channels).Select(_ => random.Multiplier())], [.. Enumerable.Range(0, channels).Select(_ => random.Next(leastShift, -5))],
                random.ZeroPoint(), short.MinValue, short.MaxValue, Rounding.Once);
            (short[] reference, short[] vector) = (new short[rows * channels], new short[rows * channels]);
            MatrixS16.Reference(input, rows, depth, weights, bias, requantization, reference);
            MatrixS16.RunVector128(input, rows, depth, weights, bias, requantization, vector);
            Assert.Equal(Enumerable.Range(0, rows * channels).Select(i => Exact(input, weights, bias, requantization, depth, i)), reference);
            Assert.Equal(reference, vector);
            if (InstructionSet.IsSupported(KernelSet.Avx512))
            {
                Assert.Equal(reference, Packed(input, rows, depth, weights, bias, requantization, readsNarrow: false));
                if (x is 255 or -255)
                {
                    Assert.Equal(reference, Packed(input, rows, depth, weights, bias, requantization, readsNarrow: true));
                }
            }
        }
    }

    [Fact]
    public void Rows_are_shared_out_evenly_in_sixes()
    {
        Assert.Equal([1, 47, 48, 30, 30, 48, 36], ((int[])[1, 47, 48, 49, 50, 96, 99]).Select(PackedMatrixS16.TileRows));
        Assert.All(Enumerable.Range(1, 1_000), rows => Assert.InRange(PackedMatrixS16.TileRows(rows), 1, PackedMatrixS16.RowsOfTile));
    }

    private static short[] Packed(short[] input, int rows, int depth, short[] weights, int[] bias, Requantization requantization, bool readsNarrow)
    {
        var matrix = new PackedMatrixS16([.. weights.Select(w => (sbyte)w)], bias, requantization, readsNarrow);
        (short[] output, int stride, int channels) = (new short[rows * bias.Length], 2 * matrix.Pairs, bias.Length);
        for (int first = 0; first < rows; first += PackedMatrixS16.RowsOfTile)
        {
            short[] taps = [.. Enumerable.Range(first, Math.Min(PackedMatrixS16.RowsOfTile, rows - first))
                .SelectMany(row => input[(row * depth)..((row + 1) * depth)].Concat(new short[stride - depth]))];
            MatrixS16.RunAvx512(taps, taps.Length / stride, matrix, output.AsSpan(first * channels));
        }

        return output;
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
