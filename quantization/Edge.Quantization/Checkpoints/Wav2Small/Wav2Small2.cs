using Edge.Quantization.Calibration;
using Edge.Quantization.Graph;

namespace Edge.Quantization.Checkpoints.Wav2Small;

/// <summary>
/// Wav2Small2.0 (audEERING; after Kounadis-Bastian et al., arXiv 2408.13920) as a graph: log-mel features [1, time, 26] to arousal, dominance and valence,
/// [1, 3], about 0 to 1.
/// </summary>
/// <remarks>
/// The published module divides the whole sound by its root mean square. A stream does not know it in advance; in decibels it is an offset, and the graph
/// has it as a constant, from the level that speech is expected at (<see cref="CheckpointOptions.LevelDb"/>). Sound that is x dB louder shifts all features
/// by x dB. What the module takes off before, the mean of the sound, is taken to be 0, as microphones deliver it.
/// </remarks>
internal sealed class Wav2Small2 : CheckpointArchitecture
{
    private const int Channels = 13, Layers = 7, LayersBeforePool = 3, PooledBands = 13;
    private const float Epsilon = 1e-5f;

    /// <summary>What the module adds to the mean square that it divides by.</summary>
    private const double PowerEpsilon = 1e-7;

    /// <summary>Largest difference of a table to the exact one: that of float32, and of half precision where a file was saved so.</summary>
    private const double TableTolerance = 2e-3;

    private static readonly string[] Labels = ["arousal", "dominance", "valence"];

    /// <inheritdoc/>
    public override string Name => "wav2small";

    /// <inheritdoc/>
    public override string Summary => "Wav2Small2.0: audEERING's module for arousal, dominance and valence";

    /// <inheritdoc/>
    public override bool Recognizes(Checkpoint checkpoint) => Wav2SmallWeights.Find(checkpoint) is not null;

    /// <inheritdoc/>
    public override ModelGraph Build(Checkpoint checkpoint, CheckpointOptions options)
    {
        Wav2SmallWeights weights = Wav2SmallWeights.Find(checkpoint)
            ?? throw new GraphFormatException(checkpoint.Source, "file", "it has no tensor 'vgg7.sof.weight'; expected the weights of Wav2Small2.0.");
        if (!(options.LevelDb is >= -70 and <= 0))
        {
            throw new ArgumentException($"The level of speech is {options.LevelDb} dB; expected -70 to 0, the root mean square of samples of ±1.", nameof(options));
        }

        CheckTables(weights);
        double power = Math.Pow(10, options.LevelDb / 10) + PowerEpsilon;
        var graph = new ModelGraph { Name = Name, Producer = "edgec", OpsetVersion = 17, IrVersion = 8 };
        graph.Inputs.Add(new ValueInfo("features", ElementType.Float32, [1, "time", PublishedFrontEnd.Bands]));
        string value = Pooled(graph, weights, Convolutions(graph, weights, Decibels(graph, power)));
        Scores(graph, weights, value);
        graph.Outputs.Add(new ValueInfo("scores", ElementType.Float32, [1, Labels.Length]));
        ModelMetadata.SetFrontEnd(graph, PublishedFrontEnd.Options(power));
        ModelMetadata.SetLabels(graph, Labels);
        weights.RequireAllUsed();
        return graph;
    }

    /// <summary>Refuses a checkpoint whose front end is not the one that the device computes.</summary>
    private static void CheckTables(Wav2SmallWeights weights)
    {
        const int bins = PublishedFrontEnd.Bins, window = PublishedFrontEnd.Window;
        weights.RequireNear("vgg7.spectrogram_extractor.conv_real.weight", PublishedFrontEnd.Cosines(), TableTolerance, bins, 1, window);
        weights.RequireNear("vgg7.spectrogram_extractor.conv_imag.weight", PublishedFrontEnd.Sines(), TableTolerance, bins, 1, window);
        double[] mel = PublishedFrontEnd.MelWeights();
        weights.RequireNear("vgg7.logmel_extractor.melW", mel, TableTolerance * mel.Max(), bins, PublishedFrontEnd.Bands);
        weights.RequireNear("vgg7.logmel_extractor.amin", [Math.Pow(10, PublishedFrontEnd.FloorExponent)], 1e-3 * Math.Pow(10, PublishedFrontEnd.FloorExponent), 1);
    }

    /// <summary>Natural logarithms of energies to decibels of the sound that was divided by its root mean square.</summary>
    private static string Decibels(ModelGraph graph, double power)
    {
        string decibels = Add(graph, "Mul", "decibels", "features", Scalar(graph, "decibels.factor", 10 / Math.Log(10)));
        string levelled = Add(graph, "Add", "levelled", decibels, Scalar(graph, "levelled.offset", -10 * Math.Log10(power)));
        string floored = Add(graph, "Clip", "floored", levelled, Scalar(graph, "floored.min", 10 * PublishedFrontEnd.FloorExponent));
        return Add(graph, "Unsqueeze", "planes", floored, Constant(graph, "planes.axes", Tensor.Vector(1)));
    }

