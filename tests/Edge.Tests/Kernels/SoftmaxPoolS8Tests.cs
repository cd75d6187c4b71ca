using System.Numerics;
using Edge.Inference.Kernels;

namespace Edge.Tests.Kernels;

public class SoftmaxPoolS8Tests
{
    /// <summary>Largest difference to the exact mean, in steps of the output; ARITHMETIC.md gives it.</summary>
    private const double MaxError = 0.501;

    /// <summary>Frames, lanes.</summary>
    public static TheoryData<int, int> Sizes { get; } = new() { { 1, 1 }, { 2, 3 }, { 50, 13 }, { 700, 7 }, { 6000, 2 } };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Result_is_the_exact_mean_rounded(int frames, int lanes)
    {
        var random = new Random(frames);
        double worst = 0;
        for (int round = 0; round < 60_000 / (frames * lanes) + 3; round++)
        {
            (double scale, double factor) = (Math.Exp(random.NextDouble() * 7 - 6), Math.Exp(random.NextDouble() * 3 - 1));
            (int spread, int center, int zero) = (random.Next(1, 129), random.Next(-100, 100), random.ZeroPoint());
            sbyte[] values = random.Int8s(frames * lanes);
            sbyte[] logits = [.. Enumerable.Range(0, frames * lanes).Select(_ => (sbyte)Math.Clamp(center + random.Next(-spread, spread), -128, 127))];
            sbyte[] means = Pool(values, zero, logits, lanes, scale, factor, 3);
            for (int lane = 0; lane < lanes; lane++)
            {
                worst = Math.Max(worst, Math.Abs(means[lane] - Math.Clamp(factor * ExactMean(values, zero, logits, lane, lanes, scale) + 3, -128, 127)));
            }
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"{frames} frames: largest error {worst:F5} steps");
        Assert.InRange(worst, 0, MaxError);
    }

    /// <summary>A larger logit comes with every frame, as often as there are codes: each time all that was summed is rescaled.</summary>
    [Theory]
    [InlineData(0.0005)]
    [InlineData(0.03)]
    [InlineData(0.5)]
    public void Logits_that_keep_rising_cost_no_accuracy(double scale)
    {
        sbyte[] values = new Random(1).Int8s(256);
        sbyte[] logits = [.. Enumerable.Range(-128, 256).Select(q => (sbyte)q)];
        double exact = ExactMean(values, -7, logits, 0, 1, scale);
        Assert.InRange(Pool(values, -7, logits, 1, scale, 1, 0)[0] - Math.Clamp(exact, -128, 127), -MaxError, MaxError);
    }

    [Fact]
    public void Equal_logits_give_the_mean_wherever_they_lie()
    {
        sbyte[] values = [10, 20, 60];
        foreach (sbyte logit in new sbyte[] { -128, -40, 0, 127 })
        {
            Assert.Equal(30, Pool(values, 0, [logit, logit, logit], 1, 2.7, 1, 0)[0]);
        }
    }

