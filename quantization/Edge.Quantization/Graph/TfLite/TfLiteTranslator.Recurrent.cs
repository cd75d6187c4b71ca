namespace Edge.Quantization.Graph.TfLite;

/// <summary>Layers with a memory of their own: SVDF and LSTM.</summary>
/// <remarks>
/// Over int8 they become one node of the domain "edge" each, which reads and writes integers and keeps its state inside, since TensorFlow Lite's
/// integers cannot be told in float operators. The float ones become ONNX operators.
/// <para>
/// edge.Svdf: inputs x int8 [1, features], feature weights int8 [filters, features], time weights int16 [filters, steps], bias int32 [units] or "";
/// output int8 [1, units]; attributes rank, input_scale, input_zero_point, feature_scale, time_scale, state_scale, output_scale, output_zero_point.
/// </para>
/// <para>
/// edge.Lstm: inputs x int8 [1, steps, features] (or [steps, 1, features] where time_major is 1), input weights int8 [units, features] of input,
/// forget, cell and output gate, recurrent weights int8 [units, units] of the same, biases int32 [units] of the same; output int8 [1, steps, units];
/// attributes input_scale, input_zero_point, weight_scales and recurrent_scales (four each), hidden_scale, hidden_zero_point, cell_scale, cell_clip,
/// output_scale, output_zero_point, time_major.
/// </para>
/// </remarks>
internal sealed partial class TfLiteTranslator
{
    /// <summary>Inputs of UNIDIRECTIONAL_SEQUENCE_LSTM; the four gates of a kind follow one another: input, forget, cell, output.</summary>
    private const int InputWeights = 1, RecurrentWeights = 5, Peepholes = 9, GateBiases = 12, Projection = 16, OutputState = 18, CellState = 19, LayerNorms = 20, LstmInputs = 24;

    /// <summary>Where the gates input, forget, cell, output stand in ONNX's weights, which have input, output, forget, cell.</summary>
    private static readonly int[] OnnxGates = [0, 3, 1, 2];

    private void Svdf(TfLiteOperator op)
    {
        TfLiteValue input = Value(op, 0);
        RequireRank(op, 0, 2);
        RequireRank(op, 1, 2);
        RequireRank(op, 2, 2);
        input = InOrder(input, AxisOrder.Plain(2));
        int rank = op.Options.Int32(0), filters = InputTensor(op, 1).Shape[0], steps = InputTensor(op, 2).Shape[1];
        int[] result = Output(op).Shape;
        if (rank < 1 || filters % rank != 0 || InputTensor(op, 2).Shape[0] != filters || InputTensor(op, 1).Shape[1] != input.Shape[1] || input.Shape[0] != 1 || !result.SequenceEqual([1, filters / rank]))
        {
            throw Fault(op, $"rank {rank}, weights {InputTensor(op, 1)} and {InputTensor(op, 2)} do not fit an input of [{string.Join(", ", input.Shape)}] and an output of [{string.Join(", ", result)}]; expected a batch of 1");
        }

        if (input.Stored is null)
        {
            FloatSvdf(op, input, rank, filters, steps);
            return;
        }

        QuantizationParameters output = ParametersOf(Output(op), $"{op}") ?? throw Fault(op, Output(op), "it is float behind an int8 input");
        TfLiteTensor time = InputTensor(op, 2), state = InputTensor(op, 4);
        if (time.Type != TfLiteType.Int16 || state.Type != TfLiteType.Int16)
        {
            throw Fault(op, time, $"time weights are {time.Type} and the state is {state.Type}; expected Int16 of both, as TensorFlow Lite's converter writes them");
        }

        Weights feature = WeightsOf(op, 1, input, 0);
        string bias = OptionalTensor(op, 3) is { } biases ? AddConstant($"{biases.Name}.int32", Stored(biases)) : "";
        AddEdge(op, "Svdf",
            [input.Stored.Name, AddConstant($"{feature.Name}.int8", feature.Tensor), AddConstant($"{time.Name}.int16", Stored(time)), bias],
            [
                ("rank", (long)rank), ("feature_scale", OneScale(op, feature)), ("time_scale", ScaleOf(op, time)), ("state_scale", ScaleOf(op, state)),
                .. Ends(input.Stored.Parameters, output),
            ], output);
    }

