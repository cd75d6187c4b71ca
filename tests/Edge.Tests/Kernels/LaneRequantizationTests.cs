using Edge.Inference.Kernels;
using Edge.Numerics;

namespace Edge.Tests.Kernels;

public class LaneRequantizationTests
{
    private const int Lanes = 16;
    private const int Limit = 1 << 29;

    public static IEnumerable<TheoryDataRow<KernelSet, Rounding, int>> Modes =>
        from set in (KernelSet[])[KernelSet.Vector128, KernelSet.Avx2, KernelSet.Avx512]
        from rounding in Enum.GetValues<Rounding>()
        from shift in Enumerable.Range(-31, 62)
        select new TheoryDataRow<KernelSet, Rounding, int>(set, rounding, shift);

    [Theory]
    [MemberData(nameof(Modes))]
    public void Vectors_give_the_bits_of_the_definition(KernelSet set, Rounding rounding, int shift)
    {
        Patterns.Require(set);
        var random = new Random(shift);
        for (int round = 0; round < 40; round++)
        {
            // Lane 0 has the shift under test, the others one near it: shifts differ within a vector.
            int[] shifts = [.. Enumerable.Range(0, Lanes).Select(i => i == 0 ? shift : Math.Clamp(shift + random.Next(-3, 4), -31, 30))];
            int[] multipliers = [.. Enumerable.Range(0, Lanes).Select(_ => random.Multiplier())];
            var exact = new Requantization(multipliers, shifts, random.ZeroPoint(), random.Next(-128, 0), random.Next(0, 128), rounding);
            int[] sums = [.. Enumerable.Range(0, 7 * Lanes).Select(_ => Sum(random, shift))];
            sbyte[] expected = [.. sums.Select((sum, i) => exact.Apply(sum, i % Lanes))];

            Assert.Equal(expected, Apply(set, exact, sums));
        }
    }

    /// <summary>Sums to the ends of what the short form takes, small ones, and those that lie halfway between two outputs.</summary>
    private static int Sum(Random random, int shift) => random.Next(6) switch
    {
        0 => Limit - 1,
        1 => 1 - Limit,
        2 => random.Next(-3, 4),
        3 => random.Next(-9, 10) << Math.Clamp(-shift, 0, 24),
        4 => random.Next(-Limit + 1, Limit) >> random.Next(20),
        _ => random.Next(-Limit + 1, Limit),
    };

    private static sbyte[] Apply(KernelSet set, Requantization exact, int[] sums)
    {
        var lanes = new LaneRequantization(exact, new int[Lanes], Limit - 1, LaneRequantization.InOrder(Lanes, Lanes));
        var output = new sbyte[sums.Length];
        int rows = sums.Length / Lanes;
        switch (set)
        {
            case KernelSet.Vector128:
                lanes.ApplyVector128(ref sums[0], rows, 0, Lanes, ref output[0], Lanes);
                break;
            case KernelSet.Avx2:
                lanes.ApplyAvx2(ref sums[0], rows, 0, ref output[0], Lanes);
                break;
            default:
                lanes.ApplyAvx512(ref sums[0], rows, 0, ref output[0], Lanes);
                break;
        }

        return output;
    }
}
