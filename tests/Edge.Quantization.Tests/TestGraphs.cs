using Edge.OnnxRuntime;
using Edge.Quantization.Graph;

namespace Edge.Quantization.Tests;

/// <summary>Small graphs, and the native library where it is there.</summary>
internal static class TestGraphs
{
    /// <summary>Skips the calling test, with the reason, where ONNX Runtime's native library is absent.</summary>
    public static void RequireOnnxRuntime() => Assert.SkipUnless(OnnxRuntimeLibrary.TryLoad(out string? problem), problem ?? "");

    /// <summary>x [batch, 2, 5] -> Conv (2 to 3 channels, kernel 3) -> Relu -> ReduceMean over time -> y [batch, 3].</summary>
    public static ModelGraph Convolution()
    {
        var graph = new ModelGraph
        {
            Name = "convolution",
            Metadata = { ["labels"] = "a,b,c" },
            Inputs = { new ValueInfo("x", ElementType.Float32, ["batch", 2, 5]) },
            Outputs = { new ValueInfo("y", ElementType.Float32, ["batch", 3]) },
            Initializers =
            {
                ["w"] = Tensor.Of([3, 2, 3], Enumerable.Range(0, 18).Select(i => (i - 9) / 8f).ToArray()),
                ["b"] = Tensor.Of([3], [0.5f, -0.25f, 0]),
            },
            Nodes =
            {
                new Node("Conv", ["x", "w", "b"], ["conv"], "c1")
                {
                    Attributes = { ["kernel_shape"] = new long[] { 3 }, ["pads"] = new long[] { 1, 1 }, ["auto_pad"] = "NOTSET" },
                },
                new Node("Relu", ["conv"], ["relu"], "r1"),
                new Node("ReduceMean", ["relu"], ["y"], "m1") { Attributes = { ["axes"] = new long[] { 2 }, ["keepdims"] = 0 } },
            },
        };
        return graph;
    }

    /// <summary>An input for <see cref="Convolution"/>: a batch of one.</summary>
    public static Dictionary<string, OnnxTensor> ConvolutionInput(params float[] values) =>
        new() { ["x"] = OnnxTensor.Of([values.Length / 10, 2, 5], values) };

    /// <summary>Elements i/scale - 1, i from 0.</summary>
    public static float[] Ramp(int count, float scale) => [.. Enumerable.Range(0, count).Select(i => i / scale - 1)];
}
