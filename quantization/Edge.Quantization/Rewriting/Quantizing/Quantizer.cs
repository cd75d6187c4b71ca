using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Patterns;
using Edge.Quantization.Rewriting.Canonical;

namespace Edge.Quantization.Rewriting.Quantizing;

/// <summary>Turns a float graph and the ranges of its values into a graph of integers, written with QuantizeLinear and DequantizeLinear.</summary>
/// <remarks>
/// Activations are asymmetric int8 (or symmetric int16) per tensor, weights symmetric int8 or int4 per output channel, biases int32 of
/// scale input · weight. The result runs in any ONNX Runtime and is what the compiler lowers, so both see the same numbers. Value v
/// becomes v.int8 (or v.int16) and v.dequantized, which its readers read; an output of the graph keeps its name and is v.float before.
/// </remarks>
public sealed partial class Quantizer
{
    /// <summary>The first operator set whose QuantizeLinear and DequantizeLinear take a scale a channel.</summary>
    private const int PerChannelOpset = 13;

    /// <summary>The first with int16 values and int4 constants, and the version of the file format that goes with it.</summary>
    private const int WideOpset = 21, WideIrVersion = 10;

    private readonly ModelGraph graph;
    private readonly QuantizeOptions options;
    private readonly ActivationGroups activations;
    private readonly HashSet<Node> interiors = []; // of what becomes one table, or one operator
    private readonly HashSet<Node> tables = []; // all nodes of those
    private readonly Dictionary<string, List<Node>> consumers = [];
    private readonly HashSet<string> outputs;
    private readonly HashSet<string> names;
    private readonly Dictionary<string, string> restored = []; // a value to the one that its readers read instead
    private readonly Dictionary<string, string> narrowed = []; // a value of 16 bits to what layers with weights read
    private readonly Dictionary<Node, PendingBias> biases = []; // by the Add that holds it
    private readonly ModelGraph result;

    private Quantizer(ModelGraph graph, IReadOnlyDictionary<string, (float Min, float Max)> ranges, QuantizeOptions options)
    {
        options.Check();
        (this.graph, this.options) = (graph.Clone(), options);
        graph = this.graph;
        ranges = AttentionMasks.Fit(graph, ranges);
        activations = new ActivationGroups(graph, ranges, options);
        outputs = [.. graph.Outputs.Select(output => output.Name)];
        names = [.. graph.Inputs.Select(input => input.Name), .. graph.Initializers.Keys, .. graph.Nodes.SelectMany(node => node.Outputs)];
        foreach (Node node in graph.Nodes)
        {
            foreach (string input in node.Inputs.Where(input => input.Length > 0).Distinct())
            {
                ConsumersOf(input).Add(node);
            }
        }

        foreach (UnaryExpression expression in UnaryExpression.FindAll(graph))
        {
            interiors.UnionWith(expression.Interior);
            tables.UnionWith([.. expression.Interior, expression.Last]);
        }

        foreach (SoftmaxPoolPattern pool in SoftmaxPoolPattern.FindAll(graph))
        {
            interiors.UnionWith([pool.Softmax, pool.Product]);
        }

        result = graph.Clone();
        result.Nodes.Clear();
    }

    /// <summary>Quantizes a cleaned-up float graph.</summary>
    /// <param name="graph">The graph; not changed.</param>
    /// <param name="ranges">Smallest and largest value of every float value that nodes exchange, the inputs included.</param>
    /// <param name="options">Bits and granularity.</param>
    /// <exception cref="GraphFormatException">A value has no range.</exception>
    /// <exception cref="ArgumentException">The options ask for a number of bits that there is not.</exception>
    public static ModelGraph Apply(ModelGraph graph, IReadOnlyDictionary<string, (float Min, float Max)> ranges, QuantizeOptions? options = null) =>
        new Quantizer(graph, ranges, options ?? new()).Apply();

