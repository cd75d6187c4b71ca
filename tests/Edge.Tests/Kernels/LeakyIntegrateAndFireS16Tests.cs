using System.Numerics;
using Edge.Inference.Kernels;
using Edge.Numerics;

namespace Edge.Tests.Kernels;

public class LeakyIntegrateAndFireS16Tests
{
    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(29)]
    public void Vector128_gives_the_bits_of_the_reference_frame_by_frame(int neurons)
    {
        var random = new Random(neurons);
        for (int round = 0; round < 40; round++)
        {
            LeakyIntegrateAndFireParameters p = Any(random);
            (short[] membrane, short[] other, sbyte[] expected, sbyte[] spikes) = (new short[neurons], new short[neurons], new sbyte[neurons], new sbyte[neurons]);
            for (int frame = 0; frame < 20; frame++)
            {
                short[] input = Input(random, neurons);
                LeakyIntegrateAndFireS16.Reference(input, p, membrane, expected);
                LeakyIntegrateAndFireS16.RunVector128(input, p, other, spikes);
                Assert.Equal(expected, spikes);
                Assert.Equal(membrane, other);
            }
        }
    }

    [Fact]
    public void Reference_is_the_specification_in_exact_arithmetic()
    {
        var random = new Random(2);
        for (int round = 0; round < 200; round++)
        {
            LeakyIntegrateAndFireParameters p = Any(random);
            BigInteger v = 0;
            (short[] membrane, sbyte[] spikes) = (new short[1], new sbyte[1]);
            for (int frame = 0; frame < 20; frame++)
            {
                short[] input = Input(random, 1);
                LeakyIntegrateAndFireS16.Reference(input, p, membrane, spikes);
                v = Oracle.Wrap(
                    Oracle.Rescale(v, p.Leak.Multiplier, p.Leak.Shift, p.Leak.Rounding)
                    + (BigInteger)Oracle.Rescale(input[0], p.Charge.Multiplier, p.Charge.Shift, p.Charge.Rounding));
                v = BigInteger.Max(short.MinValue, BigInteger.Min(short.MaxValue, v));
                bool fires = v >= p.Threshold;
                v = fires ? 0 : v;
                Assert.Equal(fires ? 1 : 0, spikes[0]);
                Assert.Equal(v, membrane[0]);
            }
        }
    }

    /// <summary>The bound in ARITHMETIC.md: each frame adds two roundings of 1/2, of which a share of 1 − 1/τ remains after the next.</summary>
    [Theory]
    [InlineData(2.0)]
    [InlineData(1.5)]
    [InlineData(10.0)]
    public void The_membrane_stays_within_tau_steps_of_the_real_one(double tau)
    {
        var random = new Random(7);
        const double scale = 1.0 / 8192, inputScale = 1.0 / 40;
        var p = new LeakyIntegrateAndFireParameters(
            Oracle.Quantize(1 - 1 / tau, Rounding.Once), Oracle.Quantize(inputScale / scale / tau, Rounding.Once), 8192);
        double v = 0;
        (short[] membrane, sbyte[] spikes, int fired) = (new short[1], new sbyte[1], 0);
        for (int frame = 0; frame < 5_000; frame++)
        {
            short[] input = [(short)random.Next(-100, 128)];
            LeakyIntegrateAndFireS16.Reference(input, p, membrane, spikes);
            v += (input[0] * inputScale - v) / tau;
            Assert.True(Math.Abs(v - 1) < tau * scale || v >= 1 == (spikes[0] == 1), $"frame {frame}: {v} and {spikes[0]}");
            (fired, v) = spikes[0] == 1 ? (fired + 1, 0) : (fired, v);
            v = Math.Abs(v - 1) < tau * scale ? membrane[0] * scale : v; // a tie may go either way
            Assert.InRange(membrane[0] * scale - v, -tau * scale * 1.001, tau * scale * 1.001);
        }

        Assert.InRange(fired, 10, 4_000);
    }

    private static LeakyIntegrateAndFireParameters Any(Random random)
    {
        Rounding rounding = random.Rounding();
        return new(new Rescale(random.Multiplier(), random.Next(-3, 1), rounding), new Rescale(random.Multiplier(), random.Next(-8, 8), rounding), random.Next(1, 32_768));
    }

    private static short[] Input(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => random.Next(8) switch
    {
        0 => short.MinValue,
        1 => short.MaxValue,
        _ => (short)random.Next(-3_000, 3_000),
    })];
}
