namespace Edge.Quantization.Graph.TfLite;

/// <summary>Tensors as values of the graph.</summary>
internal sealed partial class TfLiteTranslator
{
    private readonly Dictionary<(string Name, string Form), TfLiteValue> rearranged = [];

    private void AddInputs()
    {
        foreach (int index in subgraph.Inputs)
        {
            Check(() => AddInput(subgraph.Tensors[index]), $"input '{subgraph.Tensors[index].Name}'");
        }
    }

    private void AddInput(TfLiteTensor tensor)
    {
        missing.Add(tensor.Index);
        QuantizationParameters? parameters = ParametersOf(tensor, $"input '{tensor.Name}'");

        // One channel, [1, h, w, 1], lies in memory as [1, 1, h, w] does.
        int[] order = tensor.Shape is [_, _, _, 1] ? AxisOrder.ChannelsFirst(4) : AxisOrder.Plain(tensor.Shape.Length);
        graph.Inputs.Add(Info(tensor.Name, ElementType.Float32, [.. order.Select(axis => (long)tensor.Shape[axis])]));
        values[tensor.Index] = Quantized(tensor.Name, tensor.Name, tensor.Shape, order, parameters);
        missing.Remove(tensor.Index);
    }

    private void AddOutputs()
    {
        foreach (int index in subgraph.Outputs)
        {
            TfLiteTensor tensor = subgraph.Tensors[index];
            if (!missing.Contains(index))
            {
                Check(() => AddOutput(tensor), $"output '{tensor.Name}'");
            }
        }
    }

    /// <summary>Gives an output of the file its name, in the file's order of axes: v, v.int8, v.dequantized become v.float, v.int8, v.</summary>
    private void AddOutput(TfLiteTensor tensor)
    {
        string place = $"output '{tensor.Name}'";
        if (graph.Inputs.Exists(input => input.Name == tensor.Name) || graph.IsOutput(tensor.Name))
        {
            throw new GraphFormatException(source, place, "it is an input too, or an output twice; expected a value that the model makes.");
        }

        TfLiteValue value = InOrder(Value(tensor, place), AxisOrder.Plain(tensor.Shape.Length));
        if (value.Name != tensor.Name && graph.ProducerOf(tensor.Name) is not null)
        {
            Rename(tensor.Name, Unique($"{tensor.Name}.float"));
        }

        if (graph.ProducerOf(value.Name) is null || graph.IsOutput(value.Name))
        {
            // A constant, an input, or what another output is too.
            AddNode("Identity", [value.Name], tensor.Name);
        }
        else if (value.Name != tensor.Name)
        {
            Rename(value.Name, tensor.Name);
        }

        graph.ValueInfos.Remove(tensor.Name);
        graph.Outputs.Add(Info(tensor.Name, ElementType.Float32, value.GraphShape));
    }

    private void Rename(string from, string to)
    {
        Node producer = graph.ProducerOf(from)!;
        producer.Outputs[producer.Outputs.IndexOf(from)] = to;
        graph.ReplaceUses(from, to);
        if (graph.ValueInfos.Remove(from, out ValueInfo? info))
        {
            graph.ValueInfos[to] = info with { Name = to };
        }

        for (int i = 0; i < values.Length; i++)
        {
            values[i] = values[i] is { } value && value.Name == from ? value with { Name = to } : values[i];
        }
    }

    /// <summary>The value that an operator reads.</summary>
    /// <exception cref="GraphFormatException">The input is absent, or no value that a graph can hold.</exception>
    private TfLiteValue Value(TfLiteOperator op, int input) => Value(InputTensor(op, input), $"{op}");

    /// <summary>The tensor that an operator reads.</summary>
    private TfLiteTensor InputTensor(TfLiteOperator op, int input) =>
        OptionalTensor(op, input) ?? throw Fault(op, $"input {input} is absent; expected {input + 1} inputs at least");

