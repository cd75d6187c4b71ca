using Edge.OnnxRuntime;
using Edge.Quantization.Calibration;
using Edge.Quantization.Graph;
using Edge.Quantization.Rewriting.Canonical;
using Edge.Quantization.Rewriting.Quantizing;

namespace Edge.Quantization.Tests.Compilation;

/// <summary>A graph with random weights, written as a network reads: each method adds nodes and returns the name of what they make.</summary>
internal sealed class GraphSketch
{
    private readonly Random random;
    private int made;

    public GraphSketch(int seed, params Dimension[] input)
    {
        random = new Random(seed);
        Graph = new ModelGraph { Name = "sketch", OpsetVersion = 20 };
        Graph.Inputs.Add(new ValueInfo("x", ElementType.Float32, input));
    }

    public ModelGraph Graph { get; }

    /// <summary>Any operator.</summary>
    public string Add(string op, string[] inputs, params (string Name, AttributeValue Value)[] attributes)
    {
        string output = $"{op.ToLowerInvariant()}{made++}";
        Graph.Nodes.Add(new Node(op, inputs, [output], output) { Attributes = attributes.ToDictionary(a => a.Name, a => a.Value) });
        return output;
    }

    public string Constant(Tensor tensor)
    {
        string name = $"constant{made++}";
        Graph.Initializers[name] = tensor;
        return name;
    }

    public string Uniform(float limit, params long[] dims) =>
        Constant(Tensor.Of(dims, Floats((int)dims.Aggregate(1L, (product, dim) => product * dim), limit)));

    /// <summary>x·W + b, as PyTorch writes and initializes nn.Linear.</summary>
    public string Linear(string x, int from, int to, float gain = 1) =>
        Add("Add", [Add("MatMul", [x, Uniform(gain / MathF.Sqrt(from), from, to)]), Uniform(1 / MathF.Sqrt(from), to)]);

    public string LayerNorm(string x, int channels)
    {
        float[] gamma = Floats(channels, 0.5f);
        string scale = Constant(Tensor.Of([channels], Array.ConvertAll(gamma, g => g + (random.Next(8) == 0 ? -1 : 1))));
        return Add("LayerNormalization", [x, scale, Uniform(0.3f, channels)], ("axis", -1L), ("epsilon", 1e-5f));
    }

    public string Reshape(string x, params long[] shape) => Add("Reshape", [x, Constant(Tensor.Of([shape.Length], shape))]);

    public string Transpose(string x, params long[] order) => Add("Transpose", [x], ("perm", order));

    public string Softmax(string x) => Add("Softmax", [x], ("axis", -1L));

    /// <summary>A convolution along time ([1, c, t]) or along time and width ([1, c, t, f]), padded on both sides.</summary>
    public string Convolution(string x, int from, int to, int kernel, int group = 1, int stride = 1, bool planar = false)
    {
        long[] taps = planar ? [kernel, kernel] : [kernel];
        float limit = 1.5f / MathF.Sqrt(from / group * (planar ? kernel * kernel : kernel));
        return Add(
            "Conv", [x, Uniform(limit, [to, from / group, .. taps]), Uniform(0.2f, to)],
            ("kernel_shape", taps), ("group", (long)group), ("strides", Array.ConvertAll(taps, _ => (long)stride)),
            ("pads", Enumerable.Repeat((long)kernel / 2, 2 * taps.Length).ToArray()));
    }

    /// <summary>The graph with this output, quantized by the ranges that random inputs give.</summary>
    public ModelGraph Quantize(string output, params long[] shape)
    {
        Graph.Nodes.Single(node => node.Outputs.Contains(output)).Outputs[0] = "y";
        Graph.ReplaceUses(output, "y");
        Graph.Outputs.Add(new ValueInfo("y", ElementType.Float32, null));
        return Quantize(Graph, shape);
    }

    /// <summary>A float graph, cleaned up and quantized by the ranges that random inputs give.</summary>
    public static ModelGraph Quantize(ModelGraph graph, params long[] shape) => Quantize(graph, shape, _ => new QuantizeOptions());

    /// <summary>The same with bits that depend on the cleaned-up graph.</summary>
    public static ModelGraph Quantize(ModelGraph graph, long[] shape, Func<ModelGraph, QuantizeOptions> bits)
    {
        var samples = new Random(77);
        Cleanup.Apply(graph);
        string input = graph.Inputs[0].Name;
        return Quantizer.Apply(graph, ActivationCollector.MinMax(graph, Enumerable.Range(0, 64).Select(_ => new Dictionary<string, OnnxTensor> { [input] = Input(samples, shape) })), bits(graph));
    }

    /// <summary>A random input: noise of several strengths over a slow wave, between 0 and 10 like logarithms of energies.</summary>
    public static OnnxTensor Input(Random random, params long[] shape)
    {
        var values = new float[shape.Aggregate(1L, (product, dim) => product * dim)];
        (double noise, double phase) = (0.5 + random.NextDouble(), random.NextDouble() * 6);
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = Math.Max(0, (float)(4 + 3 * Math.Sin(phase + i * 0.05) + 3 * noise * (random.NextDouble() * 2 - 1)));
        }

        return OnnxTensor.Of(shape, values);
    }

    private float[] Floats(int count, float limit) => [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() * 2 - 1) * limit)];
}
