using Edge.Inference.Kernels;
using Edge.Numerics;

namespace Edge.Tests.Kernels;

public class RequantizationTests
{
    private static readonly int[] Accumulators =
        [int.MinValue, int.MinValue + 1, -(1 << 30), -129, -128, -3, -2, -1, 0, 1, 2, 3, 127, 128, (1 << 30) - 1, 1 << 30, int.MaxValue];

    private static readonly int[] Multipliers = [0, 1 << 30, (1 << 30) + 1, 1518500250, int.MaxValue];

    public static IEnumerable<TheoryDataRow<int>> Shifts => Enumerable.Range(-31, 62).Select(s => new TheoryDataRow<int>(s));

    public static IEnumerable<TheoryDataRow<int, Rounding>> Modes =>
        from shift in Enumerable.Range(-31, 62)
        from rounding in Enum.GetValues<Rounding>()
        select new TheoryDataRow<int, Rounding>(shift, rounding);

    [Theory]
    [MemberData(nameof(Modes))]
    public void Apply_is_the_rounding_in_exact_arithmetic(int shift, Rounding rounding)
    {
        var random = new Random(shift);
        foreach (int multiplier in Multipliers)
        {
            foreach (int accumulator in Accumulators.Concat(Enumerable.Range(0, 50).Select(_ => random.Next() - random.Next())))
            {
                int zeroPoint = random.ZeroPoint();
                var requantization = new Requantization([multiplier], [shift], zeroPoint, -100, 90, rounding);
                Assert.Equal(Oracle.Requantize(accumulator, multiplier, shift, zeroPoint, -100, 90, rounding), requantization.Apply(accumulator, 0));
            }
        }
    }

    /// <summary>The figure in ARITHMETIC.md: at most 1/2 + 2^-(right shift + 1) from the real product, so never more than 3/4.</summary>
    [Theory]
    [MemberData(nameof(Shifts))]
    public void Double_rounding_stays_within_three_quarters_of_the_real_product(int shift)
    {
        var random = new Random(shift);
        double bound = 0.5 + (shift < 0 ? Math.Pow(2, shift - 1) : 0);
        for (int round = 0; round < 2_000; round++)
        {
            int accumulator = random.Next(-(1 << 20), 1 << 20) >> Math.Clamp(shift + 1, 0, 20);
            if (Math.Abs((long)accumulator << Math.Max(shift, 0)) > int.MaxValue)
            {
                continue;
            }

            int multiplier = random.Next(1 << 30, int.MaxValue);
            double real = accumulator * (double)multiplier * Math.Pow(2, shift - 31);
            Assert.InRange(FixedPoint.MultiplyByQuantizedMultiplier(accumulator, multiplier, shift), real - bound - 1e-9, real + bound + 1e-9);
        }
    }

    /// <summary>The figure in ARITHMETIC.md: half a step, whatever the shift.</summary>
    [Theory]
    [MemberData(nameof(Shifts))]
    public void Single_rounding_is_the_nearest_integer_to_the_real_product(int shift)
    {
        var random = new Random(shift);
        for (int round = 0; round < 2_000; round++)
        {
            int accumulator = (random.Next() - random.Next()) >> Math.Clamp(shift, 0, 30);
            int multiplier = random.Next(1 << 30, int.MaxValue);
            Int128 product = (Int128)accumulator * multiplier;
            Int128 error = ((Int128)FixedPoint.MultiplyRoundingOnce(accumulator, multiplier, shift) << (31 - shift)) - product;
            Assert.InRange(error, -((Int128)1 << (30 - shift)) + 1, (Int128)1 << (30 - shift));
        }
    }
}
