using System.Numerics;
using Edge.Inference.Kernels;
using Edge.Numerics;

namespace Edge.Tests.Kernels;

public class LegendreMemoryS16Tests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(32)]
    [InlineData(53)]
    public void Every_set_of_kernels_gives_the_bits_of_the_reference_step_by_step(int order)
    {
        var random = new Random(order);
        LegendreMemoryParameters parameters = Any(random, order);
        short[] expected = new short[order];
        short[][] states = [.. InstructionSet.Supported.Select(_ => new short[order])];
        var sums = new int[order];
        for (int step = 0; step < 50; step++)
        {
            int input = random.Next(-255, 256);
            LegendreMemoryS16.Reference(input, parameters, expected, sums);
            for (int i = 0; i < states.Length; i++)
            {
                LegendreMemoryS16.Run(InstructionSet.Supported[i], input, parameters, states[i], sums);
                Assert.Equal(expected, states[i]);
            }
        }
    }

    [Fact]
    public void Reference_is_the_specification_in_exact_arithmetic()
    {
        var random = new Random(3);
        for (int round = 0; round < 50; round++)
        {
            int order = random.Next(1, 9);
            LegendreMemoryParameters p = Any(random, order);
            short[] state = [.. Enumerable.Range(0, order).Select(_ => (short)random.Next(short.MinValue, short.MaxValue + 1))];
            int input = random.Next(-255, 256);
            short[] next = [.. state];
            LegendreMemoryS16.Reference(input, p, next, new int[order]);
            for (int i = 0; i < order; i++)
            {
                BigInteger sum = Enumerable.Range(0, order).Aggregate(BigInteger.Zero, (s, j) => s + p.StateMatrix[i * order + j] * state[j]);
                sum += Nearest(input * (BigInteger)p.InputVector[i], p.InputShifts[i]);
                BigInteger value = Nearest(sum, -p.FractionBits[i]);
                Assert.Equal((short)BigInteger.Max(short.MinValue, BigInteger.Min(short.MaxValue, value)), next[i]);
            }
        }
    }

    [Fact]
    public void What_the_bound_admits_never_leaves_32_bits()
    {
        var random = new Random(5);
        for (int round = 0; round < 30; round++)
        {
            LegendreMemoryParameters p = Any(random, 12);
            for (int row = 0; row < p.Order; row++)
            {
                // The state that makes the row's sum as large as it can be.
                long sum = Enumerable.Range(0, p.Order).Sum(j => p.StateMatrix[row * p.Order + j] * (p.StateMatrix[row * p.Order + j] < 0 ? -32_768L : 32_767L));
                sum += Math.Max(p.InputProduct(255, row), p.InputProduct(-255, row)) + ((1 << p.FractionBits[row]) >> 1);
                Assert.InRange(sum, 0, p.Bound(row, 255));
                Assert.InRange(p.Bound(row, 255), 0, int.MaxValue);
            }
        }
    }

    /// <summary>Rows that fill their accumulator, near enough.</summary>
    private static LegendreMemoryParameters Any(Random random, int order)
    {
        int largest = Math.Min(32_767, 60_000 / order);
        return new LegendreMemoryParameters(
            [.. Enumerable.Range(0, order * order).Select(_ => (short)random.Next(-largest, largest + 1))],
            [.. Enumerable.Range(0, order).Select(_ => random.Next(0, 16))],
            [.. Enumerable.Range(0, order).Select(_ => (short)random.Next(-32_767, 32_768))],
            [.. Enumerable.Range(0, order).Select(_ => random.Next(-15, 4))]);
    }

    private static BigInteger Nearest(BigInteger value, int shift) => shift >= 0
        ? value << shift
        : (value + (BigInteger.One << (-shift - 1))) >> -shift;
}