    private ModelGraph Apply()
    {
        foreach (ValueInfo input in graph.Inputs.Where(input => activations.Contains(input.Name)))
        {
            InsertQuantization(input.Name, input.Name);
        }

        foreach (Node node in graph.Nodes)
        {
            Node copy = node.Clone();
            if (!tables.Contains(node))
            {
                QuantizeConstants(node, copy);
            }

            for (int i = 0; i < copy.Inputs.Count; i++)
            {
                copy.Inputs[i] = NarrowInput(node) is { } parameters && i == 0
                    ? Narrowed(node.Inputs[0], parameters)
                    : restored.GetValueOrDefault(copy.Inputs[i], copy.Inputs[i]);
            }

            result.Nodes.Add(copy);
            for (int i = 0; i < node.Outputs.Count; i++)
            {
                QuantizeOutput(node, copy, i);
            }
        }

        result.RemoveDeadNodes();
        result.SortTopologically();
        SetVersion();
        return result;
    }

    /// <summary>Declares operator set 21 only where it is needed.</summary>
    /// <remarks>
    /// On x86 ONNX Runtime 1.27 makes int8 values unsigned but forgets the output_dtype that operator set 21 gave QuantizeLinear, and
    /// then refuses a graph that it changed itself. Sets 20 and 21 spell all operators alike but GroupNormalization.
    /// </remarks>
    private void SetVersion()
    {
        bool isWide = result.Initializers.Values.Any(constant => constant.ElementType is ElementType.Int4 or ElementType.Int16);
        if (isWide || (graph.OpsetVersion == WideOpset && graph.Nodes.Exists(node => node.OpType == "GroupNormalization")))
        {
            result.OpsetVersion = WideOpset;
            result.IrVersion = Math.Max(graph.IrVersion, WideIrVersion);
            SpellBiasesInFull();
        }
        else
        {
            result.OpsetVersion = Math.Clamp(graph.OpsetVersion, PerChannelOpset, WideOpset - 1);
        }
    }

    /// <summary>Biases [n] of products with more than two axes become [1, 1, n], which ONNX Runtime does not take into a Gemm between reshapes.</summary>
    /// <remarks>Around those reshapes it would put QuantizeLinear nodes of its own, and those are what it then refuses in operator set 21.</remarks>
    private void SpellBiasesInFull()
    {
        Dictionary<string, Node> producers = result.Nodes.SelectMany(node => node.Outputs.Select(output => (output, node))).ToDictionary(pair => pair.output, pair => pair.node);
        foreach (Node add in result.Nodes.Where(node => node.OpType == "Add"))
        {
            Node?[] makers = [.. add.Inputs.Select(producers.GetValueOrDefault)];
            if (makers.FirstOrDefault(maker => maker is { OpType: "MatMul" }) is { } product
                && makers.FirstOrDefault(maker => maker is { OpType: "DequantizeLinear" }) is { } bias
                && result.Initializers.GetValueOrDefault(bias.Inputs[0]) is { ElementType: ElementType.Int32, Dims.Length: 1 } stored
                && graph.Describe(product.Outputs[0])?.Shape?.Count is > 2 and int rank)
            {
                long[] dims = [.. Enumerable.Repeat(1L, rank - 1), stored.Count];
                result.Initializers[bias.Inputs[0]] = stored.Reshape(dims);
                if (bias.Attributes.ContainsKey("axis"))
                {
                    bias.Attributes["axis"] = (long)rank - 1;
                }
            }
        }
    }

    private void QuantizeOutput(Node node, Node copy, int index)
    {
        string value = node.Outputs[index];
        bool isOutput = outputs.Contains(value);
        if (!activations.Contains(value) || (!isOutput && ConsumersOf(value).Count == 0) || interiors.Contains(node) || IsFusedIntoNext(node))
        {
            return;
        }

        string source = value;
        if (isOutput)
        {
            source = UniqueName($"{value}.float");
            copy.Outputs[index] = source;
            copy.Name = copy.Name == value ? source : copy.Name; // DequantizeLinear takes the output's name
        }

        InsertQuantization(value, source);
    }