    private static string Convolutions(ModelGraph graph, Wav2SmallWeights weights, string value)
    {
        for (int layer = 1; layer <= Layers; layer++)
        {
            (string name, string own) = ($"l{layer}", $"vgg7.l{layer}");
            value = Convolution(graph, weights, $"{name}.sum", $"{own}.conv", value, layer == 1 ? 1 : Channels, kernel: 3, bias: false);
            string[] moments = [.. ((string[])["weight", "bias", "running_mean", "running_var"]).Select(part =>
                Constant(graph, $"{name}.{part}", Tensor.Of([Channels], weights.Load($"{own}.norm.{part}", Channels))))];
            weights.Skip($"{own}.norm.num_batches_tracked");
            value = Add(graph, "BatchNormalization", $"{name}.normalized", [value, .. moments]);
            graph.Nodes[^1].Attributes["epsilon"] = Epsilon;
            value = Add(graph, "Relu", name, value);
            if (layer == LayersBeforePool)
            {
                value = Add(graph, "MaxPool", "pooled", value);
                graph.Nodes[^1].Attributes["kernel_shape"] = new long[] { 3, 3 };
                graph.Nodes[^1].Attributes["strides"] = new long[] { 2, 2 };
                graph.Nodes[^1].Attributes["pads"] = new long[] { 1, 1, 1, 1 };
            }
        }

        return value;
    }

    /// <summary>The mean over time of one pointwise convolution, weighted by the softmax over time of another: [1, 13, 13].</summary>
    private static string Pooled(ModelGraph graph, Wav2SmallWeights weights, string value)
    {
        string values = Convolution(graph, weights, "values", "vgg7.lin", value, Channels, kernel: 1, bias: true);
        string logits = Convolution(graph, weights, "logits", "vgg7.sof", value, Channels, kernel: 1, bias: true);
        string shares = Add(graph, "Softmax", "shares", logits);
        graph.Nodes[^1].Attributes["axis"] = 2L;
        string weighted = Add(graph, "Mul", "weighted", values, shares);
        string mean = Add(graph, "ReduceSum", "mean", weighted, Constant(graph, "mean.axes", Tensor.Vector(2)));
        graph.Nodes[^1].Attributes["keepdims"] = 0L;
        return mean;
    }

    /// <summary>The pooled values and their products between channels, and one layer over all of them.</summary>
    private static void Scores(ModelGraph graph, Wav2SmallWeights weights, string mean)
    {
        const int inputs = Channels * (PooledBands + Channels);
        string turned = Add(graph, "Transpose", "turned", mean);
        graph.Nodes[^1].Attributes["perm"] = new long[] { 0, 2, 1 };
        string products = Add(graph, "MatMul", "products", mean, turned);
        string joined = Add(graph, "Concat", "joined", mean, products);
        graph.Nodes[^1].Attributes["axis"] = 2L;
        string flat = Add(graph, "Reshape", "flat", joined, Constant(graph, "flat.shape", Tensor.Vector(1, inputs)));
        string matrix = Constant(graph, "scores.weight", Tensor.Of([Labels.Length, inputs], weights.Load("adv.weight", Labels.Length, inputs)));
        Add(graph, "Gemm", "scores", flat, matrix, Constant(graph, "scores.bias", Tensor.Of([Labels.Length], weights.Load("adv.bias", Labels.Length))));
        graph.Nodes[^1].Attributes["transB"] = 1L;
    }

    private static string Convolution(ModelGraph graph, Wav2SmallWeights weights, string name, string own, string value, int inputs, int kernel, bool bias)
    {
        long[] dims = [Channels, inputs, kernel, kernel];
        List<string> constants = [Constant(graph, $"{name}.weight", Tensor.Of(dims, weights.Load($"{own}.weight", dims)))];
        if (bias)
        {
            constants.Add(Constant(graph, $"{name}.bias", Tensor.Of([Channels], weights.Load($"{own}.bias", Channels))));
        }

        Add(graph, "Conv", name, [value, .. constants]);
        graph.Nodes[^1].Attributes["kernel_shape"] = new long[] { kernel, kernel };
        graph.Nodes[^1].Attributes["pads"] = Enumerable.Repeat((long)kernel / 2, 4).ToArray();
        return name;
    }

    private static string Add(ModelGraph graph, string op, string output, params string[] inputs)
    {
        graph.Nodes.Add(new Node(op, inputs, [output], output));
        return output;
    }

    private static string Constant(ModelGraph graph, string name, Tensor tensor)
    {
        graph.Initializers[name] = tensor;
        return name;
    }

    private static string Scalar(ModelGraph graph, string name, double value) => Constant(graph, name, Tensor.Scalar((float)value));
}
