using Edge.Inference.Kernels;
using Edge.Numerics;

namespace Edge.Tests.Kernels;

public class InstanceNormS16Tests
{
    /// <summary>Largest difference to instance normalization in double precision, in steps of an output of 8 and of 16 bits; ARITHMETIC.md gives it.</summary>
    private const double MaxError8 = 0.501, MaxError16 = 0.515;

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 7)]
    [InlineData(33, 8)]
    [InlineData(40, 19)]
    [InlineData(InstanceNormChannel.MaxRows, 8)]
    public void Vector128_gives_the_bits_of_the_reference(int rows, int channels)
    {
        var random = new Random(rows);
        foreach (int spread in (int[])[0, 1, 100, 32_768])
        {
            short[] input = [.. Enumerable.Range(0, rows * channels).Select(i => spread == 100 ? (short)(i / channels % 2 == 0 ? short.MinValue : short.MaxValue)
                : (short)random.Next(-spread, Math.Max(spread, 1)))];
            var parameters = InstanceNormParameters.Create(
                rows, [.. Enumerable.Range(0, channels).Select(_ => random.Multiplier() * (random.Next(2) == 0 ? 1 : -1))],
                [.. Enumerable.Range(0, channels).Select(_ => random.Next(-31, InstanceNormChannel.MaxShift + 1))], random.Int32s(channels, int.MaxValue),
                random.Multiplier(), random.Next(-31, 31), random.Next(-128, 128));
            (short[] expected, short[] output) = (new short[input.Length], new short[input.Length]);
            InstanceNormS16.Reference(input, parameters, short.MinValue, short.MaxValue, expected);
            InstanceNormS16.RunVector128(input, parameters, short.MinValue, short.MaxValue, output, new short[InstanceNormS16.ScratchElements(channels)]);
            Assert.Equal(expected, output);
        }
    }

    [Theory]
    [InlineData(2, 8)]
    [InlineData(3, 16)]
    [InlineData(99, 8)]
    [InlineData(99, 16)]
    [InlineData(3_199, 8)]
    [InlineData(3_199, 16)]
    [InlineData(InstanceNormChannel.MaxRows, 16)]
    public void Result_is_the_real_normalization_rounded(int rows, int outputBits)
    {
        var random = new Random(rows);
        (int min, int max) = outputBits == 8 ? (-128, 127) : (-32_768, 32_767);
        const int channels = 4;
        double worst = 0;
        for (int round = 0; round < Math.Max(6, 40_000 / rows); round++)
        {
            // From all but silence to the whole range, far from zero too: V from 0 to 2^60. ε up to what hides the sound.
            int spread = 1 << random.Next(0, 16), offset = random.Next(-32_768 + spread, 32_768 - spread);
            double ratio = Math.Exp(random.NextDouble() * 24 - 10);
            short[] input = [.. Enumerable.Range(0, rows * channels).Select(_ => (short)(offset + random.Next(-spread, spread)))];
            double[] gamma = [.. Enumerable.Range(0, channels).Select(_ => (random.NextDouble() * 2 - 1) * (outputBits == 8 ? 100 : 10_000))];
            double[] beta = [.. Enumerable.Range(0, channels).Select(_ => (random.NextDouble() * 2 - 1) * max / 3)];
            var output = new short[input.Length];
            InstanceNormS16.Reference(input, Design(rows, gamma, beta, ratio), min, max, output);
            for (int c = 0; c < channels; c++)
            {
                double[] values = [.. Enumerable.Range(0, rows).Select(row => (double)input[row * channels + c])];
                double mean = values.Average(), deviation = Math.Sqrt(values.Average(x => (x - mean) * (x - mean)) + ratio);
                for (int row = 0; row < rows; row++)
                {
                    double exact = (values[row] - mean) / deviation * gamma[c] + beta[c];
                    worst = Math.Max(worst, Math.Abs(output[row * channels + c] - Math.Clamp(exact, min, max)));
                }
            }
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"{rows} rows: largest error {worst:F5} steps");
        Assert.InRange(worst, 0.3, outputBits == 8 ? MaxError8 : MaxError16);
    }

    [Fact]
    public void A_channel_that_never_changes_gives_its_offset()
    {
        short[] input = [.. Enumerable.Repeat((short)-20_000, 3_199)];
        var output = new short[input.Length];
        InstanceNormS16.Reference(input, Design(input.Length, [30_000], [17], 0), short.MinValue, short.MaxValue, output);
        Assert.All(output, y => Assert.Equal(17, y));
    }

    /// <summary>The integers of a layer whose output has steps of 1, written once more from ARITHMETIC.md.</summary>
    private static InstanceNormParameters Design(int rows, double[] gamma, double[] beta, double epsilon)
    {
        Rescale[] factors = [.. gamma.Select(g => Oracle.Quantize(Math.Abs(g)))];
        Rescale ratio = epsilon == 0 ? new Rescale(0, 0) : Oracle.Quantize(epsilon);
        return InstanceNormParameters.Create(
            rows, [.. factors.Select((f, c) => f.Multiplier * Math.Sign(gamma[c]))], [.. factors.Select(f => f.Shift)],
            [.. beta.Select(b => (int)Math.Round(b * 65_536))], ratio.Multiplier, ratio.Shift, 0);
    }
}
