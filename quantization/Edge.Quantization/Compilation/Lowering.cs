using System.Globalization;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Patterns;
using Edge.Quantization.Graph.TfLite;

namespace Edge.Quantization.Compilation;

/// <summary>Lowers a quantized graph (QuantizeLinear, DequantizeLinear around float operators; operators of the domain "edge" over integers) to a plan for the device.</summary>
/// <remarks>
/// A float operator is lowered when its QuantizeLinear is met: by then its inputs have tensors and its output has a scale. Layout
/// changes cost nothing: a Transpose renames axes, and only memory order decides what an operator can read. Factors, ranges and tables are
/// made as ONNX Runtime computes, or as TensorFlow Lite does where the graph asks for it (<see cref="TensorFlowLiteArithmetic"/>).
/// </remarks>
internal sealed partial class Lowering
{
    /// <summary>What may keep its 32-bit sums until the operator behind it.</summary>
    private static readonly HashSet<string> Fused = ["Conv", "Gemm", "MatMul", "Add", "Mul", "Sub", "AveragePool", "MaxPool"];

    /// <summary>What <see cref="Lower"/> knows, functions of one value apart.</summary>
    private static readonly HashSet<string> Lowered =
    [
        .. Fused, "Relu", "Clip", "GlobalAveragePool", "GlobalMaxPool", "ReduceMean", "ReduceSum", "ReduceMax", "Softmax", "LayerNormalization", "InstanceNormalization",
        "Transpose", "Squeeze", "Unsqueeze", "Flatten", "Reshape", "Pad", "Concat", "Slice", "Split", "Gather", "Scan",
    ];

    private readonly ModelGraph graph;
    private readonly bool streaming;
    private readonly bool newest; // a step gives its newest result alone
    private readonly bool running; // pools over time give what was pooled so far at each frame, rather than one value
    private readonly bool tensorFlowLite; // whose integers the plan gives
    private readonly Dictionary<string, LoweredValue> values = [];
    private readonly Dictionary<(DraftTensor Tensor, int Frames, bool Clocked, int Fill), DraftTensor> histories = [];
    private readonly List<string> faults = [];
    private readonly PlanDraft draft;

    private Lowering(ModelGraph graph, PlanForm form, bool newest)
    {
        (this.graph, tensorFlowLite) = (graph, TensorFlowLiteArithmetic.IsAskedBy(graph));
        streaming = form == PlanForm.Streaming && !graph.IsStateful;
        this.newest = streaming && newest;
        running = streaming || form == PlanForm.Running;
        draft = new PlanDraft { Rounding = TensorFlowLiteArithmetic.RoundingOf(graph) };
    }

    /// <summary>Lowers a graph with one input, [1, time, features], [1, 1, time, features] or frames end to end [1, time · features], and one output.</summary>
    /// <param name="graph">A quantized graph.</param>
    /// <param name="form">How it meets the stream; for a graph with states of its own, streaming means one step of it.</param>
    /// <param name="frames">Frames of the input: of a step, of the window, or of the whole recording.</param>
    /// <param name="stride">Frames from one run to the next; windowed form only.</param>
    /// <param name="features">Features of a frame, for an input of frames end to end; 0 where it is one frame.</param>
    /// <param name="newest">Whether a step of the streaming form gives its newest frame alone, where it makes several.</param>
    /// <exception cref="GraphFormatException">Something cannot be lowered; the message lists all of it.</exception>
    public static PlanDraft Run(ModelGraph graph, PlanForm form, int frames, int stride = 0, int features = 0, bool newest = false)
    {
        var lowering = new Lowering(graph, form, newest);
        lowering.AddInput(form, frames, stride, features);
        lowering.AddStates();
        foreach (Node node in graph.Nodes)
        {
            lowering.Visit(node);
        }

        if (lowering.faults.Count > 0)
        {
            throw new GraphFormatException(graph.Name, $"{lowering.faults.Count} node(s) cannot be lowered", string.Join(" ", lowering.faults));
        }

        ValueInfo scores = graph.Outputs[0];
        LoweredValue output = lowering.values.GetValueOrDefault(scores.Name)
            ?? throw new GraphFormatException(graph.Name, $"output '{scores.Name}'", "is a constant, or no int8 value; expected scores that are computed from the input.");
        lowering.draft.Output = lowering.streaming ? lowering.WholeSteps(output).Tensor : output.Tensor;
        lowering.AssignStates();
        if (lowering.draft.Output.Type != Inference.ElementType.Int8)
        {
            throw new GraphFormatException(graph.Name, $"output '{graph.Outputs[0].Name}'", "has 16 bits; a device takes scores of 8.");
        }

        MemoryPlanner.Place(lowering.draft);
        return lowering.draft;
    }

