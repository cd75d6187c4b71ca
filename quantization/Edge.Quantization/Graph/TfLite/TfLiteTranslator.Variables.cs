namespace Edge.Quantization.Graph.TfLite;

/// <summary>Quantization at the edges of the file, and what it keeps from step to step.</summary>
internal sealed partial class TfLiteTranslator
{
    private readonly Dictionary<int, Variable> handles = [];
    private readonly Dictionary<(string Container, string Name), Variable> variables = [];

    /// <summary>A variable of the file, in the course of a step.</summary>
    private sealed class Variable(string name)
    {
        public string Name => name;

        /// <summary>What CALL_ONCE gives it, in the file's order.</summary>
        public TfLiteTensor? Initial { get; set; }

        /// <summary>What the step reads first; null while nothing has read it.</summary>
        public TfLiteValue? Before { get; set; }

        /// <summary>What was assigned last; null while nothing was.</summary>
        public TfLiteValue? After { get; set; }
    }

    private void Quantize(TfLiteOperator op)
    {
        TfLiteValue input = Value(op, 0);
        TfLiteTensor tensor = Output(op);
        QuantizationParameters? parameters = ParametersOf(tensor, $"{op}");
        Set(op, parameters is null || parameters == input.Stored?.Parameters
            ? input
            : Quantized(tensor.Name, input.Name, tensor.Shape, input.Order, parameters));
    }

    /// <summary>Of a constant, floats; of a value, what its DequantizeLinear gives already.</summary>
    private void Dequantize(TfLiteOperator op)
    {
        if (RestoresConstant(op))
        {
            restoredConstants[Output(op).Index] = Floats(op, InputTensor(op, 0));
            Set(op, ConstantValue(Output(op), $"{op}"));
        }
        else
        {
            Set(op, Value(op, 0) with { Stored = null });
        }
    }

    private bool RestoresConstant(TfLiteOperator op) => op is { Code: TfLiteOperatorCode.Dequantize, Inputs: [>= 0 and var input] } && subgraph.Tensors[input].IsConstant;

    /// <summary>Runs a subgraph that gives variables their first values: constants, assigned.</summary>
    private void CallOnce(TfLiteOperator op)
    {
        int index = op.Options.Int32(0);
        if (index <= 0 || index >= model.Subgraphs.Count)
        {
            throw Fault(op, $"it calls subgraph {index}; expected 1 to {model.Subgraphs.Count - 1}");
        }

        TfLiteSubgraph called = model.Subgraphs[index];
        var own = new Dictionary<int, Variable>();
        foreach (TfLiteOperator inner in called.Operators)
        {
            switch (inner.Code)
            {
                case TfLiteOperatorCode.VarHandle when inner.Outputs is [var made]:
                    own[made] = Find(inner.Options);
                    break;
                case TfLiteOperatorCode.AssignVariable when inner.Inputs is [var handle, >= 0 and var value] && own.TryGetValue(handle, out Variable? variable) && called.Tensors[value].IsConstant:
                    variable.Initial = called.Tensors[value];
                    break;
                default:
                    throw Fault(op, $"its subgraph {index} holds {inner}; expected constants assigned to variables");
            }
        }
    }

    private void VarHandle(TfLiteOperator op) => handles[Output(op).Index] = Find(op.Options);

    private Variable Find(FlatTable options)
    {
        (string, string) key = (options.Text(0) ?? "", options.Text(1) ?? "");
        if (!variables.TryGetValue(key, out Variable? variable))
        {
            variables[key] = variable = new Variable(key.Item2);
        }

        return variable;
    }

    private Variable VariableOf(TfLiteOperator op) =>
        handles.GetValueOrDefault(InputTensor(op, 0).Index) ?? throw Fault(op, InputTensor(op, 0), "it is no handle of a variable");

