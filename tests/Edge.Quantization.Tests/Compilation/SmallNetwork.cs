using Edge.OnnxRuntime;
using Edge.Quantization.Calibration;
using Edge.Quantization.Compilation;
using Edge.Quantization.Graph;
using Edge.Quantization.Rewriting.Canonical;
using Edge.Quantization.Rewriting.Quantizing;

namespace Edge.Quantization.Tests.Compilation;

/// <summary>A causal DS-CNN of a few layers with random weights, as PyTorch would export it: [1, time, 8] to [1, time / 2, 3].</summary>
internal static class SmallNetwork
{
    public const int Features = 8;
    public const int Classes = 3;

    public static ModelGraph Build(int seed)
    {
        var random = new Random(seed);
        var graph = new ModelGraph { Name = "small" };
        graph.OpsetVersion = 13;
        graph.Inputs.Add(new ValueInfo("features", Graph.ElementType.Float32, [1, "time", Features]));
        graph.Outputs.Add(new ValueInfo("scores", Graph.ElementType.Float32, [1, "steps", Classes]));
        graph.Nodes.Add(new Node("Transpose", ["features"], ["x"]) { Attributes = { ["perm"] = new long[] { 0, 2, 1 } } });
        string value = Convolution(graph, random, "x", "stem", Features, 11, kernel: 4, stride: 2, dilation: 1, group: 1, relu: true);
        string first = Convolution(graph, random, value, "dw1", 11, 11, kernel: 5, stride: 1, dilation: 1, group: 11, relu: true);
        first = Convolution(graph, random, first, "pw1", 11, 11, kernel: 1, stride: 1, dilation: 1, group: 1, relu: false);
        graph.Nodes.Add(new Node("Add", [value, first], ["sum"]));
        graph.Nodes.Add(new Node("Relu", ["sum"], ["residual"]));
        string second = Convolution(graph, random, "residual", "dw2", 11, 11, kernel: 3, stride: 1, dilation: 4, group: 11, relu: true);
        second = Pad(graph, second, 5);
        graph.Nodes.Add(new Node("AveragePool", [second], ["pooled"]) { Attributes = { ["kernel_shape"] = new long[] { 6 } } });
        graph.Nodes.Add(new Node("Concat", ["residual", "pooled"], ["both"]) { Attributes = { ["axis"] = 1L } });
        graph.Nodes.Add(new Node("Transpose", ["both"], ["rows"]) { Attributes = { ["perm"] = new long[] { 0, 2, 1 } } });
        graph.Initializers["head.weight"] = Tensor.Of([22, Classes], Uniform(random, 22 * Classes, 0.6f));
        graph.Initializers["head.bias"] = Tensor.Of([Classes], Uniform(random, Classes, 0.3f));
        graph.Nodes.Add(new Node("MatMul", ["rows", "head.weight"], ["product"]));
        graph.Nodes.Add(new Node("Add", ["product", "head.bias"], ["logits"]));
        graph.Nodes.Add(new Node("Softmax", ["logits"], ["scores"]) { Attributes = { ["axis"] = -1L } });
        return graph;
    }

    /// <summary>Random features of a recording, [1, frames, 8], between 0 and 10 as log energies are.</summary>
    public static OnnxTensor Recording(int seed, int frames)
    {
        var random = new Random(seed);
        var values = new float[frames * Features];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = Math.Max(0, (float)(5 + 4 * Math.Sin(i * 0.01) + random.NextDouble() * 6 - 3));
        }

        return OnnxTensor.Of([1L, frames, Features], values);
    }

    public static ModelGraph Quantize(ModelGraph graph, QuantizeOptions? options = null)
    {
        Cleanup.Apply(graph);
        IEnumerable<IReadOnlyDictionary<string, OnnxTensor>> samples =
            Enumerable.Range(0, 8).Select(i => new Dictionary<string, OnnxTensor> { ["features"] = Recording(100 + i, 64) });
        return Quantizer.Apply(graph, ActivationCollector.MinMax(graph, samples), options);
    }

    private static string Convolution(
        ModelGraph graph, Random random, string input, string name, int from, int to, int kernel, int stride, int dilation, int group, bool relu)
    {
        int past = (kernel - 1) * dilation + 1 - stride;
        input = past > 0 ? Pad(graph, input, past) : input;
        int inner = from / group * kernel;
        graph.Initializers[$"{name}.weight"] = Tensor.Of([to, from / group, kernel], Uniform(random, to * inner, 1.5f / MathF.Sqrt(inner)));
        graph.Initializers[$"{name}.bias"] = Tensor.Of([to], Uniform(random, to, 0.5f));
        graph.Nodes.Add(new Node("Conv", [input, $"{name}.weight", $"{name}.bias"], [name])
        {
            Attributes =
            {
                ["kernel_shape"] = new long[] { kernel }, ["strides"] = new long[] { stride }, ["dilations"] = new long[] { dilation },
                ["group"] = (long)group, ["pads"] = new long[] { 0, 0 },
            },
        });
        if (!relu)
        {
            return name;
        }

        graph.Nodes.Add(new Node("Relu", [name], [$"{name}.relu"]));
        return $"{name}.relu";
    }

    private static string Pad(ModelGraph graph, string input, int frames)
    {
        graph.Initializers[$"{input}.pads"] = Tensor.Vector(0, 0, frames, 0, 0, 0);
        graph.Nodes.Add(new Node("Pad", [input, $"{input}.pads"], [$"{input}.padded"]));
        return $"{input}.padded";
    }

    private static float[] Uniform(Random random, int count, float limit) =>
        [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() * 2 - 1) * limit)];
}
