using Edge.OnnxRuntime;
using Edge.Quantization.Calibration;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Patterns;
using Edge.Quantization.Rewriting.Canonical;
using Edge.Quantization.Rewriting.Quantizing;

namespace Edge.Quantization.Tests.Compilation;

/// <summary>LMUFormers with random weights, as PyTorch exports them: [1, time, bins] to [1, classes].</summary>
/// <param name="Bins">Features of a frame.</param>
/// <param name="Width">Channels.</param>
/// <param name="Order">Coefficients of the Legendre memory.</param>
/// <param name="Theta">Its length in frames.</param>
/// <param name="Classes">Classes.</param>
/// <param name="Expansion">Hidden channels of the mixer, in widths.</param>
/// <param name="Causal">Whether convolutions look back alone, rather than a frame ahead.</param>
internal sealed record LmuFormerSketch(int Bins, int Width, int Order, double Theta, int Classes, int Expansion, bool Causal)
{
    private const int Taps = 128;
    private const float LivelyGain = 2.5f; // of normalized values, so that one neuron in some fires

    /// <summary>The published network of 1.62 million parameters.</summary>
    public static LmuFormerSketch Published { get; } = new(128, 256, 256, 128, 35, 4, Causal: false);

    public static LmuFormerSketch Small { get; } = new(40, 32, 24, 64, 10, 3, Causal: true);

    /// <summary>Convolution, ReLU and batch normalization four times, a residual one, the memory block, the mixer, and the mean of each frame's logits.</summary>
    public ModelGraph Build(int seed)
    {
        var sketch = new GraphSketch(seed, 1, "frames", Bins);
        string x = Normalized(sketch);
        for (int i = 0; i < 4; i++)
        {
            x = BatchNorm(sketch, sketch.Add("Relu", [TimeConvolution(sketch, x, i == 0 ? Bins : Width)]));
        }

        x = sketch.Add("Add", [x, TimeConvolution(sketch, x, Width)]);
        string u = sketch.Add("Relu", [sketch.Convolution(x, Width, 1, 1)]);
        string joined = sketch.Add("Concat", [Memory(sketch, u), x], ("axis", 1L));
        string h = sketch.Add("Relu", [sketch.Convolution(joined, Order + Width, Width, 1)]);
        x = sketch.Add("Add", [x, BatchNorm(sketch, sketch.Convolution(h, Width, Width, 1))]);
        string mixed = sketch.Add("Gelu", [BatchNorm(sketch, sketch.Convolution(x, Width, Expansion * Width, 1), Expansion * Width)]);
        mixed = sketch.Add("Relu", [BatchNorm(sketch, sketch.Convolution(mixed, Expansion * Width, Width, 1))]);
        return Scores(sketch, sketch.Add("Add", [x, mixed]));
    }

    /// <summary>The spiking variant: batch normalization and leaky integrate-and-fire neurons before every layer.</summary>
    public ModelGraph BuildSpiking(int seed)
    {
        var sketch = new GraphSketch(seed, 1, "frames", Bins);
        string x = TimeConvolution(sketch, Normalized(sketch), Bins);
        for (int i = 0; i < 3; i++)
        {
            x = TimeConvolution(sketch, Fire(sketch, BatchNorm(sketch, x, Width, LivelyGain), Width), Width);
        }

        x = sketch.Add("Add", [x, TimeConvolution(sketch, Fire(sketch, BatchNorm(sketch, x, Width, LivelyGain), Width), Width)]);
        string spikes = Fire(sketch, BatchNorm(sketch, x, Width, LivelyGain), Width, threshold: 0.5f);
        string u = Fire(sketch, BatchNorm(sketch, sketch.Convolution(spikes, Width, 1, 1), 1, LivelyGain), 1);
        string memory = Fire(sketch, BatchNorm(sketch, Memory(sketch, u), Order, LivelyGain), Order);
        string h = Fire(sketch, BatchNorm(sketch, sketch.Convolution(sketch.Add("Concat", [memory, spikes], ("axis", 1L)), Order + Width, Width, 1), Width, LivelyGain), Width);
        x = sketch.Add("Add", [x, BatchNorm(sketch, sketch.Convolution(h, Width, Width, 1), Width, LivelyGain)]);
        string mixed = sketch.Convolution(Fire(sketch, BatchNorm(sketch, x, Width, LivelyGain), Width), Width, Expansion * Width, 1);
        mixed = sketch.Convolution(Fire(sketch, BatchNorm(sketch, mixed, Expansion * Width, LivelyGain), Expansion * Width), Expansion * Width, Width, 1);
        x = sketch.Add("Add", [x, mixed]);
        return Scores(sketch, Fire(sketch, BatchNorm(sketch, x, Width, LivelyGain), Width));
    }

    /// <summary>Quantized by the ranges of random inputs, with 16 bits where a network of this kind needs them.</summary>
    public ModelGraph Quantize(ModelGraph graph, int frames)
    {
        Cleanup.Apply(graph);
        var random = new Random(77);
        IEnumerable<IReadOnlyDictionary<string, OnnxTensor>> samples =
            Enumerable.Range(0, 4).Select(_ => new Dictionary<string, OnnxTensor> { ["x"] = GraphSketch.Input(random, 1, frames, Bins) });
        string[] wide = [.. NormalizedValues.Find(graph).Where(WideActivationsOf(graph).Contains)];
        return Quantizer.Apply(graph, ActivationCollector.MinMax(graph, samples), new QuantizeOptions().Widen(wide));
    }

