namespace Edge.Quantization.Graph.Patterns;

/// <summary>A convolution, Gemm, or MatMul with or without the Add of its bias, whose weights are constant: what a scale can be folded into.</summary>
internal sealed class LinearLayer
{
    private readonly ModelGraph graph;
    private readonly int axis; // of the weights' output channels

    private LinearLayer(ModelGraph graph, Node product, Node? biasAdd, Tensor weights, int axis)
    {
        this.graph = graph;
        Product = product;
        BiasAdd = biasAdd;
        Weights = weights;
        this.axis = axis;
    }

    /// <summary>The Conv, Gemm or MatMul.</summary>
    public Node Product { get; }

    /// <summary>The Add of the bias behind a MatMul; null where there is none.</summary>
    public Node? BiasAdd { get; }

    /// <summary>The weights, as the product reads them.</summary>
    public Tensor Weights { get; }

    /// <summary>Channels that come out.</summary>
    public int Channels => (int)Weights.Dims[axis];

    /// <summary>The value that the layer makes.</summary>
    public string Output => (BiasAdd ?? Product).Outputs[0];

    /// <summary>Channels are this many axes before the last one.</summary>
    public int ChannelsFromEnd => Product.OpType == "Conv" ? Weights.Dims.Length - 2 : 0;

    /// <summary>The layer whose last node makes a value; null where there is none with constant weights of float32.</summary>
    public static LinearLayer? EndingAt(ModelGraph graph, string value)
    {
        if (graph.ProducerOf(value) is not { Domain: "" } last)
        {
            return null;
        }

        if (last.OpType == "Add" && BiasOf(graph, last) is { } bias)
        {
            string product = last.Inputs[last.Inputs[0] == bias ? 1 : 0];
            return graph.ProducerOf(product) is { OpType: "MatMul" } matrix && IsPrivate(graph, product) && Of(graph, matrix, last) is { } layer
                && graph.Constant(bias)!.Count == layer.Channels ? layer : null;
        }

        return last.OpType is "Conv" or "Gemm" or "MatMul" ? Of(graph, last, null) : null;
    }

    /// <summary>True where one node reads the layer's value and the caller does not get it, so that the layer may change.</summary>
    public bool IsReadOnce => IsPrivate(graph, Output);

    /// <summary>The bias, one number a channel; zeros where the layer has none.</summary>
    /// <exception cref="GraphFormatException">The bias is computed at run time.</exception>
    public float[] Bias()
    {
        string? name = BiasAdd is { } add ? BiasOf(graph, add) : Product.Input(2);
        if (name is null)
        {
            return new float[Channels];
        }

        Tensor bias = graph.Constant(name) ?? throw new GraphFormatException(graph.Name, $"{Product}", $"its bias '{name}' is computed; expected a constant.");
        float[] values = bias.ToFloats();
        return values.Length == Channels ? values : [.. Enumerable.Repeat(values[0], Channels)];
    }

    /// <summary>Scales the weights of every output channel and replaces the bias.</summary>
    /// <param name="scale">Factor of each channel's weights.</param>
    /// <param name="bias">The new bias; not allowed for a MatMul without an Add, which has no place for it.</param>
    public void Change(double[] scale, double[]? bias)
    {
        SetWeights(scale);
        if (bias is null)
        {
            return;
        }

        string name = AddConstant($"{Product.Outputs[0]}.bias", Tensor.Of([bias.Length], Array.ConvertAll(bias, value => (float)value)));
        if (BiasAdd is { } add)
        {
            add.Inputs[add.Inputs.IndexOf(BiasOf(graph, add)!)] = name;
        }
        else
        {
            while (Product.Inputs.Count < 3)
            {
                Product.Inputs.Add("");
            }

            Product.Inputs[2] = name;
        }
    }

