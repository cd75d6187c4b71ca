using Edge.Audio;

namespace Edge.Tests.Audio;

public class PolyphaseKernelTests
{
    [Theory]
    [MemberData(nameof(ResamplerTests.Rates), MemberType = typeof(ResamplerTests))]
    public void Vectors_give_the_references_bits_on_the_loudest_input_there_is(int inputHz, int outputHz)
    {
        PolyphaseFilter filter = ResamplerDesign.Create(inputHz, outputHz);
        Assert.InRange(filter.Taps, PolyphaseKernel.Step, PolyphaseKernel.MaxTaps);
        short[] loudest = new short[filter.Taps];
        short[] noise = SyntheticSignal.Generate(1, filter.Taps);
        for (int phase = 0; phase < filter.Phases; phase++)
        {
            ReadOnlySpan<int> row = filter.Row(phase);
            for (int sign = -1; sign <= 1; sign += 2)
            {
                for (int i = 0; i < row.Length; i++)
                {
                    loudest[i] = row[i] * sign > 0 ? short.MaxValue : short.MinValue;
                }

                Assert.Equal(PolyphaseKernel.DotReference(loudest, row), PolyphaseKernel.DotVector128(loudest, row));
            }

            Assert.Equal(PolyphaseKernel.DotReference(noise, row), PolyphaseKernel.DotVector128(noise, row));
        }
    }

    [Theory]
    [MemberData(nameof(ResamplerTests.Rates), MemberType = typeof(ResamplerTests))]
    public void No_lane_takes_more_than_it_can_hold(int inputHz, int outputHz)
    {
        PolyphaseFilter filter = ResamplerDesign.Create(inputHz, outputHz);
        double worst = 0;
        for (int phase = 0; phase < filter.Phases; phase++)
        {
            int[] row = filter.Row(phase).ToArray();
            Assert.Equal(1 << PolyphaseFilter.CoefficientBits, row.Sum());
            for (int lane = 0; lane < 8; lane++)
            {
                worst = Math.Max(worst, row.Where((_, i) => i % 8 == lane).Sum(c => Math.Abs((double)c)) / (1 << PolyphaseFilter.CoefficientBits));
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{inputHz} -> {outputHz}: {worst:F3} of 2.0, {filter.Phases} x {filter.Taps}");
        Assert.InRange(worst, 0, 1.3);
    }

    [Fact]
    public void Tables_stay_small_at_every_rate()
    {
        foreach (int outputHz in new[] { 8000, 11025, 16000, 44100, 48000 })
        {
            for (int inputHz = 8000; inputHz <= 192000; inputHz += 4999)
            {
                PolyphaseFilter filter = ResamplerDesign.Create(inputHz, outputHz);
                Assert.InRange((filter.Phases + 1) * filter.Taps, 1, 135_000);
                Assert.InRange(filter.Taps, 8, PolyphaseKernel.MaxTaps);
            }
        }
    }

    [Theory]
    [InlineData(short.MinValue, int.MinValue >> 9)]
    [InlineData(short.MaxValue, (1 << 22) - 1)]
    [InlineData(short.MinValue, -1)]
    [InlineData(-1, 127)]
    public void One_step_of_extremes_is_exact(short sample, int coefficient)
    {
        short[] samples = new short[8];
        int[] coefficients = new int[8];
        Array.Fill(samples, sample);
        Array.Fill(coefficients, coefficient);
        Assert.Equal(8L * sample * coefficient, PolyphaseKernel.DotReference(samples, coefficients));
        Assert.Equal(8L * sample * coefficient, PolyphaseKernel.DotVector128(samples, coefficients));
    }
}
