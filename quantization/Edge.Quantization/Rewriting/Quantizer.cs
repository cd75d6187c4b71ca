using Edge.Quantization.Graph;

namespace Edge.Quantization.Rewriting;

/// <summary>Turns a float graph and the ranges of its values into a graph of int8 values, written with QuantizeLinear and DequantizeLinear.</summary>
/// <remarks>
/// Activations are asymmetric int8 per tensor, weights symmetric int8 per output channel, biases int32 of scale input · weight. The
/// result runs in any ONNX Runtime and is what the compiler lowers, so both see the same numbers.
/// </remarks>
public sealed class Quantizer
{
    private static readonly HashSet<string> Moves =
        ["Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose", "Slice", "Pad", "MaxPool", "Concat"];

    private readonly ModelGraph graph;
    private readonly IReadOnlyDictionary<string, (float Min, float Max)> ranges;
    private readonly Dictionary<string, string> groups = []; // value to the value whose quantization it shares
    private readonly Dictionary<string, QuantizationParameters> quantizations = [];
    private readonly List<Node> nodes = [];

    private Quantizer(ModelGraph graph, IReadOnlyDictionary<string, (float Min, float Max)> ranges) => (this.graph, this.ranges) = (graph, ranges);

    /// <summary>Quantizes a cleaned-up float graph.</summary>
    /// <param name="graph">The graph; not changed.</param>
    /// <param name="ranges">Smallest and largest value of every float value that nodes exchange, the inputs included.</param>
    /// <exception cref="GraphFormatException">A value has no range.</exception>
    public static ModelGraph Apply(ModelGraph graph, IReadOnlyDictionary<string, (float Min, float Max)> ranges) =>
        new Quantizer(graph.Clone(), ranges).Apply();

    private ModelGraph Apply()
    {
        TieValuesThatMove();
        foreach (ValueInfo input in graph.Inputs.ToList())
        {
            InsertQuantization(input.Name);
        }

        foreach (Node node in graph.Nodes.ToList())
        {
            bool fused = IsFusedIntoNext(node);
            QuantizeConstants(node);
            nodes.Add(node);
            if (!fused)
            {
                InsertQuantization(node.Outputs[0]);
            }
        }

        graph.Nodes.Clear();
        graph.Nodes.AddRange(nodes);
        graph.OpsetVersion = Math.Max(graph.OpsetVersion, 13); // per-channel QDQ
        graph.RemoveDeadNodes();
        graph.SortTopologically();
        return graph;
    }

    /// <summary>A convolution, product or sum whose only reader is a ReLU keeps its 32-bit sums: the ReLU is where it is quantized.</summary>
    private bool IsFusedIntoNext(Node node) =>
        node.OpType is "Conv" or "Gemm" or "MatMul" or "Add" or "Mul" && !graph.IsOutput(node.Outputs[0])
        && graph.ConsumersOf(node.Outputs[0]) is [{ OpType: "Relu" or "Clip" or "Add" } next]
        && (next.OpType != "Add" || IsBias(node, next));

    /// <summary>MatMul followed by the addition of a constant vector is one fully connected layer.</summary>
    private bool IsBias(Node node, Node add) =>
        node.OpType == "MatMul" && add.Inputs.Any(i => graph.Constant(i) is { Dims.Length: 1 });

    private void TieValuesThatMove()
    {
        foreach (Node node in graph.Nodes.Where(n => Moves.Contains(n.OpType)))
        {
            // Only Concat has several data inputs; the others' further inputs are shapes and bounds.
            IEnumerable<string> data = node.OpType == "Concat" ? node.Inputs : node.Inputs.Take(1);
            foreach (string input in data.Where(i => graph.Constant(i) is null))
            {
                groups[Representative(node.Outputs[0])] = Representative(input);
            }
        }
    }

    private string Representative(string value)
    {
        while (groups.TryGetValue(value, out string? next))
        {
            value = next;
        }

        return value;
    }

