using System.Text.Json.Nodes;
using Edge.Inference.Kernels;
using Edge.Numerics;
using Edge.Tests.Kernels;

namespace Edge.Tests.Inference.Operators;

public class ConvolutionTests
{
    [Theory]
    [ClassData(typeof(KernelSets))]
    public void Result_is_the_kernels_definition(KernelSet set)
    {
        var random = new Random(1);
        foreach (Window2D window in Windows.Cases.Select(c => c.Window).Concat(Enumerable.Range(0, 60).Select(_ => Windows.Random(random))))
        {
            int channels = random.Next(1, 40);
            Check(set, random, window, random.Weights(channels * window.Taps), channels);
        }
    }

    [Theory]
    [ClassData(typeof(KernelSets))]
    public void Weights_of_minus_128_are_computed_right_by_every_set(KernelSet set)
    {
        Window2D window = Windows.Make(5, 1, 32, 3, 1);
        Check(set, new Random(2), window, new Random(2).Int8s(17 * window.Taps, Pattern.AllMin), 17);
    }

    /// <summary>The attributes of a window; padding behind it is what the output's extent needs.</summary>
    internal static JsonObject Attributes(Window2D w, Requantization? q = null)
    {
        var attributes = new JsonObject
        {
            ["strideHeight"] = w.StrideHeight, ["strideWidth"] = w.StrideWidth, ["dilationHeight"] = w.DilationHeight, ["dilationWidth"] = w.DilationWidth,
            ["padTop"] = w.PadTop, ["padLeft"] = w.PadLeft,
            ["padBottom"] = Behind(w.InputHeight + w.PadTop, w.KernelHeight, w.DilationHeight, w.StrideHeight, w.OutputHeight),
            ["padRight"] = Behind(w.InputWidth + w.PadLeft, w.KernelWidth, w.DilationWidth, w.StrideWidth, w.OutputWidth),
        };
        if (q is not null)
        {
            (attributes["activationMin"], attributes["activationMax"]) = (q.ActivationMin, q.ActivationMax);
        }

        return attributes;
    }

    private static void Check(KernelSet set, Random random, Window2D window, sbyte[] weights, int channels)
    {
        (int zeroPoint, int[] bias, Requantization q) = (random.ZeroPoint(), random.Int32s(channels, 30_000), Channels.Requantization(random, channels));
        var file = new EdgeFile();
        int x = file.Arena("x", [1, window.InputHeight, window.InputWidth, window.Channels], zeroPoint);
        int y = file.Arena("y", [1, window.OutputHeight, window.OutputWidth, channels], q.ZeroPoint);
        int w = file.Int8s("w", [channels, window.KernelHeight, window.KernelWidth, window.Channels], weights);
        file.Operator("convolution", [x, w, file.Int32s("b", [channels], bias), file.Requantization("q", q)], y, Attributes(window, q)).Ends(x, y);

        sbyte[] input = random.Int8s(window.InputHeight * window.InputWidth * window.Channels);
        var expected = new sbyte[window.Positions * channels];
        ConvolutionS8.Reference(input, zeroPoint, weights, bias, window, q, expected);
        Assert.Equal(expected, file.Run(set, input));
    }

    private static int Behind(int before, int kernel, int dilation, int stride, int output) =>
        Math.Max(0, (output - 1) * stride + (kernel - 1) * dilation + 1 - before);
}
