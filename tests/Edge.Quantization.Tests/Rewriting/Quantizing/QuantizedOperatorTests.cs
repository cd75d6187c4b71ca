using Edge.OnnxRuntime;
using Edge.Quantization.Calibration;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Onnx;
using Edge.Quantization.Rewriting.Canonical;
using Edge.Quantization.Rewriting.Quantizing;

namespace Edge.Quantization.Tests.Rewriting.Quantizing;

/// <summary>Graphs with every kind of operator: the quantized form must load in ONNX Runtime and stay near the float one.</summary>
public class QuantizedOperatorTests
{
    private static readonly QuantizeOptions Wide = new() { ActivationBits = 16 };
    private static readonly QuantizeOptions Narrow = new() { WeightBits = 4 };
    private static readonly QuantizeOptions PerTensor = new() { PerChannelWeights = false };

    [Fact]
    public void Attention_stays_near_the_float_graph()
    {
        ModelGraph graph = Attention();
        double eight = Noise(graph, new QuantizeOptions()), sixteen = Noise(graph, Wide), four = Noise(graph, Narrow), tensor = Noise(graph, PerTensor);
        TestContext.Current.TestOutputHelper?.WriteLine($"noise: 8 bits {eight:F4}, values of 16 bits {sixteen:F4}, weights of 4 bits {four:F4}, per tensor {tensor:F4}");
        Assert.InRange(eight, 0, 0.02);
        Assert.InRange(sixteen, 0, eight);
        Assert.InRange(four, eight, 0.2);
        Assert.InRange(tensor, 0, 0.04);
    }

    [Fact]
    public void Products_of_activations_and_layer_norm_are_quantized_on_both_sides()
    {
        ModelGraph quantized = Quantize(Attention(), new QuantizeOptions());

        Node product = quantized.Nodes.Single(node => node.Outputs.Contains("products"));
        Assert.All(product.Inputs, input => Assert.Equal("DequantizeLinear", quantized.ProducerOf(input)!.OpType));
        Assert.Equal("QuantizeLinear", Assert.Single(quantized.ConsumersOf("products")).OpType);
        Node norm = quantized.Nodes.Single(node => node.OpType == "LayerNormalization");
        Assert.Equal(["x.dequantized", "gamma", "beta"], norm.Inputs);
        Assert.Equal(17, quantized.OpsetVersion);
    }

    [Fact]
    public void Every_output_of_a_split_shares_the_quantization_of_its_input()
    {
        ModelGraph quantized = Quantize(Attention(), new QuantizeOptions());

        float scale = quantized.Initializers["qkv.scale"].ToFloats()[0];
        Assert.All(["q", "k", "kt", "v"], value => Assert.Equal(scale, quantized.Initializers[$"{value}.scale"].ToFloats()[0]));
    }

    [Fact]
    public void An_output_that_nodes_read_too_keeps_its_name_and_is_what_they_read()
    {
        ModelGraph quantized = Quantize(Attention(), new QuantizeOptions());

        Assert.Equal("hidden", quantized.Nodes.Single(node => node.OpType == "Gather").Inputs[0]);
        Assert.Equal("hidden.int8", quantized.ProducerOf("hidden")!.Inputs[0]);
    }

    [Fact]
    public void Four_bit_weights_are_int4_constants_from_minus_7_to_7()
    {
        ModelGraph quantized = Quantize(Attention(), new QuantizeOptions { LayerWeightBits = new Dictionary<string, int> { ["y"] = 4 } });

        Tensor weights = quantized.Initializers["head.int4"];
        Assert.Equal(Graph.ElementType.Int4, weights.ElementType);
        Assert.InRange(weights.ToInts().Max(Math.Abs), 5, 7);
        Assert.Equal(Graph.ElementType.Int8, quantized.Initializers["wqkv.int8"].ElementType);
    }

    [Fact]
    public void Moves_constants_and_shape_computations_stay_near_the_float_graph()
    {
        ModelGraph graph = Moves();
        Assert.InRange(Noise(graph, new QuantizeOptions()), 0, 0.03);
        Assert.InRange(Noise(graph, Wide), 0, 0.015); // the constants stay int8
    }

    [Fact]
    public void Shape_computations_stay_as_they_are()
    {
        ModelGraph quantized = Quantize(Moves(), new QuantizeOptions());

        Assert.Equal(["shape"], quantized.Nodes.Single(node => node.OpType == "Gather" && node.Outputs[0] == "frames").Inputs.Take(1));
        Assert.DoesNotContain(quantized.Nodes, node => node.OpType == "QuantizeLinear" && node.Inputs[0] is "shape" or "frames" or "target");
    }

