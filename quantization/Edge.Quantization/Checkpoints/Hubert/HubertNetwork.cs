using Edge.Features;
using Edge.Quantization.Calibration;
using Edge.Quantization.Graph;

namespace Edge.Quantization.Checkpoints.Hubert;

/// <summary>HuBERT (Hsu et al., 2021) and what is distilled from it as a graph: samples [1, n] of 16 kHz to features [1, frames, width].</summary>
/// <remarks>
/// Values that are worth comparing have names: "conv0" to "conv6" [1, channels, steps], "projected", "embedded" (with positions, normalized), "layer1" …,
/// [1, frames, width]. Attention's factor 1/8 lies in the query's weights, where it changes no digit; the positional convolution's weight norm is carried out.
/// </remarks>
internal sealed class HubertNetwork
{
    public const int HeadWidth = 64, PositionGroups = 16;

    private const int PositionKernel = 128, SampleRateHz = 16_000, HopSamples = 320;
    private const float Epsilon = 1e-5f;

    /// <summary>Kernels and strides of the convolutions.</summary>
    private static readonly (int Kernel, int Stride)[] Convolutions = [(10, 5), (3, 2), (3, 2), (3, 2), (3, 2), (2, 2), (2, 2)];

    private readonly HubertWeights weights;
    private readonly SubNetwork? part;
    private readonly int channels; // of the convolutions
    private readonly int whole; // width of the file's network
    private readonly int width; // width of what is made of it
    private readonly ModelGraph graph;

    private HubertNetwork(HubertWeights weights, SubNetwork? part, ModelGraph graph)
    {
        (this.weights, this.part, this.graph) = (weights, part, graph);
        (whole, channels) = weights.Dims("post_extract_proj.weight", 2) is [var rows, var columns] ? ((int)rows, (int)columns) : default;
        width = part?.Width ?? whole;
    }

    /// <summary>Fewest samples that make a frame.</summary>
    public static int MinSamples => Enumerable.Reverse(Convolutions).Aggregate(1, (samples, layer) => (samples - 1) * layer.Stride + layer.Kernel);

    /// <summary>Makes the graph.</summary>
    /// <inheritdoc cref="CheckpointArchitecture.Build" path="/exception"/>
    public static ModelGraph Build(HubertWeights weights, CheckpointOptions options, string name)
    {
        if (options.Samples < MinSamples)
        {
            throw new ArgumentException($"{options.Samples} samples make no frame; expected at least {MinSamples}.", nameof(options));
        }

        var graph = new ModelGraph { Name = name, Producer = "edgec", OpsetVersion = 20, IrVersion = 9 };
        var network = new HubertNetwork(weights, options.SubNetwork, graph);
        network.Check(options);
        network.Build(options);
        return graph;
    }

    private void Check(CheckpointOptions options)
    {
        if (whole % HeadWidth != 0 || whole % PositionGroups != 0 || weights.Layers == 0)
        {
            throw new ArgumentException($"The network is {whole} wide and has {weights.Layers} layers; expected a multiple of {HeadWidth} and one layer at least.", nameof(options));
        }

        weights.CheckSettings(whole / HeadWidth);
        if (part is not null && weights.Layers != SubNetwork.SupernetDepth)
        {
            throw new ArgumentException($"The network has {weights.Layers} layers; sub-networks are cut from a supernet of {SubNetwork.SupernetDepth}.", nameof(options));
        }

        if (part?.Fault(whole, (int)weights.Dims("encoder.layers.0.fc1.weight", 2)[0]) is { } problem)
        {
            throw new ArgumentException($"The sub-network cannot be cut: {problem}", nameof(options));
        }

        int depth = part?.Depth ?? weights.Layers;
        if (options.Layer is < 1 || options.Layer > depth)
        {
            throw new ArgumentException($"Layer {options.Layer} is asked for; the network has 1 to {depth}.", nameof(options));
        }
    }

    private void Build(CheckpointOptions options)
    {
        int[] layers = [.. part?.Layers ?? [.. Enumerable.Range(0, weights.Layers)]];
        int depth = options.Layer ?? layers.Length;
        graph.Inputs.Add(new ValueInfo("samples", ElementType.Float32, [1, options.Samples]));
        string value = Add("Unsqueeze", "waveform", "samples", Constant("waveform.axes", Tensor.Vector(1)));
        int frames = options.Samples;
        for (int i = 0; i < Convolutions.Length; i++)
        {
            frames = (frames - Convolutions[i].Kernel) / Convolutions[i].Stride + 1;
            value = Convolution(i, value);
        }

        value = Transposed("frames", value, 0, 2, 1);
        if (weights.Has("layer_norm.weight"))
        {
            value = Norm("normalized", value, "layer_norm", channels, channels);
        }

        value = Linear("projected", value, "post_extract_proj", Leading(width), Leading(channels), (whole, channels));
        value = Norm("embedded", Positions(value), "encoder.layer_norm", whole, width);
        for (int i = 0; i < depth; i++)
        {
            value = Layer($"layer{i + 1}", value, i, layers[i]);
        }

        graph.Nodes[^1].Outputs[0] = "features";
        graph.Outputs.Add(new ValueInfo("features", ElementType.Float32, [1, frames, width]));
        ModelMetadata.SetFrontEnd(graph, new PcmOptions { SampleRateHz = SampleRateHz, WindowSamples = HopSamples, HopSamples = HopSamples });
        ModelMetadata.SetGivesFeatures(graph);
        weights.RequireAllUsed(Enumerable.Range(0, weights.Layers).Except(layers[..depth]));
    }