    private QuantizationParameters QuantizationOf(string value)
    {
        string representative = Representative(value);
        if (!quantizations.TryGetValue(representative, out QuantizationParameters quantization))
        {
            quantization = graph.ProducerOf(representative)?.OpType switch
            {
                "Softmax" or "Sigmoid" => QuantizationParameters.Probability,
                "Tanh" => new QuantizationParameters(1f / 128, 0),
                _ => FromRanges(representative),
            };
            quantizations[representative] = quantization;
        }

        return quantization;
    }

    private QuantizationParameters FromRanges(string representative)
    {
        (float min, float max) = (0, 0);
        foreach ((string value, (float Min, float Max) range) in ranges.Where(r => Representative(r.Key) == representative))
        {
            (min, max) = (Math.Min(min, range.Min), Math.Max(max, range.Max));
        }

        return ranges.ContainsKey(representative)
            ? QuantizationParameters.Asymmetric(min, max)
            : throw new GraphFormatException(graph.Name, $"value '{representative}'", "calibration saw no range for it.");
    }

    /// <summary>value → QuantizeLinear → DequantizeLinear → readers; an output of the graph keeps its name.</summary>
    private void InsertQuantization(string value)
    {
        QuantizationParameters quantization = QuantizationOf(value);
        string scale = AddConstant($"{value}.scale", Tensor.Scalar(quantization.Scale));
        string zeroPoint = AddConstant($"{value}.zero_point", Tensor.Of([], [(sbyte)quantization.ZeroPoint]));
        string quantized = graph.UniqueName($"{value}.int8");
        string restored = graph.UniqueName($"{value}.dequantized");
        string source = value;
        if (graph.IsOutput(value))
        {
            source = graph.UniqueName($"{value}.float");
            Node producer = graph.ProducerOf(value)!;
            producer.Outputs[producer.Outputs.IndexOf(value)] = source;
            graph.ReplaceUses(value, restored);
            restored = value;
        }
        else
        {
            graph.ReplaceUses(value, restored);
        }

        nodes.Add(new Node("QuantizeLinear", [source, scale, zeroPoint], [quantized], quantized));
        nodes.Add(new Node("DequantizeLinear", [quantized, scale, zeroPoint], [restored], restored));
    }

    private void QuantizeConstants(Node node)
    {
        if (node.OpType is "Conv" or "Gemm" or "MatMul")
        {
            QuantizeWeights(node);
        }
        else if (node.OpType is "Add" or "Mul")
        {
            for (int i = 0; i < node.Inputs.Count; i++)
            {
                if (graph.Initializers.TryGetValue(node.Inputs[i], out Tensor? constant))
                {
                    node.Inputs[i] = QuantizeConstant(node.Inputs[i], constant);
                }
            }
        }
    }

    private string QuantizeConstant(string name, Tensor constant)
    {
        float[] values = constant.ToFloats();
        QuantizationParameters quantization = QuantizationParameters.Asymmetric(values.Min(), values.Max());
        string stored = AddConstant($"{name}.int8", Tensor.Of(constant.Dims, Array.ConvertAll(values, v => quantization.Quantize(v))));
        return Dequantize(stored, name, Tensor.Scalar(quantization.Scale), Tensor.Of([], [(sbyte)quantization.ZeroPoint]), axis: null);
    }

    private void QuantizeWeights(Node node)
    {
        if (!graph.Initializers.TryGetValue(node.Inputs[1], out Tensor? weights))
        {
            return; // a product of two activations
        }

        float inputScale = InputScale(node);
        int axis = node.OpType == "Conv" || node.Int("transB", 0) != 0 ? 0 : weights.Dims.Length - 1;
        int channels = (int)weights.Dims[axis];
        (Node holder, int biasIndex) = BiasOf(node);
        float[]? bias = biasIndex < 0 ? null : graph.Constant(holder.Inputs[biasIndex])?.ToFloats();
        float[] values = weights.ToFloats();
        float[] scales = WeightScales(values, channels, InnerSize(weights.Dims, axis), inputScale, bias);
        string stored = AddConstant($"{node.Inputs[1]}.int8", Tensor.Of(weights.Dims, QuantizeSymmetric(values, scales, InnerSize(weights.Dims, axis))));
        node.Inputs[1] = Dequantize(stored, node.Inputs[1], Tensor.Of([channels], scales), Tensor.Of([channels], new sbyte[channels]), axis);
        if (bias is not null)
        {
            QuantizeBias(holder, biasIndex, bias, scales, inputScale);
        }
    }