    private void Visit(Node node)
    {
        try
        {
            switch (node.OpType)
            {
                case "QuantizeLinear":
                    LowerQuantized(node);
                    break;
                case var _ when node.Domain == TfLiteReader.EdgeDomain:
                    LowerRecurrent(node);
                    break;
                case "DequantizeLinear" when values.TryGetValue(node.Inputs[0], out LoweredValue? value):
                    values[node.Outputs[0]] = value;
                    break;
            }
        }
        catch (GraphFormatException e)
        {
            faults.Add($"{e.Place}: {e.Problem}");
        }
        catch (ArgumentOutOfRangeException e) when (e.ParamName == "factor") // of FixedPointDesign.QuantizeMultiplier
        {
            faults.Add(string.Create(CultureInfo.InvariantCulture,
                $"{graph.ProducerOf(node.Inputs[0]) ?? node}: its inputs must be scaled by {e.ActualValue:G3} for its output, and a device scales by less than 2^30. Is one of its constants enormous, or was it calibrated on silence?"));
        }
    }

    /// <summary>The value that a QuantizeLinear makes: the graph's input, or the float operators before it.</summary>
    private void LowerQuantized(Node quantize)
    {
        string source = quantize.Inputs[0];
        if (values.TryGetValue(source, out LoweredValue? value))
        {
            values[quantize.Outputs[0]] = Requantized(value, Parameters(quantize));
            return;
        }

        if (ConstantValue(quantize) is { } constant)
        {
            values[quantize.Outputs[0]] = constant;
            return;
        }

        if (graph.ProducerOf(source) is not { } node)
        {
            return;
        }

        if (TableOf(node) is not null || !ReadBy(node).Any(IsMissing))
        {
            QuantizationParameters output = Parameters(quantize);
            RequireWidth(node, output);
            values[quantize.Outputs[0]] = Requantized(Lower(node, source, output), output);
        }
        else if (!CanLower(node))
        {
            faults.Add(Unknown(node).Message);
        }
    }

    /// <summary>Refuses an operator that reads or makes int16 and has no form for it.</summary>
    private void RequireWidth(Node node, QuantizationParameters output)
    {
        UnaryExpression? table = TableOf(node);
        Node? fused = table is null ? FusedInto(node) ?? MatMulBefore(node) : null;
        if (table is not null && !tensorFlowLite)
        {
            return; // of either width
        }

        IEnumerable<string> read = table is null ? ReadBy(node).Concat(fused?.Inputs ?? []) : [table.Source];
        if (read.Any(input => values.TryGetValue(input, out LoweredValue? value) && value.Tensor.Type == Inference.ElementType.Int16)
            && (table is not null || !WideActivations.Reads(graph, node)))
        {
            throw Fault(node, $"operator {node.OpType} does not read 16 bits; keep its inputs at 8");
        }

        if (output.Bits == 16 && (table is not null || !WideActivations.Makes(graph, node)))
        {
            throw Fault(node, $"operator {node.OpType} does not make 16 bits; keep its output at 8");
        }
    }

    /// <summary>
    /// An activation that could not be lowered, or that depends on one: the fault is noted already, and only what no lowering could help is
    /// worth another.
    /// </summary>
    private bool IsMissing(string input)
    {
        if (input.Length == 0 || graph.Constant(input) is not null || values.ContainsKey(input))
        {
            return false;
        }

        return graph.ProducerOf(input) switch
        {
            { OpType: "DequantizeLinear" } dequantize => graph.Constant(dequantize.Inputs[0]) is null,
            { } fused when Fused.Contains(fused.OpType) => fused.Inputs.Exists(IsMissing),
            _ => true,
        };
    }