    /// <summary>What was assigned in this step, or else what the step before left.</summary>
    private void ReadVariable(TfLiteOperator op)
    {
        Variable variable = VariableOf(op);
        TfLiteTensor tensor = Output(op);
        QuantizationParameters? parameters = ParametersOf(tensor, $"{op}");
        TfLiteValue? known = variable.After ?? variable.Before;
        if (known is not null)
        {
            Set(op, known.Stored?.Parameters == parameters && known.Shape.SequenceEqual(tensor.Shape)
                ? known
                : throw Fault(op, tensor, $"it is {Describe(parameters)} [{string.Join(", ", tensor.Shape)}]; variable '{variable.Name}' is {Describe(known.Stored?.Parameters)} [{string.Join(", ", known.Shape)}]"));
            return;
        }

        // Four axes are what a convolution reads, so such a state is kept as it wants it.
        int rank = tensor.Shape.Length;
        var value = new TfLiteValue(tensor.Name, tensor.Name, tensor.Shape, rank == 4 ? AxisOrder.ChannelsFirst(rank) : AxisOrder.Plain(rank), null);
        if (parameters is { } quantized)
        {
            var stored = new TfLiteIntegers(
                Unique($"{tensor.Name}.int8"), quantized, AddConstant($"{tensor.Name}.scale", Tensor.Scalar(quantized.Scale)),
                AddConstant($"{tensor.Name}.zero_point", Tensor.Of([], [(sbyte)quantized.ZeroPoint])));
            value = Restored(value with { Stored = stored });
        }
        else
        {
            graph.ValueInfos[value.Name] = Info(value.Name, ElementType.Float32, value.GraphShape);
        }

        variable.Before = Set(op, value);
    }

    private void AssignVariable(TfLiteOperator op)
    {
        Variable variable = VariableOf(op);
        TfLiteValue value = Value(op, 1);
        if ((variable.Before ?? variable.After) is { } known)
        {
            if (value.Stored?.Parameters != known.Stored?.Parameters || !value.Shape.SequenceEqual(known.Shape))
            {
                throw Fault(op, InputTensor(op, 1), $"it is {Describe(value.Stored?.Parameters)} [{string.Join(", ", value.Shape)}]; variable '{variable.Name}' is {Describe(known.Stored?.Parameters)} [{string.Join(", ", known.Shape)}]");
            }

            value = InOrder(value, known.Order);
        }

        variable.After = value;
    }

    /// <summary>Makes states of the variables that a step reads; one that nothing assigns is a constant, and one that nothing reads is nothing.</summary>
    private void AddStates()
    {
        foreach (Variable variable in variables.Values.Where(variable => variable.Before is not null))
        {
            TfLiteValue before = variable.Before!;
            TfLiteTensor initial = variable.Initial
                ?? throw new GraphFormatException(source, $"variable '{variable.Name}'", "no CALL_ONCE gives it a first value; expected a subgraph that assigns it a constant.");
            string read = before.Stored?.Name ?? before.Name;
            if (!initial.Shape.SequenceEqual(before.Shape) || ParametersOf(initial, $"variable '{variable.Name}'") != before.Stored?.Parameters)
            {
                throw new GraphFormatException(source, $"variable '{variable.Name}'", $"its first value is {initial} and is read as {before.Stem} [{string.Join(", ", before.Shape)}] in another shape or scale.");
            }

            Tensor first = AxisOrder.Permute(Stored(initial), before.Order);
            if (initial.Type == TfLiteType.UInt8)
            {
                first = Tensor.Of(first.Dims, Array.ConvertAll(first.Data.ToArray(), value => (sbyte)(value - 128)));
            }

            if (variable.After is not { } after)
            {
                graph.Initializers[read] = first;
                graph.ValueInfos.Remove(read);
                continue;
            }

            graph.States.Add(new GraphState(read, Left(after), first));
        }
    }

    /// <summary>The value that a state leaves, made by a node and left to no other state.</summary>
    private string Left(TfLiteValue after)
    {
        string value = after.Stored?.Name ?? after.Name;
        if (graph.ProducerOf(value) is not null && !graph.States.Exists(state => state.Output == value))
        {
            return value;
        }

        string copy = Unique($"{after.Stem}.kept");
        AddNode(after.Stored is null ? "Identity" : "QuantizeLinear", after.Stored is { } stored ? [after.Name, stored.Scale, stored.ZeroPoint] : [value], copy);
        graph.ValueInfos[copy] = Info(copy, after.Stored is null ? ElementType.Float32 : ElementType.Int8, after.GraphShape);
        return copy;
    }
}