    /// <summary>Neurons as a Scan over time.</summary>
    public static string Fire(GraphSketch sketch, string x, int channels, float threshold = 1, float tau = 2, bool soft = false)
    {
        string start = sketch.Constant(Tensor.Of([1, channels], new float[channels]));
        string[] values = [sketch.Add("Scan", [start, x]), $"spikes.{x}"];
        Node scan = sketch.Graph.Nodes[^1];
        scan.Outputs.Add(values[1]);
        scan.Attributes["num_scan_inputs"] = 1L;
        scan.Attributes["scan_input_axes"] = scan.Attributes["scan_output_axes"] = new long[] { 2 };
        scan.Attributes["body"] = Body(channels, threshold, tau, soft);
        return values[1];
    }

    private static ModelGraph Body(int channels, float threshold, float tau, bool soft)
    {
        var body = new ModelGraph { Name = "neurons" };
        ValueInfo Value(string name) => new(name, ElementType.Float32, [1, channels]);
        body.Inputs.AddRange([Value("v"), Value("x")]);
        body.Outputs.AddRange([Value("membrane"), Value("spike")]);
        body.Initializers["rate"] = Tensor.Scalar(1 / tau);
        body.Initializers["threshold"] = Tensor.Scalar(threshold);
        body.Initializers["one"] = Tensor.Scalar(1f);
        body.Nodes.Add(new Node("Sub", ["x", "v"], ["gap"]));
        body.Nodes.Add(new Node("Mul", ["gap", "rate"], ["rise"]));
        body.Nodes.Add(new Node("Add", ["v", "rise"], ["charged"]));
        body.Nodes.Add(new Node("GreaterOrEqual", ["charged", "threshold"], ["fires"]));
        body.Nodes.Add(new Node("Cast", ["fires"], ["spike"]) { Attributes = { ["to"] = 1L } });
        body.Nodes.Add(soft ? new Node("Mul", ["spike", "threshold"], ["stays"]) : new Node("Sub", ["one", "spike"], ["stays"]));
        body.Nodes.Add(new Node(soft ? "Sub" : "Mul", ["charged", "stays"], ["membrane"]));
        return body;
    }

    private string Normalized(GraphSketch sketch)
    {
        string centred = sketch.Add("Sub", ["x", sketch.Constant(Tensor.Scalar(4f))]);
        return sketch.Transpose(sketch.Add("Mul", [centred, sketch.Constant(Tensor.Scalar(0.25f))]), 0, 2, 1);
    }

    private string TimeConvolution(GraphSketch sketch, string x, int from) => sketch.Add(
        "Conv", [x, sketch.Uniform(1.5f / MathF.Sqrt(3 * from), Width, from, 3)],
        ("kernel_shape", new long[] { 3 }), ("pads", Causal ? [2, 0] : new long[] { 1, 1 }), ("strides", new long[] { 1 }), ("dilations", new long[] { 1 }));

    private string Memory(GraphSketch sketch, string u)
    {
        string kernel = sketch.Constant(Kernel(LegendreMemoryDesign.Create(Order, Theta), Taps));
        return sketch.Add("Conv", [u, kernel], ("kernel_shape", new long[] { Taps }), ("pads", new long[] { Taps - 1, 0 }), ("strides", new long[] { 1 }), ("dilations", new long[] { 1 }));
    }

    /// <summary>The impulse response as a convolution's weights, oldest frame first.</summary>
    public static Tensor Kernel(LegendreMemoryDesign design, int taps)
    {
        double[] response = design.ImpulseResponse(taps);
        var kernel = new float[taps * design.Order];
        for (int i = 0; i < design.Order; i++)
        {
            for (int k = 0; k < taps; k++)
            {
                kernel[i * taps + taps - 1 - k] = (float)response[k * design.Order + i];
            }
        }

        return Tensor.Of([design.Order, 1, taps], kernel);
    }

    private string BatchNorm(GraphSketch sketch, string x, int? channels = null, float gain = 1)
    {
        int count = channels ?? Width;
        float[] Spread(string name, float centre) => [.. sketch.Graph.Initializers[name].ToFloats().Select(value => centre + value)];
        string Around(float centre, float limit)
        {
            string name = sketch.Uniform(limit, count);
            sketch.Graph.Initializers[name] = Tensor.Of([count], Spread(name, centre));
            return name;
        }

        return sketch.Add("BatchNormalization", [x, Around(gain, 0.3f), Around(0.1f, 0.3f), Around(0.2f, 0.2f), Around(0.5f, 0.3f)], ("epsilon", 1e-5f));
    }

    private ModelGraph Scores(GraphSketch sketch, string x)
    {
        string logits = sketch.Linear(sketch.Transpose(x, 0, 2, 1), Width, Classes, gain: 3);
        string mean = sketch.Add("ReduceMean", [logits, sketch.Constant(Tensor.Vector(1))], ("keepdims", 0L));
        sketch.Graph.Nodes.Add(new Node("Softmax", [mean], ["y"]) { Attributes = { ["axis"] = -1L } });
        sketch.Graph.Outputs.Add(new ValueInfo("y", ElementType.Float32, null));
        return sketch.Graph;
    }

    private static IReadOnlySet<string> WideActivationsOf(ModelGraph graph) => Edge.Quantization.Compilation.WideActivations.Values(graph);
}
