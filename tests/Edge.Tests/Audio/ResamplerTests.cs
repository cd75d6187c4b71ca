using Edge.Audio;

namespace Edge.Tests.Audio;

public class ResamplerTests
{
    /// <summary>Common pairs, both ends of the range, and pairs whose filter is interpolated between rows.</summary>
    public static TheoryData<int, int> Rates => new()
    {
        { 8000, 16000 }, { 11025, 16000 }, { 22050, 16000 }, { 24000, 16000 }, { 32000, 16000 }, { 44100, 16000 }, { 48000, 16000 },
        { 96000, 16000 }, { 192000, 16000 }, { 192000, 8000 }, { 8000, 48000 }, { 16000, 8000 }, { 44100, 48000 },
        { 44101, 16000 }, { 47999, 48000 }, { 8001, 48000 }, { 191999, 8000 }, { 192000, 11025 },
    };

    /// <summary>Those of them whose output cannot hold all that the input holds.</summary>
    public static TheoryData<int, int> FallingRates => [.. Rates.Where(r => r.Data.Item1 > r.Data.Item2)];

    [Theory]
    [MemberData(nameof(Rates))]
    public void Every_output_is_the_double_precision_convolution(int inputHz, int outputHz)
    {
        short[] input = SyntheticSignal.Generate(1, Math.Max(3000, inputHz / 10)); // begins loud and broad-band
        input.AsSpan(1000, 500).Fill(short.MaxValue); // its edges overshoot
        input.AsSpan(1500, 500).Fill(short.MinValue);
        short[] output = Resample(inputHz, outputHz, input);
        double[] oracle = SincOracle(inputHz, outputHz, input, new Resampler(inputHz, outputHz).LookaheadSamples);
        Assert.Equal(oracle.Length, output.Length);
        double worst = oracle.Zip(output, (o, y) => Math.Abs(Math.Clamp(o, short.MinValue, short.MaxValue) - y)).Max();
        TestContext.Current.TestOutputHelper?.WriteLine($"{inputHz} -> {outputHz}: worst error {worst:F3} LSB");
        Assert.InRange(worst, 0.3, 1.0); // half an LSB is rounding
    }

    [Theory]
    [MemberData(nameof(Rates))]
    public void The_bits_do_not_depend_on_how_the_stream_is_cut(int inputHz, int outputHz)
    {
        short[] input = SyntheticSignal.Generate(3, 12_345);
        short[] whole = Resample(inputHz, outputHz, input);
        for (int seed = 0; seed < 4; seed++)
        {
            Random random = new(seed);
            int largest = 1 << (4 * seed);
            Assert.Equal(whole, Resample(inputHz, outputHz, input, () => random.Next(largest + 1), () => random.Next(1, largest + 1)));
        }
    }

    [Theory]
    [MemberData(nameof(Rates))]
    public void The_output_is_as_long_as_the_input_in_time(int inputHz, int outputHz)
    {
        foreach (int length in new[] { 0, 1, 2, 1000, 4801 })
        {
            Assert.Equal((int)Math.Ceiling((decimal)length * outputHz / inputHz), Resample(inputHz, outputHz, new short[length]).Length);
        }
    }

    [Theory]
    [MemberData(nameof(Rates))]
    public void A_constant_stays_exactly_what_it_is(int inputHz, int outputHz)
    {
        foreach (short level in new short[] { short.MinValue, -1, 1, 12345, short.MaxValue })
        {
            short[] input = new short[40_000];
            Array.Fill(input, level);
            Resampler resampler = new(inputHz, outputHz);
            short[] output = Resample(inputHz, outputHz, input);
            int edge = (int)((long)resampler.LookaheadSamples * outputHz / inputHz) + 1; // the silence before and after reaches so far
            Assert.All(output[edge..^edge], y => Assert.Equal(level, y));
        }
    }

    [Fact]
    public void Equal_rates_pass_through()
    {
        short[] input = SyntheticSignal.Generate(1, 5000);
        foreach (int rateHz in new[] { 8000, 16000, 192000 })
        {
            Assert.Equal(0, new Resampler(rateHz, rateHz).LookaheadSamples);
            Assert.Equal(input, Resample(rateHz, rateHz, input, () => 77, () => 31));
        }
    }

