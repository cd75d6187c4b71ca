using System.Numerics;
using Edge.Inference.Kernels;
using Edge.Numerics;

namespace Edge.Tests.Kernels;

public class DepthwiseConvolutionS8Tests
{
    public static IEnumerable<TheoryDataRow<KernelSet, string>> Variants =>
        from set in (KernelSet[])[KernelSet.Vector128, KernelSet.Avx2]
        from window in Windows.Cases
        select new TheoryDataRow<KernelSet, string>(set, window.Name);

    public static IEnumerable<TheoryDataRow<string, int>> Multiplied =>
        from window in Windows.Cases
        from multiplier in (int[])[1, 2, 3]
        select new TheoryDataRow<string, int>(window.Name, multiplier);

    [Theory]
    [MemberData(nameof(Variants))]
    public void Variants_give_the_bits_of_the_reference(KernelSet set, string name)
    {
        Patterns.Require(set);
        var random = new Random(1);
        Window2D window = Windows.Cases.Single(c => c.Name == name).Window;
        foreach (Pattern values in Patterns.All)
        {
            foreach (Pattern weights in Patterns.All)
            {
                Compare(new Case(random, window, values, weights, 1), set);
            }
        }
    }

    [Theory]
    [InlineData(KernelSet.Vector128)]
    [InlineData(KernelSet.Avx2)]
    public void Variants_give_the_bits_of_the_reference_for_random_windows(KernelSet set)
    {
        Patterns.Require(set);
        var random = new Random(2);
        for (int round = 0; round < 400; round++)
        {
            Compare(new Case(random, Windows.Random(random), Pattern.Random, Pattern.Random, 1), set);
        }
    }

    [Theory]
    [MemberData(nameof(Multiplied))]
    public void Reference_is_the_specification_in_exact_arithmetic(string name, int multiplier)
    {
        Window2D window = Windows.Cases.Single(c => c.Name == name).Window;
        var c = new Case(new Random(multiplier), window, Pattern.Random, Pattern.Random, multiplier);
        sbyte[] output = c.Reference();
        for (int i = 0; i < output.Length; i++)
        {
            (int position, int o) = (i / c.Bias.Length, i % c.Bias.Length);
            BigInteger sum = c.Bias[o] + c.Products(position / window.OutputWidth, position % window.OutputWidth, o);
            Requantization q = c.Requantization;
            Assert.Equal(Oracle.Requantize(Oracle.Wrap(sum), q.Multipliers[o], q.Shifts[o], q.ZeroPoint, q.ActivationMin, q.ActivationMax, q.Rounding), output[i]);
        }
    }

    private static void Compare(Case c, KernelSet set)
    {
        var output = new sbyte[c.OutputLength];
        output.AsSpan().Fill(77);
        if (set == KernelSet.Vector128)
        {
            DepthwiseConvolutionS8.RunVector128(c.Input, c.ZeroPoint, c.Weights, c.Bias, c.Window, c.Requantization, output);
        }
        else
        {
            DepthwiseConvolutionS8.RunAvx2(c.Input, c.ZeroPoint, c.Weights, c.Bias, c.Window, c.Requantization, output);
        }

        Assert.Equal(c.Reference(), output);
    }

    private sealed class Case(Random random, Window2D window, Pattern values, Pattern weights, int multiplier)
    {
        public Window2D Window => window;

        public sbyte[] Input { get; } = random.Int8s(window.InputHeight * window.InputWidth * window.Channels, values);

        public int ZeroPoint { get; } = random.ZeroPoint();

        public sbyte[] Weights { get; } = random.Int8s(window.Taps * multiplier, weights); // -128 too: the products must stand it

        public int[] Bias { get; } = random.Int32s(window.Channels * multiplier, random.Next(4) == 0 ? int.MaxValue : 20_000);

        public Requantization Requantization { get; } = Channels.Requantization(random, window.Channels * multiplier);

        public int OutputLength => window.Positions * Bias.Length;

        public sbyte[] Reference()
        {
            var output = new sbyte[OutputLength];
            DepthwiseConvolutionS8.Reference(Input, ZeroPoint, Weights, Bias, window, Requantization, output);
            return output;
        }

        public BigInteger Products(int y, int x, int o)
        {
            BigInteger sum = 0;
            for (int tap = 0; tap < window.KernelHeight * window.KernelWidth; tap++)
            {
                int row = y * window.StrideHeight + tap / window.KernelWidth * window.DilationHeight - window.PadTop;
                int column = x * window.StrideWidth + tap % window.KernelWidth * window.DilationWidth - window.PadLeft;
                bool inside = row >= 0 && row < window.InputHeight && column >= 0 && column < window.InputWidth;
                int value = inside ? Input[(row * window.InputWidth + column) * window.Channels + o / multiplier] : ZeroPoint;
                sum += (BigInteger)(value - ZeroPoint) * Weights[tap * Bias.Length + o];
            }

            return sum;
        }
    }
}