    /// <summary>The state forgets its oldest column and gets the features' products; its weighted sum over time, by rank, is the output.</summary>
    private void FloatSvdf(TfLiteOperator op, TfLiteValue input, int rank, int filters, int steps)
    {
        string name = Output(op).Name;
        long[] memory = [1, filters, steps], column = [1, filters, 1], parts = [1, filters / rank, rank];
        var before = new TfLiteValue($"{name}.state", Unique($"{name}.state"), [1, filters, steps], AxisOrder.Plain(3), null);
        graph.ValueInfos[before.Name] = Info(before.Name, ElementType.Float32, memory);
        string weights = AddNamed(InputTensor(op, 1).Name, Floats(op, InputTensor(op, 1)));
        string features = Node("Gemm", $"{name}.features", [input.Name, weights], ("transB", 1L));
        string newest = Node("Reshape", $"{name}.newest", [features, ShapeConstant($"{name}.column", column)]);
        string kept = Node("Slice", $"{name}.older", [before.Name, ShapeConstant($"{name}.starts", [1]), ShapeConstant($"{name}.ends", [steps]), ShapeConstant($"{name}.axes", [2])]);
        string after = Node("Concat", $"{name}.state.next", steps > 1 ? [kept, newest] : [newest], ("axis", 2L));
        graph.ValueInfos[after] = Info(after, ElementType.Float32, memory);
        graph.States.Add(new GraphState(before.Name, after, null));
        string weighted = Node("Mul", $"{name}.weighted", [after, AddNamed(InputTensor(op, 2).Name, Floats(op, InputTensor(op, 2)))]);
        string sums = Node("ReduceSum", $"{name}.sums", [weighted, ShapeConstant($"{name}.time", [2])], ("keepdims", 0L));
        string ranks = Node("Reshape", $"{name}.ranks", [sums, ShapeConstant($"{name}.parts", parts)]);
        string[] total = [ranks, ShapeConstant($"{name}.rank", [2])];
        (string, AttributeValue)[] drop = [("keepdims", 0L)];
        if (OptionalTensor(op, 3) is not { } bias)
        {
            Emit(op, "ReduceSum", total, AxisOrder.Plain(2), drop, op.Options.Byte(1));
            return;
        }

        Emit(op, "Add", [Node("ReduceSum", $"{name}.units", total, drop), AddNamed(bias.Name, Floats(op, bias))], AxisOrder.Plain(2), activation: op.Options.Byte(1));
    }

    private void Lstm(TfLiteOperator op)
    {
        RequirePlainLstm(op);
        TfLiteValue input = Value(op, 0);
        RequireRank(op, 0, 3);
        bool timeMajor = op.Options.Bool(3);
        int units = InputTensor(op, RecurrentWeights + 1).Shape[0], features = input.Shape[2];
        if (input.Shape[timeMajor ? 1 : 0] != 1)
        {
            throw Fault(op, $"its input has [{string.Join(", ", input.Shape)}]; expected a batch of 1");
        }

        for (int gate = 0; gate < 4; gate++)
        {
            RequireShape(op, InputWeights + gate, [units, features]);
            RequireShape(op, RecurrentWeights + gate, [units, units]);
            RequireShape(op, GateBiases + gate, [units]);
        }

        if (input.Stored is null)
        {
            FloatLstm(op, input, timeMajor, units);
        }
        else
        {
            IntegerLstm(op, InOrder(input, AxisOrder.Plain(3)), timeMajor);
        }
    }

    /// <summary>Refuses the variants that no converter of today writes for a Keras layer.</summary>
    private void RequirePlainLstm(TfLiteOperator op)
    {
        string? variant =
            Enumerable.Range(Peepholes, 3).Any(input => OptionalTensor(op, input) is not null) ? "peepholes"
            : Enumerable.Range(Projection, 2).Any(input => OptionalTensor(op, input) is not null) ? "a projection"
            : Enumerable.Range(LayerNorms, LstmInputs - LayerNorms).Any(input => OptionalTensor(op, input) is not null) ? "layer normalization"
            : Enumerable.Range(InputWeights, 8).Any(input => OptionalTensor(op, input) is null) ? "coupled input and forget gates"
            : op.Options.Float(2) != 0 ? "a clipped projection"
            : op.Options.Byte(0) != 4 ? $"activation {op.Options.Byte(0)} in place of TANH (4)"
            : op.Options.Bool(5) ? "diagonal recurrent weights" : null;
        if (variant is not null)
        {
            throw Fault(op, $"it has {variant}; expected the plain LSTM of a Keras layer");
        }
    }

    private void RequireShape(TfLiteOperator op, int input, int[] shape)
    {
        TfLiteTensor tensor = InputTensor(op, input);
        if (!tensor.Shape.SequenceEqual(shape))
        {
            throw Fault(op, tensor, $"it is [{string.Join(", ", tensor.Shape)}]; expected [{string.Join(", ", shape)}]");
        }
    }

    /// <summary>ONNX's LSTM, from states of zero: what a Keras layer computes of one window.</summary>
    private void FloatLstm(TfLiteOperator op, TfLiteValue input, bool timeMajor, int units)
    {
        if (op.Options.Float(1) is var clip && clip != 0)
        {
            throw Fault(op, $"it clips its cells at {clip}, which ONNX's LSTM has no word for; train it without");
        }

        string name = Output(op).Name;
        int[] steps = timeMajor ? AxisOrder.Plain(3) : [1, 0, 2];
        int count = input.Shape[timeMajor ? 0 : 1];
        float[] recurrentBias = new float[4 * units];
        string[] inputs =
        [
            InOrder(input, steps).Name,
            AddConstant($"{name}.weights", Tensor.Of([1, 4 * units, input.Shape[2]], Gates(op, InputWeights))),
            AddConstant($"{name}.recurrent", Tensor.Of([1, 4 * units, units], Gates(op, RecurrentWeights))),
            AddConstant($"{name}.bias", Tensor.Of([1, 8 * units], [.. Gates(op, GateBiases), .. recurrentBias])),
        ];
        string sequence = Node("LSTM", $"{name}.sequence", inputs, ("hidden_size", (long)units));
        Emit(op, "Reshape", [sequence, ShapeConstant($"{name}.shape", [count, 1, units])], steps);
    }

