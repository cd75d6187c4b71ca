using Edge.Inference.Kernels;

namespace Edge.Tests.Kernels;

public class LayerNormS16Tests
{
    /// <summary>Largest difference to layer normalization in double precision, in steps of the output; ARITHMETIC.md gives it.</summary>
    private const double MaxError = 0.501;

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(41)]
    [InlineData(4095)]
    public void Vector128_gives_the_bits_of_the_reference(int width)
    {
        var random = new Random(width);
        foreach (int spread in (int[])[0, 1, 100, 32_768])
        {
            foreach (bool alternating in (bool[])[false, true])
            {
                short[] input = [.. Enumerable.Range(0, 3 * width).Select(i => alternating
                    ? (short)(i % 2 == 0 ? -spread : spread - 1) : (short)random.Next(-spread, Math.Max(spread, 1)))];
                var parameters = new LayerNormParameters(
                    [.. Enumerable.Range(0, width).Select(_ => random.Multiplier() * (random.Next(2) == 0 ? 1 : -1))],
                    [.. Enumerable.Range(0, width).Select(_ => random.Next(-31, 31))], random.Int32s(width, int.MaxValue), random.NextInt64(1L << random.Next(1, 62)), 0);
                (short[] expected, short[] output) = (new short[input.Length], new short[input.Length]);
                LayerNormS16.Reference(input, parameters, short.MinValue, short.MaxValue, expected);
                LayerNormS16.RunVector128(input, parameters, short.MinValue, short.MaxValue, output);
                Assert.Equal(expected, output);
            }
        }
    }

    [Theory]
    [InlineData(1, 8)]
    [InlineData(2, 8)]
    [InlineData(3, 16)]
    [InlineData(64, 8)]
    [InlineData(64, 16)]
    [InlineData(4095, 8)]
    [InlineData(4095, 16)]
    public void Result_is_the_real_layer_normalization_rounded(int width, int outputBits)
    {
        var random = new Random(width);
        (int min, int max) = outputBits == 8 ? (-128, 127) : (-32_768, 32_767);
        double worst = 0;
        for (int round = 0; round < 200_000 / (width + 100); round++)
        {
            double inputScale = Math.Exp(random.NextDouble() * 12 - 13);
            double epsilon = random.Next(2) == 0 ? 1e-5 : Math.Exp(random.NextDouble() * 20 - 20);
            if (epsilon / (inputScale * inputScale) >= 1 << 22)
            {
                continue; // the compiler refuses it
            }

            // From all but silence to the whole range: V from 0 to 2^54.
            int spread = 1 << random.Next(0, 16);
            short[] input = [.. Enumerable.Range(0, width).Select(_ => (short)random.Next(-spread, spread))];
            double factor = outputBits == 8 ? 2_000 : 20_000;
            double[] gamma = [.. Enumerable.Range(0, width).Select(_ => (random.NextDouble() * 2 - 1) * factor * Math.Pow(random.NextDouble(), 4))];
            double[] beta = [.. Enumerable.Range(0, width).Select(_ => (random.NextDouble() * 2 - 1) * max / 3)];
            double ratio = epsilon / (inputScale * inputScale);
            var output = new short[width];
            LayerNormS16.Reference(input, Design(gamma, beta, ratio), min, max, output);
            double mean = input.Average(x => (double)x);
            double deviation = Math.Sqrt(input.Average(x => (x - mean) * (x - mean)) + ratio);
            for (int c = 0; c < width; c++)
            {
                double exact = (input[c] - mean) / deviation * gamma[c] + beta[c];
                worst = Math.Max(worst, Math.Abs(output[c] - Math.Clamp(exact, min, max)));
            }
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"width {width}: largest error {worst:F5} steps");
        Assert.InRange(worst, 0.3, MaxError);
    }

    [Fact]
    public void The_largest_variance_that_there_is_gives_minus_one_and_one()
    {
        short[] input = [.. Enumerable.Range(0, 4_094).Select(i => i % 2 == 0 ? short.MinValue : short.MaxValue)];
        var output = new short[input.Length];
        LayerNormS16.Reference(
            input, Design([.. Enumerable.Repeat(100.0, input.Length)], new double[input.Length], 0), sbyte.MinValue, sbyte.MaxValue, output);
        Assert.Equal(input.Select(x => (short)(x < 0 ? -100 : 100)), output);
    }

    /// <summary>The integers of a layer whose output has steps of 1, written once more from ARITHMETIC.md.</summary>
    private static LayerNormParameters Design(double[] gamma, double[] beta, double epsilon)
    {
        Rescale[] factors = [.. gamma.Select(g => g == 0 ? new Rescale(0, 0) : Oracle.Quantize(Math.Abs(g)))];
        return new LayerNormParameters(
            [.. factors.Select((f, c) => f.Multiplier * Math.Sign(gamma[c]))], [.. factors.Select(f => f.Shift)],
            [.. beta.Select(b => (int)Math.Round(b * 65_536))], (long)Math.Round((double)gamma.Length * gamma.Length * epsilon * 65_536), 0);
    }
}
