using System.Text.Json.Nodes;
using Edge.Inference.Kernels;
using Edge.Numerics;
using Edge.Tests.Kernels;

namespace Edge.Tests.Inference.Operators;

public class PoolTests
{
    [Theory]
    [ClassData(typeof(KernelSets))]
    public void Results_are_the_kernels_definitions(KernelSet set)
    {
        var random = new Random(1);
        for (int round = 0; round < 50; round++)
        {
            Window2D window = Windows.Random(random, pooling: true);
            sbyte[] input = random.Int8s(window.InputHeight * window.InputWidth * window.Channels);
            var expected = new sbyte[window.Positions * window.Channels];
            var division = new PoolDivision(random.Rounding(), random.ZeroPoint());
            PoolS8.AverageReference(input, window, division, -128, 127, expected);
            Assert.Equal(expected, File("average-pool", window, division).Run(set, input));
            PoolS8.MaximumReference(input, window, -128, 127, expected);
            Assert.Equal(expected, File("max-pool", window).Run(set, input));
        }
    }

    [Fact]
    public void A_window_in_the_padding_altogether_is_a_fault()
    {
        EdgeFile file = File("average-pool", Windows.Make(4, 1, 1, 2, 1, padTop: 2));
        Assert.Contains(file.Faults(), f => f.Contains("padding altogether", StringComparison.Ordinal));
    }

    [Fact]
    public void Another_scale_behind_the_pool_is_a_fault()
    {
        EdgeFile file = File("max-pool", Windows.Make(4, 1, 1, 2, 1));
        file.Plan["tensors"]![1]!["scale"] = 0.2;
        Assert.Contains(file.Faults(), f => f.Contains("'x' and 'y' with different scale", StringComparison.Ordinal));
    }

    private static EdgeFile File(string kind, Window2D window, PoolDivision division = default)
    {
        var file = new EdgeFile { Rounding = division.Rounding };
        int x = file.Arena("x", [1, window.InputHeight, window.InputWidth, window.Channels], division.ZeroPoint);
        int y = file.Arena("y", [1, window.OutputHeight, window.OutputWidth, window.Channels], division.ZeroPoint);
        JsonObject attributes = ConvolutionTests.Attributes(window);
        (attributes["kernelHeight"], attributes["kernelWidth"]) = (window.KernelHeight, window.KernelWidth);
        return file.Operator(kind, [x], y, attributes).Ends(x, y);
    }
}