    /// <summary>source → QuantizeLinear → DequantizeLinear → readers of <paramref name="value"/>; an output of the graph keeps its name.</summary>
    private void InsertQuantization(string value, string source)
    {
        QuantizationParameters parameters = activations.ParametersOf(value);
        string scale = AddConstant($"{value}.scale", Tensor.Scalar(parameters.Scale));
        string zeroPoint = AddConstant(
            $"{value}.zero_point", parameters.Bits == 8 ? Tensor.Of([], [(sbyte)parameters.ZeroPoint]) : Int16Zero());
        string quantized = UniqueName($"{value}.int{parameters.Bits}");
        string read = outputs.Contains(value) && source != value ? value : UniqueName($"{value}.dequantized");
        restored[value] = read;
        result.Nodes.Add(new Node("QuantizeLinear", [source, scale, zeroPoint], [quantized], quantized));
        result.Nodes.Add(new Node("DequantizeLinear", [quantized, scale, zeroPoint], [read], read));
        if (graph.Describe(value)?.Shape is { } shape)
        {
            result.ValueInfos[quantized] = new ValueInfo(quantized, parameters.Bits == 8 ? ElementType.Int8 : ElementType.Int16, shape);
            result.ValueInfos.TryAdd(read, new ValueInfo(read, ElementType.Float32, shape));
        }

        static Tensor Int16Zero() => new(ElementType.Int16, [], new byte[sizeof(short)]);
    }

    /// <summary>A convolution, product or sum whose only reader is a ReLU keeps its 32-bit sums: the ReLU is where it is quantized.</summary>
    private bool IsFusedIntoNext(Node node)
    {
        if (outputs.Contains(node.Outputs[0]) || ConsumersOf(node.Outputs[0]) is not [var next] || LegendreMemoryPattern.Find(graph, node) is not null)
        {
            return false;
        }

        return next.OpType switch
        {
            "Relu" or "Clip" => node.OpType is "Conv" or "Gemm" or "Add" or "Mul" || (node.OpType == "MatMul" && HasConstantWeights(node)),
            "Add" => WeightLayer.BiasBehind(graph, node) is not null,
            _ => false,
        };
    }

    /// <summary>The 8 bits in which a layer with weights reads a value of 16; null where it reads what there is.</summary>
    private QuantizationParameters? NarrowInput(Node node) =>
        options.NarrowLayers && node.OpType is "Conv" or "Gemm" or "MatMul" && HasConstantWeights(node) && activations.Contains(node.Inputs[0]) && !IsOfTable(node.Inputs[0])
            ? activations.NarrowParametersOf(node.Inputs[0])
            : null;

    /// <summary>Whether a table makes a value, moved or not: it would have made 8 bits if those were wanted.</summary>
    private bool IsOfTable(string value)
    {
        Node? maker = graph.ProducerOf(value);
        while (maker is not null && ActivationGroups.IsMove(maker))
        {
            maker = graph.ProducerOf(maker.Inputs[0]);
        }

        return maker is not null && tables.Contains(maker);
    }

    /// <summary>A value of 16 bits rounded to 8, once for all its readers.</summary>
    private string Narrowed(string value, QuantizationParameters parameters)
    {
        if (narrowed.TryGetValue(value, out string? known))
        {
            return known;
        }

        string scale = AddConstant($"{value}.narrow.scale", Tensor.Scalar(parameters.Scale));
        string zeroPoint = AddConstant($"{value}.narrow.zero_point", Tensor.Of([], [(sbyte)parameters.ZeroPoint]));
        (string quantized, string read) = (UniqueName($"{value}.int8"), UniqueName($"{value}.narrow"));
        result.Nodes.Add(new Node("QuantizeLinear", [restored[value], scale, zeroPoint], [quantized], quantized));
        result.Nodes.Add(new Node("DequantizeLinear", [quantized, scale, zeroPoint], [read], read));
        return narrowed[value] = read;
    }

    private bool HasConstantWeights(Node node) => graph.Initializers.ContainsKey(node.Inputs[1]);

    private List<Node> ConsumersOf(string value)
    {
        if (!consumers.TryGetValue(value, out List<Node>? readers))
        {
            consumers[value] = readers = [];
        }

        return readers;
    }

    private string AddConstant(string stem, Tensor tensor)
    {
        string name = UniqueName(stem);
        result.Initializers[name] = tensor;
        return name;
    }

    private string UniqueName(string stem)
    {
        string name = stem;
        for (int i = 1; !names.Add(name); i++)
        {
            name = $"{stem}_{i}";
        }

        return name;
    }
}
