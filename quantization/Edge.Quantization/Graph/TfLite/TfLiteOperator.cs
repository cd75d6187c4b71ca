namespace Edge.Quantization.Graph.TfLite;

/// <summary>One operator of a subgraph.</summary>
internal sealed record TfLiteOperator
{
    /// <summary>Its place in the subgraph's list, which is the order of execution.</summary>
    public required int Index { get; init; }

    /// <summary>Which operator.</summary>
    public required TfLiteOperatorCode Code { get; init; }

    /// <summary>Name of a custom operator; empty for all others.</summary>
    public string CustomCode { get; init; } = "";

    /// <summary>Version of the operator, from 1.</summary>
    public int Version { get; init; } = 1;

    /// <summary>Tensors that it reads, by index; -1 for an optional one that is absent.</summary>
    public required int[] Inputs { get; init; }

    /// <summary>Tensors that it writes, by index.</summary>
    public required int[] Outputs { get; init; }

    /// <summary>Tensors inside it (of an LSTM), by index; only their quantization has a meaning; -1 for one that is absent.</summary>
    public int[] Intermediates { get; init; } = [];

    /// <summary>Its options, of the table that the schema has for this operator; absent where the file gives none.</summary>
    public FlatTable Options { get; init; }

    /// <summary>Name by the schema, or of the custom operator.</summary>
    public string Name => Code == TfLiteOperatorCode.Custom ? $"custom operator '{CustomCode}'" : Code.SchemaName();

    /// <summary>Name and place in the list.</summary>
    public override string ToString() => $"{Name} (operator {Index})";
}
