using Edge.Inference.Kernels;
using Edge.Numerics;
using Edge.Tests.Kernels;

namespace Edge.Tests.Inference.Operators;

public class DepthwiseConvolutionTests
{
    [Theory]
    [ClassData(typeof(KernelSets))]
    public void Result_is_the_kernels_definition(KernelSet set)
    {
        var random = new Random(1);
        foreach (Window2D window in Windows.Cases.Select(c => c.Window).Concat(Enumerable.Range(0, 60).Select(_ => Windows.Random(random))))
        {
            Check(set, random, window, multiplier: random.Next(1, 4));
        }
    }

    private static void Check(KernelSet set, Random random, Window2D window, int multiplier)
    {
        int channels = window.Channels * multiplier;
        (int zeroPoint, int[] bias, Requantization q) = (random.ZeroPoint(), random.Int32s(channels, 10_000), Channels.Requantization(random, channels));
        sbyte[] weights = random.Int8s(window.Taps * multiplier);
        var file = new EdgeFile();
        int x = file.Arena("x", [1, window.InputHeight, window.InputWidth, window.Channels], zeroPoint);
        int y = file.Arena("y", [1, window.OutputHeight, window.OutputWidth, channels], q.ZeroPoint);
        int w = file.Int8s("w", [window.KernelHeight, window.KernelWidth, channels], weights);
        int b = file.Int32s("b", [channels], bias);
        file.Operator("depthwise-convolution", [x, w, b, file.Requantization("q", q)], y, ConvolutionTests.Attributes(window, q)).Ends(x, y);

        sbyte[] input = random.Int8s(window.InputHeight * window.InputWidth * window.Channels);
        var expected = new sbyte[window.Positions * channels];
        DepthwiseConvolutionS8.Reference(input, zeroPoint, weights, bias, window, q, expected);
        Assert.Equal(expected, file.Run(set, input));
    }
}