    [Fact]
    public void Nothing_within_a_function_of_one_value_is_quantized()
    {
        ModelGraph quantized = Quantize(Attention(), new QuantizeOptions());

        Assert.Equal(["Mul"], quantized.ConsumersOf("gate").Select(node => node.OpType));
        Assert.Equal(["Add"], quantized.ConsumersOf("swish").Select(node => node.OpType));
        Assert.Contains("root", quantized.Nodes.Single(node => node.OpType == "Div").Inputs);
        Assert.Contains("hidden.int8", quantized.Nodes.SelectMany(node => node.Outputs));
    }

    [Fact]
    public void Two_thousand_nodes_are_quantized_like_a_few()
    {
        ModelGraph graph = new() { Inputs = { new("x0", Graph.ElementType.Float32, [1, 4]) }, Outputs = { new("x2000", Graph.ElementType.Float32, [1, 4]) } };
        graph.Initializers["w"] = Tensor.Of([4, 4], TestGraphs.Ramp(16, 8));
        for (int i = 0; i < 2000; i++)
        {
            graph.Nodes.Add(new Node("MatMul", [$"x{i}", "w"], [$"x{i + 1}"]));
        }

        Dictionary<string, (float, float)> ranges = Enumerable.Range(0, 2001).ToDictionary(i => $"x{i}", _ => (-1f, 1f));
        Assert.Equal(2000 * 4 + 2, Quantizer.Apply(graph, ranges).Nodes.Count);
    }

    private static ModelGraph Quantize(ModelGraph graph, QuantizeOptions options)
    {
        TestGraphs.RequireOnnxRuntime();
        return Quantizer.Apply(graph, ActivationCollector.MinMax(graph, Samples()), options);
    }

    /// <summary>Root of the outputs' squared differences over their squares.</summary>
    private static double Noise(ModelGraph graph, QuantizeOptions options)
    {
        // As users open it: on x86 ONNX Runtime 1.27 breaks graphs of operator set 21 where it can fuse a MatMul and an Add of three dimensions.
        TestGraphs.RequireOnnxRuntime();
        ShapeInference.Apply(graph);
        using OnnxSession quantized = OnnxSession.Open(OnnxWriter.Write(Quantize(graph, options)), new() { Optimization = OnnxOptimization.All });
        using OnnxSession real = OnnxSession.Open(OnnxWriter.Write(graph));
        (double noise, double signal) = (0, 0);
        foreach (Dictionary<string, OnnxTensor> sample in Samples())
        {
            IReadOnlyDictionary<string, OnnxTensor> expected = real.Run(sample), actual = quantized.Run(sample);
            foreach ((string name, OnnxTensor tensor) in expected)
            {
                noise += tensor.Elements<float>().Zip(actual[name].Elements<float>()).Sum(pair => Math.Pow(pair.First - pair.Second, 2));
                signal += tensor.Elements<float>().Sum(value => (double)value * value);
            }
        }

        return Math.Sqrt(noise / signal);
    }

    private static IEnumerable<Dictionary<string, OnnxTensor>> Samples() => Enumerable.Range(0, 6).Select(seed =>
    {
        var random = new Random(seed);
        return new Dictionary<string, OnnxTensor> { ["x"] = OnnxTensor.Of([1, 5, 8], Uniform(random, 40)) };
    });

