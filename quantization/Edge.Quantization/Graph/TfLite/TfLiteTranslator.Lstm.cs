namespace Edge.Quantization.Graph.TfLite;

/// <summary>UNIDIRECTIONAL_SEQUENCE_LSTM.</summary>
/// <remarks>
/// edge.Lstm, the int8 one: inputs x int8 [1, steps, features] (or [steps, 1, features] where time_major is 1), then, each of input, forget, cell and
/// output gate: input weights int8 [cells, features], recurrent weights int8 [cells, units], biases int32 [cells]; peephole weights int16 [cells] of
/// input, forget and output gate; projection weights int8 [units, cells], projection bias int32 [units]. "" stands for what is absent: all of the
/// input gate where it is coupled to the forget gate, peepholes, projection; units are cells without projection. Output int8 [1, steps, units].
/// Attributes: input_scale, input_zero_point, weight_scales and recurrent_scales (one a gate that is there), peephole_scales, projection_scale,
/// projection_clip, hidden_scale, hidden_zero_point, cell_scale, cell_clip, output_scale, output_zero_point, time_major, and stateful: 1 where outputs
/// and cells live on from run to run, 0 where every run begins without a past.
/// </remarks>
internal sealed partial class TfLiteTranslator
{
    /// <summary>Inputs of UNIDIRECTIONAL_SEQUENCE_LSTM; the four gates of a kind follow one another: input, forget, cell, output.</summary>
    private const int InputWeights = 1, RecurrentWeights = 5, Peepholes = 9, GateBiases = 12, Projection = 16, OutputState = 18, CellState = 19, LayerNorms = 20, LstmInputs = 24;

    /// <summary>Where the gates input, forget, cell, output stand in ONNX's weights, which have input, output, forget, cell.</summary>
    private static readonly int[] OnnxGates = [0, 3, 1, 2];

    private bool hasSequence; // a layer takes several steps at once

    private void Lstm(TfLiteOperator op)
    {
        TfLiteValue input = Value(op, 0);
        RequireRank(op, 0, 3);
        RequireKnownLstm(op, input.Stored is not null);
        bool timeMajor = op.Options.Bool(3);
        RequireRank(op, RecurrentWeights + 1, 2);
        (int cells, int units) = (InputTensor(op, RecurrentWeights + 1).Shape[0], InputTensor(op, RecurrentWeights + 1).Shape[1]);
        if (input.Shape[timeMajor ? 1 : 0] != 1)
        {
            throw Fault(op, $"its input has [{string.Join(", ", input.Shape)}]; expected a batch of 1");
        }

        for (int gate = IsCoupled(op) ? 1 : 0; gate < 4; gate++)
        {
            RequireShape(op, InputWeights + gate, [cells, input.Shape[2]]);
            RequireShape(op, RecurrentWeights + gate, [cells, OptionalTensor(op, Projection) is null ? cells : units]);
            RequireShape(op, GateBiases + gate, [cells]);
        }

        if (input.Stored is null)
        {
            FloatLstm(op, input, timeMajor, cells);
        }
        else
        {
            hasSequence |= input.Shape[timeMajor ? 0 : 1] > 1;
            IntegerLstm(op, InOrder(input, AxisOrder.Plain(3)), timeMajor, cells, units);
        }
    }

    /// <summary>Whether the input gate is one minus the forget gate, and has no weights of its own.</summary>
    private bool IsCoupled(TfLiteOperator op) => OptionalTensor(op, InputWeights) is null;

    /// <summary>Refuses variants that neither ONNX's LSTM nor the device's have, and parts that are not all there.</summary>
    private void RequireKnownLstm(TfLiteOperator op, bool integer)
    {
        string? variant =
            HasAny(op, Enumerable.Range(LayerNorms, LstmInputs - LayerNorms)) ? "layer normalization"
            : op.Options.Byte(0) != 4 ? $"activation {op.Options.Byte(0)} in place of TANH (4)"
            : op.Options.Bool(5) ? "diagonal recurrent weights"
            : integer ? null
            : HasAny(op, Enumerable.Range(Peepholes, 3)) ? "peepholes"
            : HasAny(op, [Projection, Projection + 1]) || op.Options.Float(2) != 0 ? "a projection"
            : IsCoupled(op) ? "coupled input and forget gates" : null;
        if (variant is not null)
        {
            throw Fault(op, integer
                ? $"it has {variant}; expected a Keras layer, with or without coupled gates, peepholes and projection"
                : $"it has {variant}; expected the plain LSTM of a Keras layer. Converted to int8, with coupled gates, peepholes or a projection, it can be imported");
        }

        int[] peepholes = [.. Enumerable.Range(Peepholes, 3).Where(input => OptionalTensor(op, input) is not null)];
        string? contradiction =
            IsCoupled(op) && HasAny(op, [RecurrentWeights, Peepholes, GateBiases]) ? "its input gate has no weights for the input, and others; expected all of them or none"
            : peepholes.Length != 0 && peepholes.Length != (IsCoupled(op) ? 2 : 3) ? $"it has peepholes for {peepholes.Length} of its gates; expected all or none"
            : OptionalTensor(op, Projection) is null && HasAny(op, [Projection + 1]) ? "it has a bias for a projection, and no projection" : null;
        if (contradiction is not null)
        {
            throw Fault(op, contradiction);
        }
    }