    /// <summary>A convolution of the extractor and its GELU; the first one is normalized over time, channel by channel.</summary>
    private string Convolution(int index, string value)
    {
        (int kernel, int stride) = Convolutions[index];
        string name = $"conv{index}", own = $"feature_extractor.conv_layers.{index}";
        long[] dims = [channels, index == 0 ? 1 : channels, kernel];
        string sum = Add("Conv", $"{name}.sum", value, Constant($"{name}.weight", Tensor.Of(dims, weights.Load($"{own}.0.weight", dims))));
        graph.Nodes[^1].Attributes["kernel_shape"] = new long[] { kernel };
        graph.Nodes[^1].Attributes["strides"] = new long[] { stride };
        if (index == 0)
        {
            // Group norm with as many groups as channels.
            sum = Add(
                "InstanceNormalization", $"{name}.normalized", sum,
                Constant($"{name}.norm.weight", Vector($"{own}.2.weight", channels)), Constant($"{name}.norm.bias", Vector($"{own}.2.bias", channels)));
            graph.Nodes[^1].Attributes["epsilon"] = Epsilon;
        }

        return Add("Gelu", name, sum);
    }

    /// <summary>The value with what a grouped convolution over its neighbours adds to it.</summary>
    private string Positions(string value)
    {
        string turned = Transposed("positions.input", value, 0, 2, 1);
        int inputs = width / PositionGroups;
        string sum = Add(
            "Conv", "positions.sum", turned, Constant("positions.weight", Tensor.Of([width, inputs, PositionKernel], PositionWeights(inputs))),
            Constant("positions.bias", Tensor.Of([width], weights.Load("encoder.pos_conv.0.bias", whole).AsSpan(0, width))));
        Node convolution = graph.Nodes[^1];
        convolution.Attributes["kernel_shape"] = new long[] { PositionKernel };
        convolution.Attributes["group"] = (long)PositionGroups;
        // As much padding on both sides gives a frame too many, which is dropped: so there is one less behind.
        convolution.Attributes["pads"] = new long[] { PositionKernel / 2, PositionKernel / 2 - 1 };
        return Add("Add", "positioned", value, Transposed("positions", Add("Gelu", "positions.active", sum), 0, 2, 1));
    }

    /// <summary>g·v/‖v‖ with one norm a tap over all channels (weight norm, Salimans and Kingma, 2016), then its leading channels.</summary>
    private float[] PositionWeights(int inputs)
    {
        const string Name = "encoder.pos_conv.0.weight";
        int wholeInputs = whole / PositionGroups;
        bool plain = !weights.Has($"{Name}_v");
        float[] direction = weights.Load(plain ? Name : $"{Name}_v", whole, wholeInputs, PositionKernel);
        float[] factor = new float[PositionKernel];
        Array.Fill(factor, 1);
        if (!plain)
        {
            weights.Skip(Name); // a whole module has the product as well
            float[] gain = weights.Load($"{Name}_g", 1, 1, PositionKernel);
            for (int tap = 0; tap < PositionKernel; tap++)
            {
                double squares = 0;
                for (int i = tap; i < direction.Length; i += PositionKernel)
                {
                    squares += (double)direction[i] * direction[i];
                }

                factor[tap] = squares > 0 ? (float)(gain[tap] / Math.Sqrt(squares)) : 0;
            }
        }

        var result = new float[width * inputs * PositionKernel];
        for (int i = 0; i < result.Length; i++)
        {
            int tap = i % PositionKernel, input = i / PositionKernel % inputs, output = i / PositionKernel / inputs;
            result[i] = direction[(output * wholeInputs + input) * PositionKernel + tap] * factor[tap];
        }

        return result;
    }