    /// <summary>What an operator on the device reads that ends in a node: its inputs, or those of the nodes that are one operator with it.</summary>
    private List<string> ReadBy(Node node) => SoftmaxPoolPattern.Find(graph, node) is { } pool ? [pool.Values, pool.Logits] : node.Inputs;

    private bool CanLower(Node node) => Lowered.Contains(node.OpType) || UnaryExpression.Find(graph, node) is not null;

    /// <summary>The function of one int8 value that ends in a node, if there is one.</summary>
    private UnaryExpression? TableOf(Node node) =>
        UnaryExpression.Find(graph, node) is { } expression && values.ContainsKey(expression.Source) ? expression : null;

    private GraphFormatException Unknown(Node node) =>
        Fault(node, $"operator {node.OpType} of opset {graph.OpsetVersion} cannot be lowered; {Alternatives.For(node.OpType)}");

    private LoweredValue Lower(Node node, string name, QuantizationParameters output) => node.OpType switch
    {
        _ when TableOf(node) is { } expression => LowerTable(node, name, output, expression),
        "ReduceSum" when SoftmaxPoolPattern.Find(graph, node) is { } pool => LowerSoftmaxPool(node, pool, name, output),
        "MatMul" when node.Inputs.TrueForAll(values.ContainsKey) => LowerBatchMatMul(node, name, output),
        "Conv" when LegendreMemoryPattern.Find(graph, node) is { } memory => LowerLegendreMemory(node, memory, name, output),
        "Conv" or "Gemm" or "MatMul" => LowerLayer(node, name, output, Activation.None),
        "Scan" => LowerNeurons(node, name),
        "Relu" or "Clip" when FusedInto(node) is { } fused => LowerFused(fused, node, name, output),
        "Add" when MatMulBefore(node) is { } product => LowerLayer(product, name, output, Activation.None, node),
        "Add" or "Mul" or "Sub" => LowerElementwise(node, name, output, Activation.None),
        "MaxPool" or "AveragePool" => LowerPool(node, name, output, Activation.None),
        "GlobalAveragePool" or "GlobalMaxPool" or "ReduceMean" or "ReduceSum" or "ReduceMax" => LowerReduction(node, name, output),
        "Softmax" => LowerSoftmax(node, name, output),
        "LayerNormalization" => LowerLayerNorm(node, name, output),
        "InstanceNormalization" => LowerInstanceNorm(node, name, output),
        "Transpose" => LowerTranspose(node),
        "Squeeze" or "Unsqueeze" => LowerSqueeze(node),
        "Flatten" or "Reshape" => LowerReshape(node),
        "Pad" => LowerPad(node, name),
        "Concat" => LowerConcat(node, name, output),
        "Slice" => LowerSlice(node, name),
        "Split" => LowerSplit(node, name),
        "Gather" => LowerGather(node, name),
        _ => throw Unknown(node),
    };

    private Node? FusedInto(Node activation) =>
        graph.ProducerOf(activation.Inputs[0]) is { } producer && Fused.Contains(producer.OpType) && !values.ContainsKey(activation.Inputs[0]) ? producer : null;

    private Node? MatMulBefore(Node add) =>
        add.Inputs.Select(graph.ProducerOf).FirstOrDefault(p => p is { OpType: "MatMul" } && !values.ContainsKey(p.Outputs[0]));

    private LoweredValue LowerFused(Node producer, Node activation, string name, QuantizationParameters output)
    {
        Activation range = ActivationOf(activation);
        return producer.OpType switch
        {
            "Add" when MatMulBefore(producer) is { } product => LowerLayer(product, name, output, range, producer),
            "Add" or "Mul" or "Sub" => LowerElementwise(producer, name, output, range),
            "AveragePool" or "MaxPool" => LowerPool(producer, name, output, range),
            _ => LowerLayer(producer, name, output, range),
        };
    }