    private bool HasAny(TfLiteOperator op, IEnumerable<int> inputs) => inputs.Any(input => OptionalTensor(op, input) is not null);

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

    private void IntegerLstm(TfLiteOperator op, TfLiteValue input, bool timeMajor, int cells, int units)
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
        Weights?[] weights = [.. Enumerable.Range(InputWeights, 8).Select(gate => OptionalTensor(op, gate) is null ? null : WeightsOf(op, gate, input, 0))];
        AddEdge(op, "Lstm",
            [
                input.Stored!.Name, .. weights.Select(gate => gate is null ? "" : AddConstant($"{gate.Name}.int8", gate.Tensor)),
                .. Enumerable.Range(GateBiases, 4).Select(gate => Biases(op, gate)),
                .. LstmExtras(op, input, cells, units),
            ],
            [
                ("weight_scales", Scales(op, weights[..4])), ("recurrent_scales", Scales(op, weights[4..])),
                ("peephole_scales", (float[])[.. Enumerable.Range(Peepholes, 3).Select(gate => OptionalTensor(op, gate)).OfType<TfLiteTensor>().Select(gate => ScaleOf(op, gate))]),
                ("projection_scale", OptionalTensor(op, Projection) is null ? 0 : OneScale(op, WeightsOf(op, Projection, input, 0))),
                ("hidden_scale", middle.Scale), ("hidden_zero_point", (long)middle.ZeroPoint), ("cell_scale", ScaleOf(op, cell)),
                ("cell_clip", Clip(op, 1)), ("projection_clip", Clip(op, 2)),
                ("time_major", timeMajor ? 1L : 0L), .. Ends(input.Stored.Parameters, output),
            ], output);
    }

    /// <summary>Decides whether the layers' states live on, once all operators are known.</summary>
    /// <remarks>
    /// TensorFlow Lite's interpreter keeps them until it is told to forget them, and a Keras layer begins each window at zero: so its converter's
    /// documentation has programs reset the interpreter after each run. A file that takes a window is meant like that; one that takes a step at a time,
    /// or carries other states, has no memory but these.
    /// </remarks>
    private void SetLstmStates()
    {
        Node[] layers = [.. graph.Nodes.Where(node => node.Domain == TfLiteReader.EdgeDomain)];
        bool window = hasSequence && graph.States.Count == 0 && Array.TrueForAll(layers, node => node.OpType == "Lstm");
        foreach (Node layer in layers.Where(node => node.OpType == "Lstm"))
        {
            layer.Attributes[TfLiteReader.StatefulKey] = window ? 0L : 1L;
        }
    }

    private float Clip(TfLiteOperator op, int option) => op.Options.Float(option) is >= 0 and < float.PositiveInfinity and var clip
        ? clip
        : throw Fault(op, $"it clips at {op.Options.Float(option)}; expected 0, which is none, or more");

    private string Biases(TfLiteOperator op, int input)
    {
        if (OptionalTensor(op, input) is not { } tensor)
        {
            return "";
        }

        return tensor.Type == TfLiteType.Int32 && tensor.IsConstant
            ? AddConstant($"{tensor.Name}.int32", Stored(tensor))
            : throw Fault(op, tensor, $"this bias is {tensor.Type}; expected a constant of Int32");
    }

    private string PeepholeWeights(TfLiteOperator op, int input, int cells, int units)
    {
        if (OptionalTensor(op, input) is not { } tensor)
        {
            return "";
        }

        RequireShape(op, input, [cells]);
        return tensor.Type != TfLiteType.Int16 || !tensor.IsConstant ? throw Fault(op, tensor, $"these peephole weights are {tensor.Type}; expected a constant of Int16")
            : units > cells ? throw Fault(op, tensor, $"it has peepholes and projects {cells} cells to {units} outputs, where TensorFlow Lite reads beyond these weights; expected {cells} outputs at most")
            : AddConstant($"{tensor.Name}.int16", Stored(tensor));
    }

    /// <summary>Peepholes and projection, as far as the layer has them.</summary>
    private string[] LstmExtras(TfLiteOperator op, TfLiteValue input, int cells, int units)
    {
        string[] peepholes = [.. Enumerable.Range(Peepholes, 3).Select(gate => PeepholeWeights(op, gate, cells, units))];
        if (OptionalTensor(op, Projection) is null)
        {
            return HasAny(op, Enumerable.Range(Peepholes, 3)) ? peepholes : [];
        }

        RequireShape(op, Projection, [units, cells]);
        Weights weights = WeightsOf(op, Projection, input, 0);
        string[] projection = [AddConstant($"{weights.Name}.int8", weights.Tensor)];
        if (OptionalTensor(op, Projection + 1) is not null)
        {
            RequireShape(op, Projection + 1, [units]);
            projection = [.. projection, Biases(op, Projection + 1)];
        }

        return [.. peepholes, .. projection];
    }

    private static float[] Scales(TfLiteOperator op, Weights?[] gates) => [.. gates.OfType<Weights>().Select(gate => OneScale(op, gate))];
}
