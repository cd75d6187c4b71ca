using System.Numerics;
using Edge.Inference.Kernels;
using Edge.Numerics;

namespace Edge.Tests.Kernels;

public class DepthwiseConvolutionS8Tests
{
    public static IEnumerable<TheoryDataRow<KernelSet, string>> Variants =>
        from set in (KernelSet[])[KernelSet.Vector128, KernelSet.Avx2, KernelSet.Avx512]
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
        window = window with { Channels = Lanes(set) + window.Channels }; // a block, and a second that overlaps it
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
    [InlineData(KernelSet.Avx512)]
    public void Variants_give_the_bits_of_the_reference_for_random_windows(KernelSet set)
    {
        Patterns.Require(set);
        var random = new Random(2);
        for (int round = 0; round < 200; round++)
        {
            Window2D window = Windows.Random(random) with { Channels = Lanes(set) + random.Next(3 * Lanes(set)) };
            Compare(new Case(random, window, Pattern.Random, Pattern.Random, 1), set);
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

    [Theory]
    [InlineData(KernelSet.Avx2)]
    [InlineData(KernelSet.Avx512)]
    public void Variants_of_x86_take_weights_of_minus_128(KernelSet set)
    {
        Patterns.Require(set);
        Window2D window = Windows.Make(5, 4, Lanes(set) + 1, 3, 3, padTop: 1, padBottom: 1);
        Compare(new Case(new Random(3), window, Pattern.AllMin, Pattern.AllMin, 1) { Weights = new Random(3).Int8s(window.Taps, Pattern.AllMin) }, set);
    }

    private static int Lanes(KernelSet set) => set switch
    {
        KernelSet.Vector128 => DepthwiseConvolutionS8.LanesVector128,
        KernelSet.Avx2 => DepthwiseConvolutionS8.LanesAvx2,
        _ => DepthwiseConvolutionS8.LanesAvx512,
    };

    private static void Compare(Case c, KernelSet set)
    {
        PackedDepthwise packed = set == KernelSet.Vector128
            ? PackedDepthwise.CreateTapByTap(c.Weights, c.Bias, c.Window, c.ZeroPoint, c.Requantization, Lanes(set))
            : PackedDepthwise.CreateInterleaved(c.Weights, c.Bias, c.Window, c.ZeroPoint, c.Requantization, Lanes(set));
        var output = new sbyte[c.OutputLength + 64];
        output.AsSpan().Fill(77);
        var scratch = new byte[PackedDepthwise.ScratchBytes(c.Window)];
        scratch.AsSpan().Fill(0x5a);
        Span<sbyte> own = output.AsSpan(0, c.OutputLength);
        switch (set)
        {
            case KernelSet.Vector128:
                DepthwiseConvolutionS8.RunVector128(packed, c.Input, own, scratch);
                break;
            case KernelSet.Avx2:
                DepthwiseConvolutionS8.RunAvx2(packed, c.Input, own, scratch);
                break;
            default:
                DepthwiseConvolutionS8.RunAvx512(packed, c.Input, own, scratch);
                break;
        }

        Assert.Equal(c.Reference(), output[..c.OutputLength]);
        Assert.All(output[c.OutputLength..], value => Assert.Equal(77, value));
    }

    private sealed class Case(Random random, Window2D window, Pattern values, Pattern weights, int multiplier)
    {
        public Window2D Window => window;

        public sbyte[] Input { get; } = random.Int8s(window.InputHeight * window.InputWidth * window.Channels, values);

        public int ZeroPoint { get; } = random.ZeroPoint();

        public sbyte[] Weights { get; init; } = random.Weights(window.Taps * multiplier, weights);

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