    /// <summary>A new layer that computes a run of this one's channels; this one is not changed.</summary>
    /// <param name="first">First channel.</param>
    /// <param name="count">Number of channels.</param>
    /// <param name="name">Name of the value that it makes; must be free.</param>
    public void AddPart(int first, int count, string name)
    {
        (int outer, int inner) = Extents();
        float[] all = Weights.ToFloats();
        var part = new float[outer * count * inner];
        for (int i = 0; i < outer; i++)
        {
            all.AsSpan((i * Channels + first) * inner, count * inner).CopyTo(part.AsSpan(i * count * inner));
        }

        long[] dims = Weights.Dims.ToArray();
        dims[axis] = count;
        string weights = AddConstant($"{name}.weight", Tensor.Of(dims, part));
        Node product = Product.Clone();
        product.Name = name;
        product.Inputs[1] = weights;
        product.Outputs[0] = name;
        int at = graph.Nodes.IndexOf(BiasAdd ?? Product) + 1;
        graph.Nodes.Insert(at, product);
        if (BiasAdd is null && Product.Input(2) is null)
        {
            return;
        }

        string bias = AddConstant($"{name}.bias", Tensor.Of([count], Bias().AsSpan(first, count)));
        if (BiasAdd is null)
        {
            product.Inputs[2] = bias;
            return;
        }

        product.Outputs[0] = graph.UniqueName($"{name}.product");
        graph.Nodes.Insert(at + 1, new Node("Add", [product.Outputs[0], bias], [name], $"{name}.add"));
    }

    private static LinearLayer? Of(ModelGraph graph, Node product, Node? biasAdd)
    {
        if (graph.Constant(product.Input(1)) is not { ElementType: ElementType.Float32 } weights || LegendreMemoryPattern.Find(graph, product) is not null)
        {
            return null;
        }

        int axis = WeightLayer.OutputAxis(product, weights);
        return product.OpType switch
        {
            "Conv" when weights.Dims.Length > 2 && (product.Input(2) is null || graph.Constant(product.Input(2)) is not null) => new(graph, product, null, weights, axis),
            "Gemm" when weights.Dims.Length == 2 && IsPlainGemm(graph, product, weights) => new(graph, product, null, weights, axis),
            "MatMul" when weights.Dims.Length == 2 => new(graph, product, biasAdd, weights, axis),
            _ => null,
        };
    }

    private static bool IsPlainGemm(ModelGraph graph, Node node, Tensor weights) =>
        node.Float("alpha", 1) == 1 && node.Float("beta", 1) == 1
        && (node.Input(2) is null || (graph.Constant(node.Input(2)) is { } bias && (bias.Count == 1 || bias.Count == weights.Dims[node.Int("transB", 0) != 0 ? 0 : 1])));

    /// <summary>The constant vector that an Add adds; null where it adds none.</summary>
    private static string? BiasOf(ModelGraph graph, Node add) => add.Inputs.Find(input => graph.Constant(input) is { Dims.Length: 1 });

    private static bool IsPrivate(ModelGraph graph, string value) => graph.ConsumersOf(value).Count == 1 && !graph.IsOutput(value);

    private void SetWeights(double[] scale)
    {
        if (Array.TrueForAll(scale, factor => factor == 1))
        {
            return;
        }

        (_, int inner) = Extents();
        float[] scaled = Weights.ToFloats();
        for (int i = 0; i < scaled.Length; i++)
        {
            scaled[i] = (float)(scaled[i] * scale[i / inner % scale.Length]);
        }

        Product.Inputs[1] = AddConstant($"{Product.Outputs[0]}.weight", Tensor.Of(Weights.Dims, scaled));
    }

    private (int Outer, int Inner) Extents()
    {
        int inner = WeightLayer.InnerSize(Weights.Dims, axis);
        return (Weights.Count / (inner * Channels), inner);
    }

    private string AddConstant(string stem, Tensor tensor)
    {
        string name = graph.UniqueName(stem);
        graph.Initializers[name] = tensor;
        return name;
    }
}