    /// <summary>Attention and feed-forward network of a layer, <paramref name="source"/> in the file.</summary>
    private string Layer(string name, string value, int index, int source)
    {
        string own = $"encoder.layers.{source}";
        int feedForward = (int)weights.Dims($"{own}.fc1.weight", 2)[0];
        int heads = part?.Heads[index] ?? whole / HeadWidth;
        int[] hidden = part is null ? Leading(feedForward) : Blocks(part.FeedForward(index));
        string attended = Attention($"{name}.attention", value, $"{own}.self_attn", heads);
        value = Norm($"{name}.attended", Add("Add", $"{name}.attention.sum", value, attended), $"{own}.self_attn_layer_norm", whole, width);
        string inner = Add("Gelu", $"{name}.active", Linear($"{name}.inner", value, $"{own}.fc1", hidden, Leading(width), (feedForward, whole)));
        string outer = Linear($"{name}.outer", inner, $"{own}.fc2", Leading(width), hidden, (whole, feedForward));
        return Norm(name, Add("Add", $"{name}.sum", value, outer), $"{own}.final_layer_norm", whole, width);
    }

    private string Attention(string name, string value, string own, int heads)
    {
        int[] inner = Leading(heads * HeadWidth);
        string shape = Constant($"{name}.heads", Tensor.Vector(1, -1, heads, HeadWidth));
        string query = Head("query", "q_proj", 1 / MathF.Sqrt(HeadWidth), 0, 2, 1, 3);
        string key = Head("key", "k_proj", 1, 0, 2, 3, 1);
        string values = Head("value", "v_proj", 1, 0, 2, 1, 3);
        string shares = Add("Softmax", $"{name}.shares", Add("MatMul", $"{name}.scores", query, key));
        graph.Nodes[^1].Attributes["axis"] = -1L;
        string joined = Transposed($"{name}.joined", Add("MatMul", $"{name}.mixed", shares, values), 0, 2, 1, 3);
        string flat = Add("Reshape", $"{name}.flat", joined, Constant($"{name}.channels", Tensor.Vector(1, -1, heads * HeadWidth)));
        return Linear(name, flat, $"{own}.out_proj", Leading(width), inner, (whole, whole));

        string Head(string role, string projection, float factor, params long[] order)
        {
            string projected = Linear($"{name}.{role}", value, $"{own}.{projection}", inner, Leading(width), (whole, whole), factor);
            return Transposed($"{name}.{role}.heads", Add("Reshape", $"{name}.{role}.split", projected, shape), order);
        }
    }

    /// <summary>A fully connected layer from some of the columns to some of the rows of the file's matrix.</summary>
    private string Linear(string name, string value, string own, int[] rows, int[] columns, (long Rows, long Columns) dims, float factor = 1)
    {
        float[] stored = weights.Load($"{own}.weight", dims.Rows, dims.Columns);
        float[] offsets = weights.Load($"{own}.bias", dims.Rows);
        var matrix = new float[rows.Length * columns.Length];
        for (int c = 0; c < columns.Length; c++)
        {
            for (int r = 0; r < rows.Length; r++)
            {
                matrix[c * rows.Length + r] = factor * stored[rows[r] * dims.Columns + columns[c]];
            }
        }

        string product = Add("MatMul", $"{name}.product", value, Constant($"{name}.weight", Tensor.Of([columns.Length, rows.Length], matrix)));
        return Add("Add", name, product, Constant($"{name}.bias", Tensor.Of([rows.Length], Array.ConvertAll(rows, row => factor * offsets[row]))));
    }

    private string Norm(string name, string value, string own, int stored, int kept)
    {
        string gain = Constant($"{name}.weight", Tensor.Of([kept], weights.Load($"{own}.weight", stored).AsSpan(0, kept)));
        string offset = Constant($"{name}.bias", Tensor.Of([kept], weights.Load($"{own}.bias", stored).AsSpan(0, kept)));
        Add("LayerNormalization", name, value, gain, offset);
        graph.Nodes[^1].Attributes["axis"] = -1L;
        graph.Nodes[^1].Attributes["epsilon"] = Epsilon;
        return name;
    }

    private string Transposed(string name, string value, params long[] order)
    {
        Add("Transpose", name, value);
        graph.Nodes[^1].Attributes["perm"] = order;
        return name;
    }

    private Tensor Vector(string name, int length) => Tensor.Of([length], weights.Load(name, length));

    private string Constant(string name, Tensor tensor)
    {
        graph.Initializers[name] = tensor;
        return name;
    }

    private string Add(string opType, string name, params string[] inputs)
    {
        graph.Nodes.Add(new Node(opType, inputs, [name], name));
        return name;
    }

    private static int[] Leading(int count) => [.. Enumerable.Range(0, count)];

    /// <summary>Channels of a feed-forward network that a sub-network keeps: of each block as wide as the supernet its leading ones.</summary>
    private int[] Blocks(int count) => [.. Enumerable.Range(0, count).Select(i => i / width * whole + i % width)];
}
