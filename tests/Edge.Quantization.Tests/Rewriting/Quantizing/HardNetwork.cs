using Edge.OnnxRuntime;
using Edge.Quantization.Calibration;
using Edge.Quantization.Graph;

namespace Edge.Quantization.Tests.Rewriting.Quantizing;

/// <summary>A small network with one layer of every form, with or without outlier channels between its layers, and samples for it.</summary>
internal static class HardNetwork
{
    private const int Features = 6;
    private const int Channels = 12;

    /// <summary>x [1, 6, time] -> Conv, ReLU -> depthwise Conv, ReLU -> MaxPool -> Conv -> Transpose -> MatMul, Add, ReLU -> mean over time -> Gemm -> y [1, 4].</summary>
    /// <param name="outlier">Factor of every fourth channel behind the first and the second layer; the network computes the same for every factor.</param>
    public static ModelGraph Build(float outlier = 1)
    {
        var random = new Random(5);
        ModelGraph graph = new() { Name = "hard", OpsetVersion = 20, Inputs = { new("x", Graph.ElementType.Float32, [1, Features, "time"]) } };
        graph.Outputs.Add(new("y", Graph.ElementType.Float32, [1, 4]));
        Set("w1", [Channels, Features, 3], i => Factor(i / (Features * 3)));
        Set("b1", [Channels], Factor);
        Set("w2", [Channels, 1, 3], _ => 1); // what comes in as an outlier goes out as one
        Set("b2", [Channels], Factor);
        Set("w3", [Channels, Channels, 1], i => 1 / Factor(i % Channels));
        Set("w4", [Channels, Channels], _ => 1);
        Set("b4", [Channels], _ => 1);
        Set("w5", [4, Channels], _ => 1);
        Set("b5", [4], _ => 1);
        graph.Initializers["axes"] = Tensor.Vector(1);
        graph.Nodes.Add(new Node("Conv", ["x", "w1", "b1"], ["c1"]) { Attributes = { ["pads"] = new long[] { 1, 1 } } });
        graph.Nodes.Add(new Node("Relu", ["c1"], ["r1"]));
        graph.Nodes.Add(new Node("Conv", ["r1", "w2", "b2"], ["c2"]) { Attributes = { ["pads"] = new long[] { 2, 2 }, ["dilations"] = new long[] { 2 }, ["group"] = (long)Channels } });
        graph.Nodes.Add(new Node("Relu", ["c2"], ["r2"]));
        graph.Nodes.Add(new Node("MaxPool", ["r2"], ["p2"]) { Attributes = { ["kernel_shape"] = new long[] { 2 } } });
        graph.Nodes.Add(new Node("Conv", ["p2", "w3"], ["c3"]));
        graph.Nodes.Add(new Node("Transpose", ["c3"], ["t3"]) { Attributes = { ["perm"] = new long[] { 0, 2, 1 } } });
        graph.Nodes.Add(new Node("MatMul", ["t3", "w4"], ["m4"]));
        graph.Nodes.Add(new Node("Add", ["m4", "b4"], ["a4"]));
        graph.Nodes.Add(new Node("Relu", ["a4"], ["r4"]));
        graph.Nodes.Add(new Node("ReduceMean", ["r4", "axes"], ["mean"]) { Attributes = { ["keepdims"] = 0 } });
        graph.ValueInfos["r4"] = new ValueInfo("r4", Graph.ElementType.Float32, [1, "half", Channels]);
        graph.Nodes.Add(new Node("Gemm", ["mean", "w5", "b5"], ["y"]) { Attributes = { ["transB"] = 1 } });
        return graph;

        float Factor(int channel) => channel % 4 == 1 ? outlier : 1;

        void Set(string name, long[] dims, Func<int, float> factor)
        {
            int count = (int)dims.Aggregate(1L, (product, dim) => product * dim);
            float size = 1.5f / MathF.Sqrt(dims.Length > 1 ? count / dims[0] : 4);
            graph.Initializers[name] = Tensor.Of(dims, [.. Enumerable.Range(0, count).Select(i => (float)(random.NextDouble() * 2 - 0.9) * size * factor(i))]);
        }
    }

    /// <summary>Samples of correlated features, as neighbouring bands and frames of sound are.</summary>
    public static IReadOnlyList<CalibrationSample> Samples(int count, int seed = 0) => [.. Enumerable.Range(0, count).Select(index =>
    {
        const int Frames = 20;
        var random = new Random(1000 * seed + index);
        var values = new float[Features * Frames];
        float level = 0;
        for (int t = 0; t < Frames; t++)
        {
            level = 0.7f * level + (float)random.NextDouble();
            for (int f = 0; f < Features; f++)
            {
                values[f * Frames + t] = level * (1 + 0.2f * f) + (float)random.NextDouble() * 0.5f;
            }
        }

        return new CalibrationSample($"sample {index}", new Dictionary<string, OnnxTensor> { ["x"] = OnnxTensor.Of([1, Features, Frames], values) });
    })];
}