    private TfLiteTensor? OptionalTensor(TfLiteOperator op, int input) =>
        input < op.Inputs.Length && op.Inputs[input] >= 0 ? subgraph.Tensors[op.Inputs[input]] : null;

    private TfLiteTensor Output(TfLiteOperator op, int output = 0) =>
        output < op.Outputs.Length ? subgraph.Tensors[op.Outputs[output]] : throw Fault(op, $"it has {op.Outputs.Length} output(s); expected {output + 1} at least");

    private TfLiteValue Value(TfLiteTensor tensor, string place)
    {
        if (values[tensor.Index] is { } made)
        {
            return made;
        }

        return tensor.IsConstant
            ? values[tensor.Index] = ConstantValue(tensor, place)
            : throw new GraphFormatException(source, $"{place}, tensor '{tensor.Name}'", "no operator before it makes its value, and it is neither input nor constant.");
    }

    /// <summary>Adds a node that makes an output of an operator, with the operator's activation behind it.</summary>
    private TfLiteValue Emit(
        TfLiteOperator op, string type, IEnumerable<string> inputs, int[] order, IEnumerable<(string Name, AttributeValue Value)>? attributes = null, int activation = 0, int output = 0)
    {
        TfLiteTensor tensor = Output(op, output);
        QuantizationParameters? parameters = ParametersOf(tensor, $"{op}");
        string linear = activation == 0 ? tensor.Name : Unique($"{tensor.Name}.linear");
        AddNode(type, inputs, linear, attributes);
        if (activation != 0)
        {
            graph.ValueInfos[linear] = Info(linear, ElementType.Float32, [.. order.Select(axis => (long)tensor.Shape[axis])]);
            AddActivation(op, activation, linear, tensor.Name);
        }

        return Set(op, Quantized(tensor.Name, tensor.Name, tensor.Shape, order, parameters), output);
    }

    /// <summary>Makes an output of an operator be a value.</summary>
    private TfLiteValue Set(TfLiteOperator op, TfLiteValue value, int output = 0) => values[Output(op, output).Index] = value;

    /// <summary>Rounds a float value to a tensor's integers and back; a float tensor stays as it is.</summary>
    private TfLiteValue Quantized(string stem, string made, int[] shape, int[] order, QuantizationParameters? parameters, TfLiteIntegers? like = null)
    {
        var value = new TfLiteValue(stem, made, shape, order, null);
        if (!graph.Inputs.Exists(input => input.Name == made))
        {
            graph.ValueInfos[made] = Info(made, ElementType.Float32, value.GraphShape);
        }

        if (parameters is not { } known)
        {
            return value;
        }

        string scale = like?.Scale ?? AddConstant($"{stem}.scale", Tensor.Scalar(known.Scale));
        string zeroPoint = like?.ZeroPoint ?? AddConstant($"{stem}.zero_point", Tensor.Of([], [(sbyte)known.ZeroPoint]));
        var stored = new TfLiteIntegers(Unique($"{stem}.int8"), known, scale, zeroPoint);
        AddNode("QuantizeLinear", [made, scale, zeroPoint], stored.Name);
        return Restored(value with { Stored = stored });
    }

    /// <summary>Adds the DequantizeLinear of a value's integers.</summary>
    private TfLiteValue Restored(TfLiteValue value)
    {
        TfLiteIntegers stored = value.Stored!;
        string restored = Unique($"{value.Stem}.dequantized");
        AddNode("DequantizeLinear", [stored.Name, stored.Scale, stored.ZeroPoint], restored);
        graph.ValueInfos[stored.Name] = Info(stored.Name, ElementType.Int8, value.GraphShape);
        graph.ValueInfos[restored] = Info(restored, ElementType.Float32, value.GraphShape);
        return value with { Name = restored };
    }

