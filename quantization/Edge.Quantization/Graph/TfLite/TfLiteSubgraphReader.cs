namespace Edge.Quantization.Graph.TfLite;

/// <summary>Reads the subgraphs of a model and checks that their operators can run in the order of the file.</summary>
internal sealed class TfLiteSubgraphReader
{
    private readonly FlatTable table;
    private readonly FlatTable[] codes;
    private readonly int subgraphs;
    private readonly TfLiteFaults faults;
    private readonly TfLiteTensor[] tensors;

    private TfLiteSubgraphReader(FlatTable table, FlatTable[] codes, int subgraphs, TfLiteBuffers buffers, TfLiteFaults faults)
    {
        this.table = table;
        this.codes = codes;
        this.subgraphs = subgraphs;
        this.faults = faults;
        var reader = new TfLiteTensorReader(buffers, faults);
        FlatTable[] tables = table.Tables(0, "tensors");
        tensors = new TfLiteTensor[tables.Length];
        for (int i = 0; i < tables.Length; i++)
        {
            tensors[i] = reader.Read(tables[i], i);
        }
    }

    /// <summary>Reads all subgraphs; what is wrong with them is noted.</summary>
    /// <param name="model">The model's table.</param>
    /// <param name="buffers">Its buffers.</param>
    /// <param name="faults">Where faults are noted.</param>
    /// <exception cref="GraphFormatException">The file is cut off or damaged.</exception>
    public static IReadOnlyList<TfLiteSubgraph> ReadAll(FlatTable model, TfLiteBuffers buffers, TfLiteFaults faults)
    {
        FlatTable[] codes = model.Tables(1, "operator_codes");
        FlatTable[] tables = model.Tables(2, "subgraphs");
        if (tables.Length == 0)
        {
            throw model.Fault("it holds no subgraph; expected at least one.");
        }

        return Array.ConvertAll(tables, table => new TfLiteSubgraphReader(table, codes, tables.Length, buffers, faults).Read());
    }

    private TfLiteSubgraph Read()
    {
        int[] inputs = Indices(table, 1, "inputs", allowAbsent: false);
        int[] outputs = Indices(table, 2, "outputs", allowAbsent: false);
        FlatTable[] tables = table.Tables(3, "operators");
        var operators = new TfLiteOperator[tables.Length];
        for (int i = 0; i < tables.Length; i++)
        {
            operators[i] = ReadOperator(tables[i], i);
        }

        CheckOrder(inputs, outputs, operators);
        return new TfLiteSubgraph(table.Text(4, "name") ?? "", tensors, inputs, outputs, operators);
    }

    private TfLiteOperator ReadOperator(FlatTable row, int index)
    {
        uint codeIndex = row.UInt32(0);
        if (codeIndex >= codes.Length)
        {
            throw row.Fault($"opcode_index {codeIndex} found; the model has {codes.Length} operator code(s).");
        }

        FlatTable code = codes[codeIndex];
        // Files from before the second field, and files for readers from before it, have the number in the first; 127 there stands for "see the second".
        var builtin = (TfLiteOperatorCode)Math.Max((sbyte)code.Byte(0), code.Int32(3));
        int version = code.Int32(2, 1);
        byte optionsKind = row.Byte(3);
        if (TfLiteOperatorTable.Fault(builtin, version, optionsKind) is { } fault)
        {
            faults.Add(row.Place, fault);
        }

        var read = new TfLiteOperator
        {
            Index = index,
            Code = builtin,
            CustomCode = code.Text(1, "custom_code") ?? "",
            Version = version,
            Inputs = Indices(row, 1, "inputs", allowAbsent: true),
            Outputs = Indices(row, 2, "outputs", allowAbsent: false),
            Intermediates = Indices(row, 8, "intermediates", allowAbsent: true),
            Options = optionsKind == 0 ? default : row.Table(4, "builtin_options"),
        };
        CheckCall(row, read);
        return read;
    }

    private void CheckCall(FlatTable row, TfLiteOperator read)
    {
        if (read.Code == TfLiteOperatorCode.CallOnce && read.Options.Int32(0) is int called && (called <= 0 || called >= subgraphs))
        {
            faults.Add(row.Place, $"CALL_ONCE of subgraph {called} found; expected 1 to {subgraphs - 1}.");
        }
    }

    /// <summary>Indices of tensors; one that names no tensor becomes -1 and is noted, so that what follows can rely on them.</summary>
    private int[] Indices(FlatTable owner, int field, string name, bool allowAbsent)
    {
        int[] indices = owner.Int32s(field, name);
        for (int i = 0; i < indices.Length; i++)
        {
            int index = indices[i];
            if (index < (allowAbsent ? -1 : 0) || index >= tensors.Length)
            {
                faults.Add($"{owner.Place}.{name}[{i}]", $"tensor {index} found; the subgraph has {tensors.Length} tensor(s).");
                indices[i] = -1;
            }
        }

        return indices;
    }

    /// <summary>Every value is written once, before it is read.</summary>
    private void CheckOrder(int[] inputs, int[] outputs, TfLiteOperator[] operators)
    {
        var written = new bool[tensors.Length];
        var writer = new int[tensors.Length];
        Array.Fill(writer, -1);
        MarkInputs(inputs, written);
        foreach (TfLiteOperator row in operators)
        {
            for (int i = 0; i < row.Outputs.Length; i++)
            {
                if (row.Outputs[i] is >= 0 and int output && writer[output] < 0)
                {
                    writer[output] = row.Index;
                }
            }
        }

        foreach (TfLiteOperator row in operators)
        {
            string place = $"{table.Place}.operators[{row.Index}]";
            // What a custom operator reads is its own affair: scratch memory, for one. It is refused by its name, by whoever translates it.
            for (int i = 0; i < row.Inputs.Length && row.Code != TfLiteOperatorCode.Custom; i++)
            {
                CheckRead(row.Inputs[i], written, writer, $"{place}.inputs[{i}]");
            }

            for (int i = 0; i < row.Outputs.Length; i++)
            {
                MarkWritten(row.Outputs[i], written, $"{place}.outputs[{i}]");
            }
        }

        for (int i = 0; i < outputs.Length; i++)
        {
            CheckRead(outputs[i], written, writer, $"{table.Place}.outputs[{i}]");
        }
    }

    private void MarkInputs(int[] inputs, bool[] written)
    {
        for (int i = 0; i < inputs.Length; i++)
        {
            if (inputs[i] >= 0 && !tensors[inputs[i]].Data.IsEmpty)
            {
                faults.Add($"{table.Place}.inputs[{i}]", $"'{tensors[inputs[i]].Name}' is a constant; expected a tensor that is given.");
            }

            MarkWritten(inputs[i], written, $"{table.Place}.inputs[{i}]");
        }
    }

    private void MarkWritten(int index, bool[] written, string place)
    {
        if (index < 0)
        {
            return;
        }

        if (written[index] || !tensors[index].Data.IsEmpty)
        {
            faults.Add(place, $"'{tensors[index].Name}' {(written[index] ? "is an input or written already" : "is a constant")}; every value is written once.");
        }

        written[index] = true;
    }

    private void CheckRead(int index, bool[] written, int[] writer, string place)
    {
        if (index < 0 || written[index] || tensors[index].IsConstant || tensors[index].IsVariable)
        {
            return;
        }

        faults.Add(place, writer[index] < 0
            ? $"'{tensors[index].Name}' is neither an input nor a constant, and no operator writes it."
            : $"'{tensors[index].Name}' is read before operator {writer[index]} writes it; operators must stand in order of execution, without cycles.");
    }
}