    private void QuantizeBias(Node holder, int index, float[] bias, float[] weightScales, float inputScale)
    {
        var scales = new float[weightScales.Length];
        var stored = new int[weightScales.Length];
        for (int c = 0; c < scales.Length; c++)
        {
            scales[c] = inputScale * weightScales[c];
            stored[c] = (int)Math.Clamp(Math.Round(bias[bias.Length == 1 ? 0 : c] / (double)scales[c]), int.MinValue, int.MaxValue);
        }

        string name = holder.Inputs[index];
        holder.Inputs[index] = Dequantize(
            AddConstant($"{name}.int32", Tensor.Of([stored.Length], stored)), name, Tensor.Of([scales.Length], scales), zeroPoint: null, axis: 0);
    }

    /// <summary>Where a layer's bias is: its own third input, or the vector of an Add behind a MatMul; index -1 where it has none.</summary>
    private (Node Holder, int Index) BiasOf(Node node)
    {
        if (node.OpType != "MatMul")
        {
            return (node, node.Input(2) is null ? -1 : 2);
        }

        return graph.ConsumersOf(node.Outputs[0]) is [{ OpType: "Add" } add] && IsBias(node, add)
            ? (add, add.Inputs.FindIndex(i => graph.Constant(i) is not null))
            : (node, -1);
    }

    /// <summary>The scale of a layer's input: known, since the value went through QuantizeLinear before.</summary>
    private float InputScale(Node node)
    {
        Node dequantize = nodes.First(n => n.Outputs.Contains(node.Inputs[0]));
        return graph.Initializers[dequantize.Inputs[1]].ToFloats()[0];
    }

    /// <summary>|w| / 127 per channel; larger where the bias, in steps of input · weight scale, would leave 30 bits.</summary>
    private static float[] WeightScales(float[] weights, int channels, int inner, float inputScale, float[]? bias)
    {
        var largest = new float[channels];
        for (int i = 0; i < weights.Length; i++)
        {
            int channel = i / inner % channels;
            largest[channel] = Math.Max(largest[channel], Math.Abs(weights[i]));
        }

        return [.. largest.Select((value, c) => Scale(value, bias is null ? 0 : Math.Abs(bias[bias.Length == 1 ? 0 : c])))];

        float Scale(float weight, float offset)
        {
            float scale = Math.Max(weight / 127, offset / (1 << 30) / inputScale);
            return scale < QuantizationParameters.SmallestScale ? 1 : scale;
        }
    }

    private static sbyte[] QuantizeSymmetric(float[] values, float[] scales, int inner) =>
        [.. values.Select((v, i) => (sbyte)Math.Clamp(Math.Round((double)v / scales[i / inner % scales.Length]), -127, 127))];

    private static int InnerSize(ReadOnlySpan<long> dims, int axis)
    {
        long inner = 1;
        foreach (long dim in dims[(axis + 1)..])
        {
            inner *= dim;
        }

        return (int)inner;
    }

    private string Dequantize(string stored, string name, Tensor scale, Tensor? zeroPoint, long? axis)
    {
        string scaleName = AddConstant($"{name}.scale", scale);
        List<string> inputs = [stored, scaleName];
        if (zeroPoint is not null)
        {
            inputs.Add(AddConstant($"{name}.zero_point", zeroPoint));
        }

        string output = graph.UniqueName($"{name}.dequantized");
        var node = new Node("DequantizeLinear", inputs, [output], output);
        if (axis is { } value)
        {
            node.Attributes["axis"] = value;
        }

        nodes.Add(node);
        return output;
    }

    private string AddConstant(string stem, Tensor tensor)
    {
        string name = graph.UniqueName(stem);
        graph.Initializers[name] = tensor;
        return name;
    }
}
