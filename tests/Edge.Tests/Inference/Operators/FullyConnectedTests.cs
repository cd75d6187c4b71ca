using Edge.Inference.Kernels;
using Edge.Numerics;
using Edge.Tests.Kernels;

namespace Edge.Tests.Inference.Operators;

public class FullyConnectedTests
{
    [Theory]
    [ClassData(typeof(KernelSets))]
    public void Result_is_the_kernels_definition(KernelSet set)
    {
        var random = new Random(1);
        for (int round = 0; round < 60; round++)
        {
            (int rows, int depth, int channels) = (random.Next(1, 7), random.Next(1, 70), random.Next(1, 40));
            (int zeroPoint, int[] bias, Requantization q) = (random.ZeroPoint(), random.Int32s(channels, 50_000), Channels.Requantization(random, channels));
            sbyte[] weights = random.Weights(channels * depth);
            var file = new EdgeFile();
            int x = file.Arena("x", [1, rows, depth], zeroPoint);
            int y = file.Arena("y", [1, rows, channels], q.ZeroPoint);
            int[] inputs = [x, file.Int8s("w", [channels, depth], weights), file.Int32s("b", [channels], bias), file.Requantization("q", q)];
            file.Operator("fully-connected", inputs, y, new() { ["activationMin"] = q.ActivationMin, ["activationMax"] = q.ActivationMax }).Ends(x, y);

            sbyte[] input = random.Int8s(rows * depth);
            var expected = new sbyte[rows * channels];
            MatrixS8.Reference(input, rows, depth, weights, MatrixS8.FoldZeroPoint(bias, weights, depth, zeroPoint), q, expected);
            Assert.Equal(expected, file.Run(set, input));
        }
    }
}
