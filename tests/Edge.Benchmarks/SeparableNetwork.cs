using System.Globalization;
using Edge.Quantization.Graph;

namespace Edge.Benchmarks;

/// <summary>
/// Quantized networks of depthwise-separable convolutions with random weights, in the shapes of public TensorFlow Lite models: a graph of
/// QuantizeLinear and DequantizeLinear around float operators.
/// </summary>
internal sealed class SeparableNetwork
{
    private const int LowestInt8 = -128;
    private const float Deviation = 60; // of a layer's outputs, in steps, so that few of them saturate

    private readonly ModelGraph graph = new();
    private readonly Random random = new(1);
    private string value;
    private int channels = 1;

    private SeparableNetwork(string name, int frames, int features)
    {
        graph.Name = name;
        graph.Inputs.Add(new ValueInfo("x", ElementType.Float32, [1, 1, frames, features]));
        value = Quantize("x", 1, 0);
    }

    /// <summary>DS-CNN as in MLPerf Tiny's keyword spotting: [1, 1, 49, 10] to 12 scores, 2.7 million multiply-accumulates.</summary>
    public static ModelGraph KeywordSpotting()
    {
        var network = new SeparableNetwork("ds-cnn", 49, 10);
        network.Convolution(64, (10, 4), 2, [4, 1, 5, 1]);
        for (int block = 0; block < 4; block++)
        {
            network.Depthwise(1, [1, 1, 1, 1]);
            network.Convolution(64, (1, 1), 1, [0, 0, 0, 0]);
        }

        return network.Classify(12, "Softmax");
    }

    /// <summary>MobileNetV1 as in YAMNet: [1, 1, 96, 64] to 521 scores, 69 million multiply-accumulates.</summary>
    public static ModelGraph SoundEvents()
    {
        var network = new SeparableNetwork("mobilenet-v1", 96, 64);
        network.Convolution(32, (3, 3), 2, [0, 0, 1, 1]);
        foreach ((int outputs, int stride) in (ReadOnlySpan<(int, int)>)
            [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1), (512, 1), (512, 1), (512, 1), (512, 1), (1024, 2), (1024, 1)])
        {
            network.Depthwise(stride, stride == 1 ? [1, 1, 1, 1] : [0, 0, 1, 1]);
            network.Convolution(outputs, (1, 1), 1, [0, 0, 0, 0]);
        }

        return network.Classify(521, "Sigmoid");
    }

    private void Convolution(int outputs, (int Height, int Width) kernel, int stride, long[] pads)
    {
        Layer(outputs, channels, kernel, stride, pads, 1);
        channels = outputs;
    }

    private void Depthwise(int stride, long[] pads) => Layer(channels, 1, (3, 3), stride, pads, channels);

    private void Layer(int outputs, int inputs, (int Height, int Width) kernel, int stride, long[] pads, int groups)
    {
        string name = $"layer{graph.Nodes.Count(node => node.OpType == "Conv")}";
        int taps = inputs * kernel.Height * kernel.Width;
        Weights(name, [outputs, inputs, kernel.Height, kernel.Width], outputs, taps, perChannel: true);
        graph.Nodes.Add(new Node("Conv", [value, $"{name}.w.dequantized", $"{name}.b.dequantized"], [$"{name}.sum"])
        {
            Attributes = { ["kernel_shape"] = new long[] { kernel.Height, kernel.Width }, ["strides"] = new long[] { stride, stride }, ["pads"] = pads, ["group"] = groups },
        });
        graph.Nodes.Add(new Node("Relu", [$"{name}.sum"], [name]));
        value = Quantize(name, 1, LowestInt8);
    }

    private ModelGraph Classify(int classes, string activation)
    {
        graph.Nodes.Add(new Node("GlobalAveragePool", [value], ["pooled"]));
        value = Quantize("pooled", 1, LowestInt8);
        graph.Nodes.Add(new Node("Flatten", [value], ["features"]));
        value = Quantize("features", 1, LowestInt8);
        Weights("dense", [classes, channels], classes, channels, perChannel: false);
        graph.Nodes.Add(new Node("Gemm", [value, "dense.w.dequantized", "dense.b.dequantized"], ["logits"]) { Attributes = { ["transB"] = 1 } });
        value = Quantize("logits", 0.1f, 0);
        graph.Nodes.Add(new Node(activation, [value], ["scores"]));
        graph.Outputs.Add(new ValueInfo(Quantize("scores", 1f / 256, LowestInt8), ElementType.Float32, [1, classes]));
        return graph;
    }

    /// <summary>int8 weights with scales that bring sums of random inputs to <see cref="Deviation"/>, and int32 biases.</summary>
    private void Weights(string name, long[] shape, int outputs, int taps, bool perChannel)
    {
        var weights = new sbyte[outputs * taps];
        for (int i = 0; i < weights.Length; i++)
        {
            weights[i] = (sbyte)random.Next(-127, 128);
        }

        float[] scales = [.. Enumerable.Range(0, outputs).Select(_ => (0.8f + 0.4f * random.NextSingle()) * Deviation / (73 * 80 * MathF.Sqrt(taps)))];
        graph.Initializers[$"{name}.w"] = Tensor.Of(shape, weights);
        if (!perChannel)
        {
            Array.Fill(scales, scales[0]);
        }

        graph.Initializers[$"{name}.b"] = Tensor.Of([outputs], [.. scales.Select(scale => (int)(random.Next(-40, 41) / scale))]);
        graph.Initializers[$"{name}.scales"] = perChannel ? Tensor.Of([outputs], scales) : Tensor.Scalar(scales[0]);
        foreach (string part in (string[])["w", "b"])
        {
            graph.Nodes.Add(new Node("DequantizeLinear", [$"{name}.{part}", $"{name}.scales"], [$"{name}.{part}.dequantized"]) { Attributes = { ["axis"] = 0 } });
        }
    }

    private string Quantize(string name, float scale, int zeroPoint)
    {
        (string scaleName, string zeroPointName) = (string.Create(CultureInfo.InvariantCulture, $"scale {scale}"), $"zero point {zeroPoint}");
        graph.Initializers[scaleName] = Tensor.Scalar(scale);
        graph.Initializers[zeroPointName] = Tensor.Of([], [(sbyte)zeroPoint]);
        graph.Nodes.Add(new Node("QuantizeLinear", [name, scaleName, zeroPointName], [$"{name}.int8"]));
        graph.Nodes.Add(new Node("DequantizeLinear", [$"{name}.int8", scaleName, zeroPointName], [$"{name}.dequantized"]));
        return $"{name}.dequantized";
    }
}