    /// <summary>The constants of the four gates in ONNX's order, one after the other.</summary>
    private float[] Gates(TfLiteOperator op, int first) => [.. OnnxGates.SelectMany(gate => Floats(op, InputTensor(op, first + gate)).ToFloats())];

    private void IntegerLstm(TfLiteOperator op, TfLiteValue input, bool timeMajor)
    {
        QuantizationParameters output = ParametersOf(Output(op), $"{op}") ?? throw Fault(op, Output(op), "it is float behind an int8 input");
        TfLiteTensor cell = InputTensor(op, CellState);
        if (cell.Type != TfLiteType.Int16 || ParametersOf(InputTensor(op, OutputState), $"{op}") != output)
        {
            throw Fault(op, cell, $"the cell state is {cell.Type} and the output state {InputTensor(op, OutputState).Type}; expected Int16, and Int8 with the output's scale");
        }

        TfLiteTensor hidden = op.Intermediates is [_, _, _, _, >= 0 and var index] && index < subgraph.Tensors.Count
            ? subgraph.Tensors[index]
            : throw Fault(op, "the scale of its hidden state is missing; expected five intermediate tensors. Convert the model again");
        QuantizationParameters middle = ParametersOf(hidden, $"{op}") ?? throw Fault(op, hidden, "it is float; expected int8");
        Weights[] weights = [.. Enumerable.Range(InputWeights, 8).Select(gate => WeightsOf(op, gate, input, 0))];
        AddEdge(op, "Lstm",
            [
                input.Stored!.Name, .. weights.Select(gate => AddConstant($"{gate.Name}.int8", gate.Tensor)),
                .. Enumerable.Range(GateBiases, 4).Select(gate => AddConstant($"{InputTensor(op, gate).Name}.int32", GateBias(op, gate))),
            ],
            [
                ("weight_scales", Array.ConvertAll(weights[..4], gate => OneScale(op, gate))), ("recurrent_scales", Array.ConvertAll(weights[4..], gate => OneScale(op, gate))),
                ("hidden_scale", middle.Scale), ("hidden_zero_point", (long)middle.ZeroPoint), ("cell_scale", ScaleOf(op, cell)), ("cell_clip", op.Options.Float(1)),
                ("time_major", timeMajor ? 1L : 0L), .. Ends(input.Stored.Parameters, output),
            ], output);
    }

    private Tensor GateBias(TfLiteOperator op, int input)
    {
        TfLiteTensor tensor = InputTensor(op, input);
        return tensor.Type == TfLiteType.Int32 && tensor.IsConstant ? Stored(tensor) : throw Fault(op, tensor, $"this bias is {tensor.Type}; expected a constant of Int32");
    }

    private static float OneScale(TfLiteOperator op, Weights weights) =>
        weights.Scales is [var scale] ? scale : throw Fault(op, $"its weights '{weights.Name}' have {weights.Scales?.Length} scales; expected one");

    private static float ScaleOf(TfLiteOperator op, TfLiteTensor tensor) =>
        tensor.Quantization is { Scales: [> 0 and var scale] } quantization && Array.TrueForAll(quantization.ZeroPoints, zero => zero == 0)
            ? scale
            : throw Fault(op, tensor, "expected one scale and a zero point of 0");

    private static (string Name, AttributeValue Value)[] Ends(QuantizationParameters input, QuantizationParameters output) =>
    [
        ("input_scale", input.Scale), ("input_zero_point", (long)input.ZeroPoint), ("output_scale", output.Scale), ("output_zero_point", (long)output.ZeroPoint),
    ];

    /// <summary>Adds an operator over integers, which makes v.int8 itself.</summary>
    private void AddEdge(TfLiteOperator op, string type, IEnumerable<string> inputs, IEnumerable<(string Name, AttributeValue Value)> attributes, QuantizationParameters output)
    {
        TfLiteTensor tensor = Output(op);
        var stored = new TfLiteIntegers(
            Unique($"{tensor.Name}.int8"), output, AddConstant($"{tensor.Name}.scale", Tensor.Scalar(output.Scale)),
            AddConstant($"{tensor.Name}.zero_point", Tensor.Of([], [(sbyte)output.ZeroPoint])));
        AddNode(type, inputs, stored.Name, attributes);
        graph.Nodes[^1].Domain = TfLiteReader.EdgeDomain;
        Set(op, Restored(new TfLiteValue(tensor.Name, "", tensor.Shape, AxisOrder.Plain(tensor.Shape.Length), stored)));
    }

    /// <summary>Adds a node and returns the name of what it makes.</summary>
    private string Node(string type, string stem, IEnumerable<string> inputs, params (string Name, AttributeValue Value)[] attributes)
    {
        string output = Unique(stem);
        AddNode(type, inputs, output, attributes);
        return output;
    }
}