    [Fact]
    public void Before_the_first_frame_the_mean_is_zero()
    {
        var output = new sbyte[2];
        SoftmaxPoolS8.Finish(new long[2], new long[2], OutputScale(1), -9, output);
        Assert.Equal([-9, -9], output);
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Sums_are_those_of_exact_arithmetic(int frames, int lanes)
    {
        var random = new Random(lanes);
        int zero = random.ZeroPoint();
        int[] exponentials = SoftmaxS8.Exponentials(InputScale(Math.Exp(random.NextDouble() * 7 - 6)));
        (long[] weights, long[] sums, sbyte[] largest) = (new long[lanes], new long[lanes], random.Int8s(lanes));
        (BigInteger[] total, BigInteger[] sum, int[] top) = (new BigInteger[lanes], new BigInteger[lanes], new int[lanes]);
        for (int frame = 0; frame < Math.Min(frames, 500); frame++)
        {
            (sbyte[] values, sbyte[] logits) = (random.Int8s(lanes), random.Int8s(lanes));
            SoftmaxPoolS8.Add(values, zero, logits, exponentials, weights, sums, largest);
            for (int i = 0; i < lanes; i++)
            {
                if (frame == 0)
                {
                    top[i] = logits[i];
                }
                else if (logits[i] > top[i])
                {
                    BigInteger factor = exponentials[logits[i] - top[i]];
                    (total[i], sum[i], top[i]) = (NearestUp(total[i] * factor), NearestUp(sum[i] * factor), logits[i]);
                }

                total[i] += exponentials[top[i] - logits[i]];
                sum[i] += (BigInteger)exponentials[top[i] - logits[i]] * (values[i] - zero);
                Assert.Equal((total[i], sum[i], top[i]), (weights[i], sums[i], largest[i]));
            }
        }
    }

    /// <summary>Eighteen hours of 250 frames a second and more: sums are halved, so that they stay in 64 bits, and the mean stays what it was.</summary>
    [Fact]
    public void Sound_without_end_halves_the_sums()
    {
        long[] weights = [SoftmaxPoolS8.Renewal - int.MaxValue - 5], sums = [-100 * weights[0]];
        sbyte[] largest = [4];
        int[] exponentials = SoftmaxS8.Exponentials(InputScale(0.1));
        for (int frame = 0; frame < 3; frame++)
        {
            SoftmaxPoolS8.Add([-100], 0, [4], exponentials, weights, sums, largest);
        }

        Assert.InRange(weights[0], SoftmaxPoolS8.Renewal / 2, SoftmaxPoolS8.Renewal / 2 + 2L * int.MaxValue);
        var mean = new sbyte[1];
        SoftmaxPoolS8.Finish(weights, sums, OutputScale(1), 0, mean);
        Assert.Equal(-100, mean[0]);
    }

    /// <summary>The widest sums there can be: all values 255 from zero, on the verge of being halved.</summary>
    [Theory]
    [InlineData(127, -128, 255)]
    [InlineData(-128, 127, -255)]
    public void The_largest_sums_do_not_wrap(sbyte value, int zero, int expected)
    {
        long[] weights = [SoftmaxPoolS8.Renewal - int.MaxValue - 1], sums = [expected * weights[0]];
        sbyte[] largest = [0];
        SoftmaxPoolS8.Add([value], zero, [0], SoftmaxS8.Exponentials(InputScale(0.1)), weights, sums, largest);
        Assert.Equal(SoftmaxPoolS8.Renewal - 1, weights[0]);
        Assert.Equal(expected * weights[0], sums[0]);
        var mean = new sbyte[1];
        SoftmaxPoolS8.Finish(weights, sums, OutputScale(0.25), 0, mean);
        Assert.Equal((sbyte)Math.Round(expected * 0.25), mean[0]);
    }

    private static sbyte[] Pool(sbyte[] values, int zero, sbyte[] logits, int lanes, double scale, double factor, int outputZero)
    {
        (long[] weights, long[] sums, sbyte[] largest, sbyte[] output) = (new long[lanes], new long[lanes], new sbyte[lanes], new sbyte[lanes]);
        int[] exponentials = SoftmaxS8.Exponentials(InputScale(scale));
        for (int at = 0; at < values.Length; at += lanes)
        {
            SoftmaxPoolS8.Add(values.AsSpan(at, lanes), zero, logits.AsSpan(at, lanes), exponentials, weights, sums, largest);
        }

        SoftmaxPoolS8.Finish(weights, sums, OutputScale(factor), outputZero, output);
        return output;
    }

    private static double ExactMean(sbyte[] values, int zero, sbyte[] logits, int lane, int lanes, double scale)
    {
        int[] frames = [.. Enumerable.Range(0, values.Length / lanes).Select(frame => frame * lanes + lane)];
        double largest = frames.Max(i => logits[i]);
        return frames.Sum(i => Math.Exp(scale * (logits[i] - largest)) * (values[i] - zero)) / frames.Sum(i => Math.Exp(scale * (logits[i] - largest)));
    }

    private static BigInteger NearestUp(BigInteger product) => (product + (BigInteger.One << 30)) >> 31;

    private static Rescale InputScale(double scale) => Oracle.Quantize(Math.Min(scale * (1 << 26), int.MaxValue));

    private static Rescale OutputScale(double factor) => Oracle.Quantize(factor / (1 << SoftmaxPoolS8.MeanFractionBits), Edge.Numerics.Rounding.Once);
}
