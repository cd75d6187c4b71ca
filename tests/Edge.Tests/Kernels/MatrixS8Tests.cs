using System.Numerics;
using Edge.Inference.Kernels;
using Edge.Numerics;

namespace Edge.Tests.Kernels;

public class MatrixS8Tests
{
    private static readonly (int Rows, int Depth, int Channels)[] Shapes =
    [
        (1, 1, 1), (1, 2, 1), (1, 3, 8), (4, 1, 16), (5, 7, 9), (3, 15, 15), (4, 16, 16), (7, 17, 17), (8, 31, 24), (2, 33, 31),
        (1, 40, 32), (9, 64, 33), (37, 5, 3), (100, 2, 20), (1, 640, 64),
    ];

    public static IEnumerable<TheoryDataRow<string, int>> Variants =>
        from name in MatrixKernels.Names
        from shape in Enumerable.Range(0, Shapes.Length)
        select new TheoryDataRow<string, int>(name, shape);

    public static IEnumerable<TheoryDataRow<string>> Names => MatrixKernels.Names.Select(name => new TheoryDataRow<string>(name));

    [Theory]
    [MemberData(nameof(Variants))]
    public void Variants_give_the_bits_of_the_reference(string name, int shape)
    {
        MatrixKernels.Require(name);
        var random = new Random(shape);
        foreach (Pattern values in Patterns.All)
        {
            foreach (Pattern weights in Patterns.All)
            {
                Compare(new Case(random, Shapes[shape], values, weights), name);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Variants_give_the_bits_of_the_reference_for_random_shapes(string name)
    {
        MatrixKernels.Require(name);
        var random = new Random(1);
        for (int round = 0; round < 300; round++)
        {
            Compare(new Case(random, (random.Next(1, 60), random.Next(1, 90), random.Next(1, 50)), Pattern.Random, Pattern.Random), name);
        }
    }

    [Theory]
    [InlineData("avx2")]
    [InlineData("avxvnni")]
    [InlineData("avx512")]
    [InlineData("avxvnni512")]
    [InlineData("avx512vnni")]
    public void Variants_of_x86_take_weights_of_minus_128(string name)
    {
        MatrixKernels.Require(name);
        var random = new Random(2);
        var all = new Case(random, (5, 33, 17), Pattern.AllMin, Pattern.Random) { Weights = random.Int8s(33 * 17, Pattern.AllMin) };
        Compare(all, name);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Of_int16_variants_give_the_bits_of_the_16_bit_reference(string name)
    {
        MatrixKernels.Require(name);
        var random = new Random(5);
        for (int round = 0; round < 300; round++)
        {
            (int rows, int depth, int channels) = (random.Next(1, 60), random.Next(1, 90), random.Next(1, 50));
            Pattern values = Patterns.All[round % Patterns.All.Length], weights = Patterns.All[round / Patterns.All.Length % Patterns.All.Length];
            var c = new Case(random, (rows, depth, channels), values, weights) { Bias = random.Int32s(channels, round % 5 == 0 ? int.MaxValue / 2 : 100_000) };
            int left = round % 7 == 0 ? 15 : -1; // of which shifts to the left are rescaled one by one
            int[] multipliers = [.. Enumerable.Range(0, channels).Select(_ => random.Next(1 << 30, int.MaxValue))], shifts = [.. Enumerable.Range(0, channels).Select(_ => random.Next(-22, left + 1))];
            Requantization requantization = round % 3 == 0
                ? new(multipliers, shifts, 0, -3_000, 20_000, Rounding.Once) : new(multipliers, shifts, 0, short.MinValue, short.MaxValue, Rounding.Once);
            var window = new Window2D(rows, 1, depth, rows, 1, 1, 1, 1, 1, 1, 1, 0, 0);
            var expected = new short[rows * channels];
            MatrixS16.Reference([.. c.Rows.Select(x => (short)(x - c.ZeroPoint))], rows, depth, MatrixS16.Widen(c.Weights), c.Bias, requantization, expected);

            Assert.Equal(expected, MatrixKernels.RunWide(name, window, c.Rows, c.ZeroPoint, c.Weights, c.Bias, requantization));
        }
    }

    [Fact]
    public void Reference_is_the_specification_in_exact_arithmetic()
    {
        var random = new Random(3);
        for (int round = 0; round < 200; round++)
        {
            var c = new Case(random, (random.Next(1, 4), random.Next(1, 40), random.Next(1, 6)), Patterns.All[round % 4], Patterns.All[round / 4 % 4]);
            sbyte[] output = c.Reference();
            for (int r = 0; r < c.RowCount; r++)
            {
                for (int o = 0; o < c.Bias.Length; o++)
                {
                    BigInteger sum = c.Bias[o];
                    for (int k = 0; k < c.Depth; k++)
                    {
                        sum += (BigInteger)(c.Rows[r * c.Depth + k] - c.ZeroPoint) * c.Weights[o * c.Depth + k];
                    }

                    Requantization q = c.Requantization;
                    sbyte expected = Oracle.Requantize(Oracle.Wrap(sum), q.Multipliers[o], q.Shifts[o], q.ZeroPoint, q.ActivationMin, q.ActivationMax, q.Rounding);
                    Assert.Equal(expected, output[r * c.Bias.Length + o]);
                }
            }
        }
    }

    [Theory]
    [InlineData(Rounding.Twice, 0.76)]
    [InlineData(Rounding.Once, 0.5001)]
    public void Result_is_the_real_product_rounded(Rounding rounding, double bound)
    {
        var random = new Random(4);
        double worst = 0;
        for (int round = 0; round < 200; round++)
        {
            (double inputScale, double weightScale, double outputScale) = (random.NextDouble() / 50, random.NextDouble() / 100, random.NextDouble() / 5);
            Rescale rescale = Oracle.Quantize(inputScale * weightScale / outputScale, rounding);
            int depth = random.Next(1, 50);
            (sbyte[] row, sbyte[] weights, int zeroPoint, int outputZeroPoint) = (random.Int8s(depth), random.Weights(depth), random.ZeroPoint(), random.ZeroPoint());
            int bias = random.Next(-20_000, 20_000);
            var output = new sbyte[1];
            MatrixS8.Reference(
                row, 1, depth, weights, MatrixS8.FoldZeroPoint([bias], weights, depth, zeroPoint),
                new Requantization([rescale.Multiplier], [rescale.Shift], outputZeroPoint, -128, 127, rounding), output);
            double real = inputScale * weightScale * bias + row.Zip(weights, (x, w) => inputScale * (x - zeroPoint) * weightScale * w).Sum();
            worst = Math.Max(worst, Math.Abs(output[0] - Math.Clamp(real / outputScale + outputZeroPoint, -128, 127)));
        }

        Assert.InRange(worst, 0, bound);
    }

    [Fact]
    public void Folding_the_zero_point_wraps_like_the_sum_it_replaces() =>
        Assert.Equal([unchecked(int.MinValue - 127 * 254)], MatrixS8.FoldZeroPoint([int.MinValue], [127, 127], 2, 127));

    private static void Compare(Case c, string name)
    {
        var window = new Window2D(c.RowCount, 1, c.Depth, c.RowCount, 1, 1, 1, 1, 1, 1, 1, 0, 0);
        Assert.Equal(c.Reference(), MatrixKernels.Run(name, window, c.Rows, c.ZeroPoint, c.Weights, c.Bias, c.Requantization));
    }

    private sealed class Case(Random random, (int Rows, int Depth, int Channels) shape, Pattern values, Pattern weights)
    {
        public int RowCount => shape.Rows;

        public int Depth => shape.Depth;

        public sbyte[] Rows { get; } = random.Int8s(shape.Rows * shape.Depth, values);

        public sbyte[] Weights { get; init; } = random.Weights(shape.Depth * shape.Channels, weights);

        public int[] Bias { get; init; } = random.Int32s(shape.Channels, random.Next(4) == 0 ? int.MaxValue : 100_000);

        public int ZeroPoint { get; } = random.ZeroPoint();

        public Requantization Requantization { get; } = Channels.Requantization(random, shape.Channels);

        public int[] FoldedBias => MatrixS8.FoldZeroPoint(Bias, Weights, Depth, ZeroPoint);

        public sbyte[] Reference()
        {
            var output = new sbyte[RowCount * Bias.Length];
            MatrixS8.Reference(Rows, RowCount, Depth, Weights, FoldedBias, Requantization, output);
            return output;
        }
    }
}
