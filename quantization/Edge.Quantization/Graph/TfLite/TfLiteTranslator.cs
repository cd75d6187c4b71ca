namespace Edge.Quantization.Graph.TfLite;

/// <summary>Turns the main subgraph of a TensorFlow Lite model into a graph, operator by operator; one part a family of operators.</summary>
/// <remarks>
/// An operator that cannot be translated is noted, and so is every other one; what reads its result is passed over in silence. Values
/// stay in the order of axes they were made in until an operator needs another one.
/// </remarks>
internal sealed partial class TfLiteTranslator
{
    private const int Opset = 20, IrVersion = 9;

    private readonly TfLiteModel model;
    private readonly TfLiteSubgraph subgraph;
    private readonly string source;
    private readonly ModelGraph graph;
    private readonly TfLiteValue?[] values;
    private readonly HashSet<int> missing = [];
    private readonly HashSet<string> names;
    private readonly HashSet<int> passedOver = [];
    private readonly List<string> faults = [];

    private TfLiteTranslator(TfLiteModel model, string source)
    {
        (this.model, this.source) = (model, source);
        subgraph = TfLiteNames.Shorten(model.Subgraphs[0]);
        values = new TfLiteValue?[subgraph.Tensors.Count];
        names = [.. subgraph.Tensors.Select(tensor => tensor.Name)];
        graph = new ModelGraph { Name = Path.GetFileName(source), Producer = "TensorFlow Lite", IrVersion = IrVersion, OpsetVersion = Opset };
    }

    /// <summary>Translates a model.</summary>
    /// <exception cref="GraphFormatException">Something has no translation; the message lists all of it.</exception>
    public static ModelGraph Run(TfLiteModel model, string source)
    {
        var translator = new TfLiteTranslator(model, source);
        translator.Check(translator.AddInputs, "inputs");

        // Constants first: wherever a DEQUANTIZE of one stands, what it makes is a constant.
        foreach (TfLiteOperator op in translator.subgraph.Operators.OrderBy(op => translator.RestoresConstant(op) ? 0 : 1))
        {
            translator.Translate(op);
        }

        translator.Check(translator.AddStates, "variables");
        translator.SetLstmStates();
        translator.Check(translator.AddOutputs, "outputs");
        if (translator.faults.Count > 0)
        {
            throw new GraphFormatException(source, $"{translator.faults.Count} thing(s) cannot be read", string.Join(" ", translator.faults));
        }

        ModelGraph graph = translator.graph;
        graph.RemoveDeadNodes();
        if (graph.Nodes.Exists(node => node.OpType == "QuantizeLinear"))
        {
            graph.Metadata[TfLiteReader.ArithmeticKey] = TfLiteReader.Arithmetic;
        }

        if (graph.Nodes.Exists(node => node.Domain == TfLiteReader.EdgeDomain))
        {
            graph.Opsets[TfLiteReader.EdgeDomain] = 1;
        }

        return graph;
    }

    private void Translate(TfLiteOperator op)
    {
        if (passedOver.Contains(op.Index))
        {
            return;
        }

        if (op.Inputs.Any(missing.Contains))
        {
            missing.UnionWith(op.Outputs);
            return;
        }

        int before = faults.Count;
        Check(
            () =>
            {
                RequireOneKind(op);
                Rules.GetValueOrDefault(op.Code, Unknown)(this, op);
            },
            $"{op}");
        if (faults.Count > before)
        {
            missing.UnionWith(op.Outputs);
        }
    }

    /// <summary>Refuses an operator between floats and integers, which only QUANTIZE and DEQUANTIZE are.</summary>
    private void RequireOneKind(TfLiteOperator op)
    {
        if (op.Code is TfLiteOperatorCode.Quantize or TfLiteOperatorCode.Dequantize)
        {
            return;
        }

        TfLiteTensor[] tensors = [.. op.Inputs.Where(input => input >= 0 && values[input] is not null).Concat(op.Outputs).Select(index => subgraph.Tensors[index]).Where(tensor => !tensor.IsConstant)];
        TfLiteTensor? real = Array.Find(tensors, tensor => tensor.Type == TfLiteType.Float32 && !restoredConstants.ContainsKey(tensor.Index));
        TfLiteTensor? integer = Array.Find(tensors, tensor => tensor.Type is TfLiteType.Int8 or TfLiteType.UInt8);
        if (real is not null && integer is not null)
        {
            throw Fault(op, integer, $"it is {integer.Type}, and '{real.Name}' is {real.Type}; TensorFlow Lite demands one type of both, with QUANTIZE or DEQUANTIZE between. Convert the model again");
        }
    }

    private static void Unknown(TfLiteTranslator translator, TfLiteOperator op) =>
        throw Fault(op, "it is not supported; replace it in the model, or export the model as ONNX");

    /// <summary>Notes what a step of the translation complains of, so that all faults of a file are found.</summary>
    private void Check(Action step, string place)
    {
        try
        {
            step();
        }
        catch (GraphFormatException e)
        {
            faults.Add($"{e.Place}: {e.Problem}");
        }
        catch (Exception e) when (e is ArgumentException or IndexOutOfRangeException or InvalidOperationException or ArithmeticException or KeyNotFoundException)
        {
            // What a contradictory file runs into: a place where each tensor is right by itself and they do not belong together.
            faults.Add($"{place}: its tensors contradict each other ({e.Message})");
        }
    }

    private static GraphFormatException Fault(TfLiteOperator op, string problem) => new("model", $"{op}", $"{problem}.");

    private static GraphFormatException Fault(TfLiteOperator op, TfLiteTensor tensor, string problem) => new("model", $"{op}, tensor '{tensor.Name}'", $"{problem}.");
}
