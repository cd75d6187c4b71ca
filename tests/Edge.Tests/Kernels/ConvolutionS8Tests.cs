using System.Numerics;
using Edge.Inference.Kernels;

namespace Edge.Tests.Kernels;

public class ConvolutionS8Tests
{
    public static IEnumerable<TheoryDataRow<string>> Variants => MatrixKernels.Names.Select(name => new TheoryDataRow<string>(name));

    public static IEnumerable<TheoryDataRow<string>> Cases => Windows.Cases.Select(c => new TheoryDataRow<string>(c.Name));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Reference_is_the_specification_in_exact_arithmetic(string name)
    {
        var random = new Random(1);
        Window2D window = Windows.Cases.Single(c => c.Name == name).Window;
        foreach (Pattern values in Patterns.All)
        {
            Check(random, window, values, outputChannels: 3);
        }
    }

    [Fact]
    public void Reference_is_the_specification_for_random_windows()
    {
        var random = new Random(2);
        for (int round = 0; round < 60; round++)
        {
            Check(random, Windows.Random(random), Pattern.Random, random.Next(1, 4));
        }
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void Variants_give_the_bits_of_the_reference(string name)
    {
        MatrixKernels.Require(name);
        var random = new Random(4);
        foreach (Window2D window in Windows.Cases.Select(c => c.Window).Concat(Enumerable.Range(0, 300).Select(_ => Windows.Random(random))))
        {
            int channels = random.Next(1, 40);
            var c = new Case(random, window, Patterns.All[random.Next(Patterns.All.Length)], channels) { Weights = random.Weights(channels * window.Taps) };
            Assert.Equal(c.Reference(), MatrixKernels.Run(name, window, c.Input, c.ZeroPoint, c.Weights, c.Bias, c.Requantization));
        }
    }

    [Fact]
    public void A_gathered_window_times_the_weights_is_the_convolution()
    {
        var random = new Random(3);
        IEnumerable<Window2D> windows = Windows.Cases.Select(c => c.Window).Concat(Enumerable.Range(0, 100).Select(_ => Windows.Random(random)));
        foreach (Window2D window in windows)
        {
            var c = new Case(random, window, Pattern.Random, random.Next(1, 20));
            int[] folded = MatrixS8.FoldZeroPoint(c.Bias, c.Weights, window.Taps, c.ZeroPoint);
            var output = new sbyte[window.Positions * c.Bias.Length];
            var taps = new sbyte[window.Taps];
            for (int position = 0; position < window.Positions; position++)
            {
                ConvolutionS8.Gather(c.Input, (sbyte)c.ZeroPoint, window, position / window.OutputWidth, position % window.OutputWidth, taps);
                MatrixS8.Reference(taps, 1, window.Taps, c.Weights, folded, c.Requantization, output.AsSpan(position * c.Bias.Length, c.Bias.Length));
            }

            Assert.Equal(c.Reference(), output);
        }
    }

    private static void Check(Random random, Window2D window, Pattern values, int outputChannels)
    {
        var c = new Case(random, window, values, outputChannels);
        sbyte[] output = c.Reference();
        for (int i = 0; i < output.Length; i++)
        {
            (int position, int o) = (i / outputChannels, i % outputChannels);
            BigInteger sum = c.Bias[o] + c.Products(position / window.OutputWidth, position % window.OutputWidth, o);
            Requantization q = c.Requantization;
            Assert.Equal(Oracle.Requantize(Oracle.Wrap(sum), q.Multipliers[o], q.Shifts[o], q.ZeroPoint, q.ActivationMin, q.ActivationMax, q.Rounding), output[i]);
        }
    }

    private sealed class Case(Random random, Window2D window, Pattern values, int outputChannels)
    {
        public sbyte[] Input { get; } = random.Int8s(window.InputHeight * window.InputWidth * window.Channels, values);

        public int ZeroPoint { get; } = random.ZeroPoint();

        public sbyte[] Weights { get; init; } = random.Int8s(outputChannels * window.Taps, Patterns.All[random.Next(Patterns.All.Length)]);

        public int[] Bias { get; } = random.Int32s(outputChannels, random.Next(4) == 0 ? int.MaxValue : 50_000);

        public Requantization Requantization { get; } = Channels.Requantization(random, outputChannels);

        public sbyte[] Reference()
        {
            var output = new sbyte[window.Positions * Bias.Length];
            ConvolutionS8.Reference(Input, ZeroPoint, Weights, Bias, window, Requantization, output);
            return output;
        }

        /// <summary>Σ (x − z)·w over a padded copy of the input, whose padding is the zero point itself.</summary>
        public BigInteger Products(int y, int x, int o)
        {
            BigInteger sum = 0;
            for (int tap = 0; tap < window.Taps; tap++)
            {
                int channel = tap % window.Channels;
                int column = x * window.StrideWidth + tap / window.Channels % window.KernelWidth * window.DilationWidth - window.PadLeft;
                int row = y * window.StrideHeight + tap / window.Channels / window.KernelWidth * window.DilationHeight - window.PadTop;
                bool inside = row >= 0 && row < window.InputHeight && column >= 0 && column < window.InputWidth;
                int value = inside ? Input[(row * window.InputWidth + column) * window.Channels + channel] : ZeroPoint;
                sum += (BigInteger)(value - ZeroPoint) * Weights[o * window.Taps + tap];
            }

            return sum;
        }
    }
}
