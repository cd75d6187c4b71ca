using Edge.Inference.Kernels;
using Edge.Numerics;

namespace Edge.Tests.Kernels;

public class PoolS8Tests
{
    private static readonly Window2D[] Cases =
    [
        Windows.Make(1, 1, 1, 1, 1), Windows.Make(5, 4, 1, 2, 3), Windows.Make(4, 4, 7, 2, 2, 2, 2), Windows.Make(6, 1, 8, 3, 1),
        Windows.Make(5, 5, 17, 3, 3, 2, 2, padTop: 1, padBottom: 1, padLeft: 1, padRight: 1), Windows.Make(3, 7, 33, 3, 7),
        Windows.Make(25, 1, 16, 25, 1), Windows.Make(2, 2, 24, 2, 2, padBottom: 1, padRight: 1),
    ];

    [Theory]
    [InlineData(-128, 127)]
    [InlineData(0, 6)]
    [InlineData(-7, -7)]
    public void Variants_give_the_bits_of_the_reference(int min, int max)
    {
        var random = new Random(1);
        foreach (Window2D window in Cases.Concat(Enumerable.Range(0, 300).Select(_ => Windows.Random(random, pooling: true))))
        {
            foreach (Pattern pattern in Patterns.All)
            {
                (sbyte[] average, sbyte[] averageVector, sbyte[] maximum, sbyte[] maximumVector) = (Output(window), Output(window), Output(window), Output(window));
                sbyte[] input = Input(random, window, pattern);
                var division = new PoolDivision(random.Rounding(), random.ZeroPoint());
                PoolS8.AverageReference(input, window, division, min, max, average);
                PoolS8.AverageVector128(input, window, division, min, max, averageVector);
                Assert.Equal(average, averageVector);
                PoolS8.MaximumReference(input, window, min, max, maximum);
                PoolS8.MaximumVector128(input, window, min, max, maximumVector);
                Assert.Equal(maximum, maximumVector);
            }
        }
    }

    [Fact]
    public void References_are_the_exact_average_and_maximum_of_the_taps_inside()
    {
        var random = new Random(2);
        foreach (Window2D window in Cases.Concat(Enumerable.Range(0, 100).Select(_ => Windows.Random(random, pooling: true))))
        {
            sbyte[] input = Input(random, window, Pattern.Random);
            (sbyte[] average, sbyte[] maximum) = (Output(window), Output(window));
            var division = new PoolDivision(random.Rounding(), random.ZeroPoint());
            PoolS8.AverageReference(input, window, division, -128, 127, average);
            PoolS8.MaximumReference(input, window, -128, 127, maximum);
            for (int i = 0; i < average.Length; i++)
            {
                int[] taps = [.. Inside(input, window, i / window.Channels, i % window.Channels)];
                Assert.Equal(
                    division.Rounding == Rounding.Once
                        ? (int)Oracle.NearestEven(taps.Sum(x => x - division.ZeroPoint), taps.Length) + division.ZeroPoint
                        : (int)Oracle.NearestAwayFromZero(taps.Sum(), taps.Length),
                    average[i]);
                Assert.Equal(taps.Max(), maximum[i]);
            }
        }
    }

    [Theory]
    [InlineData(3, 4, 4)]    // 3.5
    [InlineData(-3, -4, -4)] // -3.5
    [InlineData(1, -2, -1)]  // -0.5
    public void Double_rounding_breaks_an_averages_ties_away_from_zero(int a, int b, int expected) =>
        Assert.Equal(expected, AverageOfTwo(a, b, new PoolDivision(Rounding.Twice, 5)));

    [Theory]
    [InlineData(3, 4, 0, 4)]     // 3.5
    [InlineData(2, 3, 0, 2)]     // 2.5
    [InlineData(-3, -2, 0, -2)]  // -2.5
    [InlineData(-3, -2, 1, -3)]  // -3.5 about the zero point
    [InlineData(-128, -127, -128, -128)] // 0.5
    public void Single_rounding_breaks_an_averages_ties_to_even_reals(int a, int b, int zeroPoint, int expected) =>
        Assert.Equal(expected, AverageOfTwo(a, b, new PoolDivision(Rounding.Once, zeroPoint)));

    private static int AverageOfTwo(int a, int b, PoolDivision division)
    {
        var output = new sbyte[1];
        PoolS8.AverageReference([(sbyte)a, (sbyte)b], Windows.Make(2, 1, 1, 2, 1), division, -128, 127, output);
        return output[0];
    }

    private static IEnumerable<int> Inside(sbyte[] input, Window2D window, int position, int channel) =>
        from ky in Enumerable.Range(0, window.KernelHeight)
        from kx in Enumerable.Range(0, window.KernelWidth)
        let row = position / window.OutputWidth * window.StrideHeight - window.PadTop + ky
        let column = position % window.OutputWidth * window.StrideWidth - window.PadLeft + kx
        where row >= 0 && row < window.InputHeight && column >= 0 && column < window.InputWidth
        select (int)input[(row * window.InputWidth + column) * window.Channels + channel];

    private static sbyte[] Input(Random random, Window2D window, Pattern pattern) => random.Int8s(window.InputHeight * window.InputWidth * window.Channels, pattern);

    private static sbyte[] Output(Window2D window) => new sbyte[window.Positions * window.Channels];
}