    /// <summary>A value with its axes in another order; a Transpose only where elements move.</summary>
    private TfLiteValue InOrder(TfLiteValue value, int[] order)
    {
        if (value.Order.SequenceEqual(order))
        {
            return value;
        }

        long[] permutation = Array.ConvertAll(order, axis => (long)value.Axis(axis));
        (string, string) key = (value.Name, $"{value.Stored?.Name} {string.Join(',', permutation)}");
        if (!rearranged.TryGetValue(key, out TfLiteValue? result))
        {
            string form = order.SequenceEqual(AxisOrder.Plain(order.Length)) ? "channels_last" : order.SequenceEqual(AxisOrder.ChannelsFirst(order.Length)) ? "channels_first" : "transposed";
            rearranged[key] = result = AxisOrder.SameMemory(value.Shape, value.Order, order)
                ? Reshaped(value, value.Shape, order, form)
                : Moved(value, form, value.Shape, order, "Transpose", [value.Name], ("perm", permutation));
        }

        return result with { Shape = value.Shape, Order = order };
    }

    /// <summary>The same elements as another shape; both are in the order of memory.</summary>
    private TfLiteValue Reshaped(TfLiteValue value, int[] shape, int[] order, string form) =>
        Moved(value, form, shape, order, "Reshape", [value.Name, ShapeConstant($"{value.Stem}.{form}.shape", [.. order.Select(axis => (long)shape[axis])])]);

    /// <summary>A value that the file does not have: another one moved, in the same scale.</summary>
    private TfLiteValue Moved(TfLiteValue value, string form, int[] shape, int[] order, string type, string[] inputs, params (string, AttributeValue)[] attributes)
    {
        string stem = Unique($"{value.Stem}.{form}");
        AddNode(type, inputs, stem, attributes);
        return Quantized(stem, stem, shape, order, value.Stored?.Parameters, value.Stored);
    }

    /// <summary>A value of a given rank: axes of size 1 are put in front, as broadcasting does.</summary>
    private TfLiteValue OfRank(TfLiteValue value, int rank)
    {
        int added = rank - value.Shape.Length;
        if (added <= 0)
        {
            return value;
        }

        value = InOrder(value, AxisOrder.Plain(value.Shape.Length));
        int[] shape = [.. Enumerable.Repeat(1, added), .. value.Shape];
        return Reshaped(value, shape, AxisOrder.Plain(rank), "broadcast");
    }

    private void AddNode(string type, IEnumerable<string> inputs, string output, IEnumerable<(string Name, AttributeValue Value)>? attributes = null)
    {
        var node = new Node(type, inputs, [output]);
        foreach ((string name, AttributeValue value) in attributes ?? [])
        {
            node.Attributes[name] = value;
        }

        graph.Nodes.Add(node);
    }

    private void AddActivation(TfLiteOperator op, int activation, string input, string output)
    {
        switch (activation)
        {
            case 1:
                AddNode("Relu", [input], output);
                break;
            case 2:
                AddClip(input, output, -1, 1);
                break;
            case 3:
                AddClip(input, output, 0, 6);
                break;
            case 4:
                AddNode("Tanh", [input], output);
                break;
            default:
                throw Fault(op, $"its activation is number {activation}; expected none, RELU, RELU_N1_TO_1, RELU6 or TANH (0 to 4)");
        }
    }

    private void AddClip(string input, string output, float min, float max) =>
        AddNode("Clip", [input, AddConstant($"{output}.min", Tensor.Scalar(min)), AddConstant($"{output}.max", Tensor.Scalar(max))], output);

    private string ShapeConstant(string stem, ReadOnlySpan<long> dims) => AddConstant(stem, Tensor.Vector(dims));

    private string AddConstant(string stem, Tensor tensor)
    {
        string name = Unique(stem);
        graph.Initializers[name] = tensor;
        return name;
    }

    private string Unique(string stem)
    {
        string name = stem;
        for (int i = 1; !names.Add(name); i++)
        {
            name = $"{stem}_{i}";
        }

        return name;
    }

    private static ValueInfo Info(string name, ElementType type, ReadOnlySpan<long> dims) =>
        new(name, type, Array.ConvertAll(dims.ToArray(), dim => new Dimension(dim)));
}