    private Activation ActivationOf(Node node)
    {
        if (node.OpType == "Relu")
        {
            return new Activation(0, double.PositiveInfinity, tensorFlowLite);
        }

        float? min = graph.Constant(node.Input(1))?.ToFloats()[0];
        float? max = graph.Constant(node.Input(2))?.ToFloats()[0];
        return new Activation(min ?? double.NegativeInfinity, max ?? double.PositiveInfinity, tensorFlowLite);
    }

    private LoweredValue Value(Node node, int index) => Plain(node, SplitOrPlain(node, index));

    private LoweredValue SplitOrPlain(Node node, int index) =>
        values.GetValueOrDefault(node.Inputs[index]) ?? throw Fault(node, $"input '{node.Inputs[index]}' is no int8 value");

    private LoweredValue Plain(Node node, LoweredValue value) => value.Split is { } split
        ? throw Fault(node, $"it reads a value with axes of {string.Join(", ", split.Sizes)}; at most 3 larger than 1 can be told apart. Take a part of it first")
        : value;

    /// <summary>The constant of integers that a value is, with the DequantizeLinear that says its scale; null where it is none.</summary>
    private (Node Dequantize, Tensor Stored)? StoredConstant(string value) =>
        graph.ProducerOf(value) is { OpType: "DequantizeLinear" } dequantize && graph.Constant(dequantize.Inputs[0]) is { } stored ? (dequantize, stored) : null;

    private QuantizationParameters Parameters(Node quantize)
    {
        Tensor scale = graph.Constant(quantize.Inputs[1]) ?? throw Fault(quantize, "its scale is computed; expected a constant");
        Tensor? zeroPoint = graph.Constant(quantize.Input(2));
        int bits = (zeroPoint?.ElementType ?? Graph.ElementType.Int8) switch
        {
            Graph.ElementType.Int8 => 8,
            Graph.ElementType.Int16 when zeroPoint!.ToInts()[0] == 0 => 16,
            Graph.ElementType.Int16 => throw Fault(quantize, "it makes or reads Int16 with a zero point other than 0; expected symmetric values"),
            var type => throw Fault(quantize, $"it makes or reads {type}; expected Int8 or Int16 (signed)"),
        };
        return scale.Count == 1
            ? new QuantizationParameters(scale.ToFloats()[0], zeroPoint?.ToInts()[0] ?? 0, bits)
            : throw Fault(quantize, $"it has {scale.Count} scales; activations have one");
    }

    private GraphFormatException Fault(Node node, string problem) => new(graph.Name, $"{node}", $"{problem}.");

    private LoweredValue AddActivation(string name, int[] shape, AxisRole[] roles, QuantizationParameters parameters) =>
        new(draft.AddActivation(name, shape, parameters.Scale, parameters.ZeroPoint, type: parameters.Bits == 16 ? Inference.ElementType.Int16 : Inference.ElementType.Int8), roles);

    /// <summary>The range that a fused activation leaves, in reals; its ends are rounded as TensorFlow Lite does, or ties to even.</summary>
    private readonly record struct Activation(double Min, double Max, bool TensorFlowLite = false)
    {
        public static Activation None => new(double.NegativeInfinity, double.PositiveInfinity);

        public (string Name, int[] Values)[] Attributes(QuantizationParameters output) =>
        [
            .. Limit("activationMin", Min, output, -(1 << (output.Bits - 1))), .. Limit("activationMax", Max, output, (1 << (output.Bits - 1)) - 1),
        ];

        /// <summary>One end of the range; nothing where it is the end of the type, which the reader takes then.</summary>
        private (string Name, int[] Values)[] Limit(string name, double value, QuantizationParameters output, int end)
        {
            double scaled = TensorFlowLite ? TensorFlowLiteArithmetic.Bound(value, output) : Math.Round(value / output.Scale) + output.ZeroPoint;
            int limit = double.IsFinite(value) ? (int)Math.Clamp(scaled, -(1 << (output.Bits - 1)), (1 << (output.Bits - 1)) - 1) : end;
            return limit == end ? [] : [(name, [limit])];
        }
    }
}
