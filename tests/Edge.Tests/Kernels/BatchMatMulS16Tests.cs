using Edge.Inference.Kernels;
using Edge.Numerics;

namespace Edge.Tests.Kernels;

public class BatchMatMulS16Tests
{
    [Theory]
    [InlineData(1, 1, 1, 1)]
    [InlineData(3, 2, 7, 5)]
    [InlineData(2, 3, 8, 4)]
    [InlineData(4, 2, 65, 9)]
    [InlineData(1, 1, 3_000, 2)]
    public void Vectors_give_the_reference_bits(int rows, int batches, int depth, int columns)
    {
        var random = new Random(rows * 1_000 + depth);
        var shape = new BatchMatMulShape(rows, batches, depth, columns, IsTransposed: true);
        foreach (bool narrowFirst in (bool[])[true, false])
        {
            short[] narrow = Elements(random, rows * batches * depth, BatchMatMulS16.NarrowMagnitude);
            short[] wide = Elements(random, columns * batches * depth, 32_768);
            (short[] a, short[] b) = narrowFirst ? (narrow, wide)
                : (Elements(random, rows * batches * depth, 32_768), Elements(random, columns * batches * depth, BatchMatMulS16.NarrowMagnitude));
            Check(a, b, shape);
        }
    }

    [Fact]
    public void The_farthest_sums_do_not_overflow()
    {
        var shape = new BatchMatMulShape(1, 1, 16_384, 1, IsTransposed: true);
        Check([.. Enumerable.Repeat((short)-255, shape.Depth)], [.. Enumerable.Repeat(short.MinValue, shape.Depth)], shape);
        Check([.. Enumerable.Repeat((short)255, shape.Depth)], [.. Enumerable.Repeat(short.MinValue, shape.Depth)], shape);
    }

    private static void Check(short[] a, short[] b, BatchMatMulShape shape)
    {
        var expected = new short[shape.Rows * shape.Batches * shape.Columns];
        var found = new short[expected.Length];
        var scale = new Rescale(1_518_500_250, -20, Rounding.Once);
        BatchMatMulS16.Reference(a, b, shape, scale, 3, short.MinValue, short.MaxValue, expected);
        BatchMatMulS16.RunVector128(a, b, shape, scale, 3, short.MinValue, short.MaxValue, found);
        Assert.Equal(expected, found);
    }

    /// <summary>Elements of at most a magnitude, its ends among them.</summary>
    private static short[] Elements(Random random, int count, int magnitude) =>
        [.. Enumerable.Range(0, count).Select(i => (short)Math.Clamp(i % 7 == 0 ? -magnitude : random.Next(-magnitude, magnitude + 1), short.MinValue, short.MaxValue))];
}