    /// <summary>x [1, 5, 8] through one attention head with a residual ("hidden"), then its first row to 3 scores.</summary>
    private static ModelGraph Attention()
    {
        var random = new Random(7);
        ModelGraph graph = new() { OpsetVersion = 17, Inputs = { new("x", Graph.ElementType.Float32, [1, 5, 8]) } };
        graph.Outputs.Add(new("hidden", Graph.ElementType.Float32, [1, 5, 8]));
        graph.Outputs.Add(new("y", Graph.ElementType.Float32, [1, 3]));
        Set(graph, "gamma", [8], [.. Uniform(random, 8).Select(v => 1 + v / 2)]);
        Set(graph, "beta", [8], Uniform(random, 8));
        Set(graph, "wqkv", [8, 24], Uniform(random, 8 * 24));
        Set(graph, "bqkv", [24], Uniform(random, 24));
        Set(graph, "wo", [8, 8], Uniform(random, 64));
        Set(graph, "bo", [8], Uniform(random, 8));
        Set(graph, "head", [3, 8], Uniform(random, 24));
        Set(graph, "root", [], [2.8f]);
        graph.Initializers["splits"] = Tensor.Vector(8, 8, 8);
        graph.Initializers["first"] = Tensor.Of([], [0L]);
        graph.Nodes.Add(new Node("LayerNormalization", ["x", "gamma", "beta"], ["normal"]));
        graph.Nodes.Add(new Node("MatMul", ["normal", "wqkv"], ["projected"]));
        graph.Nodes.Add(new Node("Add", ["bqkv", "projected"], ["qkv"]));
        graph.Nodes.Add(new Node("Split", ["qkv", "splits"], ["q", "k", "v"]) { Attributes = { ["axis"] = 2 } });
        graph.Nodes.Add(new Node("Transpose", ["k"], ["kt"]) { Attributes = { ["perm"] = new long[] { 0, 2, 1 } } });
        graph.Nodes.Add(new Node("MatMul", ["q", "kt"], ["products"]));
        graph.Nodes.Add(new Node("Div", ["products", "root"], ["scaled"]));
        graph.Nodes.Add(new Node("Softmax", ["scaled"], ["weights"]) { Attributes = { ["axis"] = -1L } });
        graph.Nodes.Add(new Node("MatMul", ["weights", "v"], ["mixed"]));
        graph.Nodes.Add(new Node("MatMul", ["mixed", "wo"], ["out"]));
        graph.Nodes.Add(new Node("Add", ["out", "bo"], ["attended"]));
        graph.Nodes.Add(new Node("Add", ["attended", "x"], ["sum"]));
        graph.Nodes.Add(new Node("Sigmoid", ["sum"], ["gate"]));
        graph.Nodes.Add(new Node("Mul", ["gate", "sum"], ["swish"]));
        graph.Nodes.Add(new Node("Add", ["sum", "swish"], ["hidden"]));
        graph.Nodes.Add(new Node("Gather", ["hidden", "first"], ["row"]) { Attributes = { ["axis"] = 1 } });
        graph.Nodes.Add(new Node("Gemm", ["row", "head"], ["y"]) { Attributes = { ["transB"] = 1 } });
        return graph;
    }

    /// <summary>x [1, 5, 8] minus and over constant vectors, joined with a constant row, padded, moved about by computed shapes.</summary>
    private static ModelGraph Moves()
    {
        var random = new Random(8);
        ModelGraph graph = new() { OpsetVersion = 17, Inputs = { new("x", Graph.ElementType.Float32, [1, 5, 8]) } };
        graph.Outputs.Add(new("y", Graph.ElementType.Float32, null));
        Set(graph, "mean", [8], Uniform(random, 8));
        Set(graph, "deviation", [8], [.. Uniform(random, 8).Select(v => 1.5f + v)]);
        Set(graph, "token", [1, 1, 8], Uniform(random, 8));
        Set(graph, "fill", [], [2f]);
        graph.Initializers["axis0"] = Tensor.Vector(0);
        graph.Initializers["one"] = Tensor.Of([], [1L]);
        graph.Initializers["pads"] = Tensor.Vector(0, 1, 0, 0, 1, 0);
        graph.Initializers["rest"] = Tensor.Vector(-1);
        graph.Initializers["copies"] = Tensor.Vector(2, 1, 1);
        graph.Nodes.Add(new Node("Sub", ["x", "mean"], ["centred"]));
        graph.Nodes.Add(new Node("Div", ["centred", "deviation"], ["whitened"]));
        graph.Nodes.Add(new Node("Sub", ["token", "whitened"], ["turned"]));
        graph.Nodes.Add(new Node("Concat", ["token", "turned"], ["joined"]) { Attributes = { ["axis"] = 1 } });
        graph.Nodes.Add(new Node("Pad", ["joined", "pads", "fill"], ["padded"]));
        graph.Nodes.Add(new Node("Shape", ["padded"], ["shape"]));
        graph.Nodes.Add(new Node("Gather", ["shape", "one"], ["frames"]) { Attributes = { ["axis"] = 0 } });
        graph.Nodes.Add(new Node("Unsqueeze", ["frames", "axis0"], ["target0"]));
        graph.Nodes.Add(new Node("Concat", ["target0", "rest"], ["target"]) { Attributes = { ["axis"] = 0 } });
        graph.Nodes.Add(new Node("Reshape", ["padded", "target"], ["rows"]));
        graph.Nodes.Add(new Node("Unsqueeze", ["rows", "axis0"], ["batch"]));
        graph.Nodes.Add(new Node("Tile", ["batch", "copies"], ["twice"]));
        graph.Nodes.Add(new Node("Tanh", ["twice"], ["bent"]));
        graph.Nodes.Add(new Node("Mul", ["bent", "twice"], ["y"]));
        return graph;
    }

    private static void Set(ModelGraph graph, string name, long[] dims, float[] values) => graph.Initializers[name] = Tensor.Of(dims, values);

    private static float[] Uniform(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (float)random.NextDouble() * 2 - 1)];
}
