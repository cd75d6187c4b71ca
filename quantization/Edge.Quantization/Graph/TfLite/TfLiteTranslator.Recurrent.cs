namespace Edge.Quantization.Graph.TfLite;

/// <summary>SVDF, and what it shares with LSTM, the other layer with a memory of its own.</summary>
/// <remarks>
/// Over int8 they become one node of the domain "edge" each, which reads and writes integers and keeps its state inside, since TensorFlow Lite's
/// integers cannot be told in float operators. The float ones become ONNX operators.
/// <para>
/// edge.Svdf: inputs x int8 [1, features], feature weights int8 [filters, features], time weights int16 [filters, steps], bias int32 [units] or "";
/// output int8 [1, units]; attributes rank, input_scale, input_zero_point, feature_scale, time_scale, state_scale, output_scale, output_zero_point.
/// </para>
/// </remarks>
internal sealed partial class TfLiteTranslator
{
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
