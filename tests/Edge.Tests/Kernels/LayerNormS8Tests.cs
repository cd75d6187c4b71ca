using Edge.Inference.Kernels;

namespace Edge.Tests.Kernels;

public class LayerNormS8Tests
{
    /// <summary>Largest difference to layer normalization in double precision, in steps of the output; ARITHMETIC.md gives it.</summary>
    private const double MaxError = 0.501;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(40)]
    [InlineData(4095)]
    public void Vector128_gives_the_bits_of_the_reference(int width)
    {
        var random = new Random(width);
        foreach (Pattern pattern in Patterns.All)
        {
            for (int round = 0; round < 10; round++)
            {
                sbyte[] input = random.Int8s(3 * width, pattern);
                var parameters = new LayerNormParameters(
                    [.. Enumerable.Range(0, width).Select(_ => random.Multiplier() * (random.Next(2) == 0 ? 1 : -1))],
                    [.. Enumerable.Range(0, width).Select(_ => random.Next(-31, 31))], random.Int32s(width, int.MaxValue), random.NextInt64(1L << random.Next(1, 62)),
                    random.ZeroPoint());
                (sbyte[] expected, sbyte[] output) = (new sbyte[input.Length], new sbyte[input.Length]);
                LayerNormS8.Reference(input, parameters, expected);
                LayerNormS8.RunVector128(input, parameters, output);
                Assert.Equal(expected, output);
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(40)]
    [InlineData(256)]
    [InlineData(4095)]
    public void Result_is_the_real_layer_normalization_rounded(int width)
    {
        var random = new Random(width);
        double worst = 0;
        for (int round = 0; round < 300_000 / (width + 100); round++)
        {
            double inputScale = Math.Exp(random.NextDouble() * 12 - 9);
            double epsilon = random.Next(2) == 0 ? 1e-5 : Math.Exp(random.NextDouble() * 20 - 20);
            double outputScale = Math.Exp(random.NextDouble() * 5 - 5);
            int zeroPoint = random.ZeroPoint();
            int spread = random.Next(1, 129);
            sbyte[] input = [.. Enumerable.Range(0, width).Select(_ => (sbyte)random.Next(-spread, spread))];
            if (random.Next(4) == 0)
            {
                Array.Fill(input, (sbyte)5); // one that stands out of equal ones, or equal ones alone
                input[random.Next(width)] = (sbyte)random.Next(5, 8);
            }

            double[] gamma = [.. Enumerable.Range(0, width).Select(_ => (random.NextDouble() * 2 - 1) * 2_000 * outputScale * Math.Pow(random.NextDouble(), 4))];
            double[] beta = [.. Enumerable.Range(0, width).Select(_ => (random.NextDouble() * 2 - 1) * 300 * outputScale)];
            if (epsilon / (inputScale * inputScale) >= 1 << 22)
            {
                continue; // the compiler refuses it
            }

            var output = new sbyte[width];
            LayerNormS8.Reference(input, Design(gamma, beta, epsilon, inputScale, outputScale, zeroPoint), output);
            double mean = input.Average(x => (double)x);
            double deviation = Math.Sqrt(input.Average(x => (x - mean) * (x - mean)) + epsilon / (inputScale * inputScale));
            for (int c = 0; c < width; c++)
            {
                double exact = ((input[c] - mean) / deviation * gamma[c] + beta[c]) / outputScale + zeroPoint;
                worst = Math.Max(worst, Math.Abs(output[c] - Math.Clamp(exact, -128, 127)));
            }
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"width {width}: largest error {worst:F5} steps");
        Assert.InRange(worst, 0, MaxError);
    }

    [Fact]
    public void A_row_of_equal_values_gives_beta()
    {
        var output = new sbyte[6];
        LayerNormS8.Reference([-128, -128, -128, 127, 127, 127], Design([5, 5, 5], [1, -2, 3.5], 0, 0.1, 1, 10), output);
        Assert.Equal<sbyte>([11, 8, 14, 11, 8, 14], output);
    }

    /// <summary>The integers of a layer, written once more from ARITHMETIC.md.</summary>
    private static LayerNormParameters Design(double[] gamma, double[] beta, double epsilon, double inputScale, double outputScale, int zeroPoint)
    {
        Rescale[] factors = [.. gamma.Select(g => g == 0 ? new Rescale(0, 0) : Oracle.Quantize(Math.Abs(g) / outputScale))];
        return new LayerNormParameters(
            [.. factors.Select((f, c) => f.Multiplier * Math.Sign(gamma[c]))], [.. factors.Select(f => f.Shift)],
            [.. beta.Select(b => (int)Math.Round(b / outputScale * 65_536))],
            (long)Math.Round((double)gamma.Length * gamma.Length * epsilon / (inputScale * inputScale) * 65_536), zeroPoint);
    }
}