    [Fact]
    public void An_output_comes_as_soon_as_its_lookahead_is_there()
    {
        Resampler resampler = new(48000, 16000);
        short[] output = new short[4];
        Assert.Equal(0, resampler.Process(new short[resampler.LookaheadSamples], output, out _));
        Assert.Equal(1, resampler.Process(new short[1], output, out _));
        Assert.Equal(1, resampler.Process(new short[3], output, out _));
    }

    [Fact]
    public void After_a_reset_the_same_stream_gives_the_same_bits()
    {
        short[] input = SyntheticSignal.Generate(3, 5000);
        Resampler resampler = new(44100, 16000);
        short[] first = new short[1500];
        short[] second = new short[1500];
        int written = resampler.Process(input, first, out _);
        resampler.Reset();
        Assert.Equal(written, resampler.Process(input, second, out _));
        Assert.Equal(first, second);
        _ = resampler.Flush(first);
        Assert.Throws<InvalidOperationException>(() => resampler.Process(input, second, out _));
        resampler.Reset();
        _ = resampler.Process(input, first, out _);
        Assert.Equal(second, first);
    }

    [Theory]
    [InlineData(7999, 16000)]
    [InlineData(192001, 16000)]
    [InlineData(16000, 7999)]
    [InlineData(16000, 48001)]
    public void Rates_out_of_range_are_the_callers_fault(int inputHz, int outputHz) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new Resampler(inputHz, outputHz));

    [Theory]
    [InlineData(44100, 16000)]
    [InlineData(44101, 16000)]
    public void Processing_allocates_nothing(int inputHz, int outputHz)
    {
        Resampler resampler = new(inputHz, outputHz);
        short[] input = new short[10_000];
        short[] output = new short[5000];
        Assert.Equal(0, Sources.AllocatedBy(() =>
        {
            resampler.Process(input, output, out _);
            resampler.Flush(output);
            resampler.Reset();
        }));
    }

    /// <summary>A whole stream, in pieces of any size.</summary>
    internal static short[] Resample(int inputHz, int outputHz, short[] input, Func<int>? inputPiece = null, Func<int>? outputPiece = null)
    {
        Resampler resampler = new(inputHz, outputHz);
        List<short> all = [];
        int start = 0;
        while (start < input.Length)
        {
            short[] output = new short[outputPiece?.Invoke() ?? 4096];
            int piece = Math.Min(inputPiece?.Invoke() ?? input.Length, input.Length - start);
            int written = resampler.Process(input.AsSpan(start, piece), output, out int consumed);
            Assert.True(consumed == piece || written == output.Length);
            all.AddRange(output.AsSpan(0, written));
            start += consumed;
        }

        for (int written = -1; written != 0;)
        {
            short[] output = new short[outputPiece?.Invoke() ?? 4096];
            written = resampler.Flush(output);
            all.AddRange(output.AsSpan(0, written));
        }

        return [.. all];
    }

    /// <summary>
    /// The input, held for sinc pulses under a Kaiser window of 90 dB that reach <paramref name="half"/> samples to each side and
    /// cut at 0.95 of the slower Nyquist frequency, evaluated at each output's own time.
    /// </summary>
    private static double[] SincOracle(int inputHz, int outputHz, short[] input, int half)
    {
        double cutoff = 0.95 * Math.Min(1, (double)outputHz / inputHz);
        double[] output = new double[((input.Length * (long)outputHz) + inputHz - 1) / inputHz];
        for (int n = 0; n < output.Length; n++)
        {
            double time = (double)((decimal)n * inputHz / outputHz);
            double sum = 0;
            double gain = 0;
            for (int i = (int)Math.Floor(time) - half + 1; i <= (int)Math.Floor(time) + half; i++)
            {
                double t = time - i;
                double x = Math.PI * cutoff * t;
                double pulse = (x == 0 ? 1 : Math.Sin(x) / x) * BesselI0(8.95926 * Math.Sqrt(Math.Max(0, 1 - (t / half * (t / half)))));
                gain += pulse;
                sum += i >= 0 && i < input.Length ? pulse * input[i] : 0;
            }

            output[n] = sum / gain;
        }

        return output;
    }

    private static double BesselI0(double x)
    {
        double term = 1;
        double sum = 1;
        for (int k = 1; term > 1e-17 * sum; k++)
        {
            term *= x / (2 * k) * (x / (2 * k));
            sum += term;
        }

        return sum;
    }
}
