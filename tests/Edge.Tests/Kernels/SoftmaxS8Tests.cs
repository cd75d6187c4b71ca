using Edge.Inference.Kernels;

namespace Edge.Tests.Kernels;

public class SoftmaxS8Tests
{
    /// <summary>Largest difference to the exact softmax, in steps of 1/256; ARITHMETIC.md gives it.</summary>
    private const double MaxError = 0.501;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(12)]
    [InlineData(35)]
    [InlineData(600)]
    [InlineData(4095)]
    public void Vector128_gives_the_bits_of_the_reference(int width)
    {
        var random = new Random(width);
        foreach (Pattern pattern in Patterns.All)
        {
            for (int round = 0; round < 20; round++)
            {
                int rows = width > 100 ? 1 : 3;
                sbyte[] input = random.Int8s(rows * width, pattern);
                var scale = new Rescale(random.Multiplier(), random.Next(31));
                (sbyte[] expected, sbyte[] output) = (new sbyte[input.Length], new sbyte[input.Length]);
                SoftmaxS8.Reference(input, width, scale, expected);
                SoftmaxS8.RunVector128(input, width, SoftmaxS8.Exponentials(scale), output, new int[width]);
                Assert.Equal(expected, output);
            }
        }
    }

    [Fact]
    public void Exponentials_are_exact_to_a_quarter_of_a_millionth()
    {
        double worst = 0;
        for (int step = 1; step < 400; step++)
        {
            double scale = step / 100.0;
            int[] exponentials = SoftmaxS8.Exponentials(InputScale(scale));
            Assert.Equal(int.MaxValue, exponentials[0]);
            for (int difference = 0; difference < 256; difference++)
            {
                worst = Math.Max(worst, Math.Abs(exponentials[difference] / (double)(1L << 31) - Math.Exp(-difference * scale)));
            }
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"largest error of an exponential: {worst:E2}");
        Assert.InRange(worst, 0, 2.5e-7);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(10)]
    [InlineData(35)]
    [InlineData(200)]
    [InlineData(4095)]
    public void Result_is_the_exact_softmax_rounded(int width)
    {
        var random = new Random(width);
        double worst = 0;
        for (int round = 0; round < 400_000 / (width + 100); round++)
        {
            double scale = Math.Exp(random.NextDouble() * 7 - 6);
            int spread = random.Next(1, 129);
            sbyte[] input = [.. Enumerable.Range(0, width).Select(_ => (sbyte)random.Next(-spread, spread))];
            var output = new sbyte[width];
            SoftmaxS8.Reference(input, width, InputScale(scale), output);
            double sum = input.Sum(x => Math.Exp(scale * (x - input.Max())));
            for (int i = 0; i < width; i++)
            {
                double exact = Math.Min(256 * Math.Exp(scale * (input[i] - input.Max())) / sum - 128, 127);
                worst = Math.Max(worst, Math.Abs(output[i] - exact));
            }
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"width {width}: largest error {worst:F5} steps of 1/256");
        Assert.InRange(worst, 0, MaxError);
    }

    private static Rescale InputScale(double scale) => Oracle.Quantize(Math.Min(scale * (1 << 26), int.MaxValue));
}
