using System.Numerics;
using Edge.Inference.Kernels;
using Edge.Numerics;

namespace Edge.Tests.Kernels;

public class SvdfS8Tests
{
    /// <summary>Features, units, filters a unit, memory.</summary>
    public static TheoryData<int, int, int, int> Sizes { get; } = new() { { 1, 1, 1, 1 }, { 5, 3, 1, 4 }, { 8, 4, 2, 8 }, { 40, 7, 3, 10 }, { 33, 2, 5, 1 } };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Vector128_gives_the_bits_of_the_reference_step_by_step(int features, int units, int rank, int memory)
    {
        var random = new Random(features);
        foreach (Pattern pattern in Patterns.All)
        {
            SvdfParameters p = Any(random, features, units, rank, memory, random.Next(-128, 128), pattern);
            (short[] state, short[] other) = (new short[units * rank * memory], new short[units * rank * memory]);
            (sbyte[] expected, sbyte[] output, int[] sums) = (new sbyte[units], new sbyte[units], new int[units * rank]);
            for (int step = 0; step < 3 * memory; step++)
            {
                sbyte[] input = random.Int8s(features, pattern);
                SvdfS8.Reference(input, p, state, expected, sums);
                SvdfS8.RunVector128(input, p, other, output, sums);
                Assert.Equal(expected, output);
                Assert.Equal(state, other);
            }
        }
    }

    /// <summary>Every step is computed afresh from all that was heard: filters' values of each step, then a window of them.</summary>
    [Theory]
    [MemberData(nameof(Sizes))]
    public void Reference_is_the_specification_in_exact_arithmetic(int features, int units, int rank, int memory)
    {
        var random = new Random(memory);
        int zero = random.ZeroPoint();
        SvdfParameters p = Any(random, features, units, rank, memory, zero, Pattern.Random);
        var state = new short[units * rank * memory];
        var heard = new List<BigInteger[]>();
        for (int step = 0; step < 2 * memory + 2; step++)
        {
            sbyte[] input = random.Int8s(features);
            heard.Add([.. Enumerable.Range(0, units * rank).Select(f => Saturate16(Oracle.Rescale(
                Enumerable.Range(0, features).Aggregate(BigInteger.Zero, (sum, k) => sum + (input[k] - zero) * p.FeatureWeights[f * features + k]),
                p.FeatureScale.Multiplier, p.FeatureScale.Shift, p.FeatureScale.Rounding)))]);
            var output = new sbyte[units];
            SvdfS8.Reference(input, p, state, output, new int[units * rank]);
            for (int u = 0; u < units; u++)
            {
                BigInteger sum = p.Bias[u];
                for (int f = u * rank; f < (u + 1) * rank; f++)
                {
                    for (int m = 0; m < Math.Min(memory, heard.Count); m++)
                    {
                        sum += heard[^(m + 1)][f] * p.TimeWeights[f * memory + memory - 1 - m];
                    }
                }

                Assert.Equal(
                    Oracle.Requantize(Oracle.Wrap(sum), p.TimeScale.Multiplier, p.TimeScale.Shift, p.OutputZeroPoint, p.ActivationMin, p.ActivationMax, p.TimeScale.Rounding),
                    output[u]);
            }
        }
    }

    /// <summary>The bound in ARITHMETIC.md: the output's own rounding, and each filter value's as the time weights carry it.</summary>
    [Theory]
    [InlineData(Rounding.Once, 0.5)]
    [InlineData(Rounding.Twice, 0.75)]
    public void Result_is_the_real_layer_within_the_bound(Rounding rounding, double step)
    {
        var random = new Random(5);
        for (int round = 0; round < 200; round++)
        {
            (int features, int memory, int zero) = (random.Next(1, 50), random.Next(1, 12), random.ZeroPoint());
            (double featureScale, double timeScale) = (Math.Exp(-random.NextDouble() * 3), Math.Exp(-9 - random.NextDouble() * 3));
            SvdfParameters p = Any(random, features, 1, 1, memory, zero, Pattern.Random) with
            {
                TimeWeights = [.. Enumerable.Range(0, memory).Select(_ => (short)random.Next(-3_000, 3_000))], Bias = [random.Next(-99_999, 99_999)],
                FeatureScale = Oracle.Quantize(featureScale, rounding), TimeScale = Oracle.Quantize(timeScale, rounding), OutputZeroPoint = 0, ActivationMin = -128, ActivationMax = 127,
            };
            var state = new short[memory];
            var filtered = new Queue<double>(Enumerable.Repeat(0.0, memory));
            for (int i = 0; i < 2 * memory; i++)
            {
                sbyte[] input = random.Int8s(features);
                filtered.Dequeue();
                filtered.Enqueue(Math.Clamp(featureScale * Enumerable.Range(0, features).Sum(k => (input[k] - zero) * p.FeatureWeights[k]), short.MinValue, short.MaxValue));
                var output = new sbyte[1];
                SvdfS8.Reference(input, p, state, output, new int[1]);
                double real = timeScale * (p.Bias[0] + filtered.Zip(p.TimeWeights, (s, w) => s * w).Sum());
                double bound = step + step * timeScale * p.TimeWeights.Sum(w => Math.Abs(w)) + 1e-3;
                Assert.InRange(output[0] - Math.Clamp(real, -128, 127), -bound, bound);
            }
        }
    }

    private static BigInteger Saturate16(BigInteger value) => BigInteger.Max(short.MinValue, BigInteger.Min(short.MaxValue, value));

    private static SvdfParameters Any(Random random, int features, int units, int rank, int memory, int zeroPoint, Pattern pattern)
    {
        int filters = units * rank;
        sbyte[] weights = random.Weights(filters * features, pattern);
        Rounding rounding = random.Rounding();
        return new SvdfParameters(
            weights, MatrixS8.FoldZeroPoint(new int[filters], weights, features, zeroPoint), [.. Enumerable.Range(0, filters * memory).Select(_ => (short)random.Next(short.MinValue, short.MaxValue + 1))],
            random.Int32s(units, 1_000_000), new Rescale(random.Multiplier(), random.Next(-6, 2), rounding), new Rescale(random.Multiplier(), random.Next(-26, -14), rounding),
            random.ZeroPoint(), random.Next(2) == 0 ? -128 : random.Next(-128, 0), random.Next(2) == 0 ? 127 : random.Next(0, 128));
    }
}
