namespace Edge.Quantization.Graph.TfLite;

/// <summary>One tensor of a subgraph: a constant, or a value that is made while the model runs.</summary>
internal sealed record TfLiteTensor
{
    /// <summary>Its place in the subgraph's list, by which operators name it.</summary>
    public required int Index { get; init; }

    /// <summary>Its name, made unique within the subgraph and never empty.</summary>
    public required string Name { get; init; }

    /// <summary>Sizes by axis, channels last; none for a scalar. None is negative, and their product fits in an int.</summary>
    public required int[] Shape { get; init; }

    /// <summary>Type of its elements.</summary>
    public required TfLiteType Type { get; init; }

    /// <summary>A constant's bytes, little-endian, row-major, exactly as many as shape and type need; empty for other tensors.</summary>
    public ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>Whether the file holds its values; a tensor without elements that nothing writes is a constant too.</summary>
    public bool IsConstant { get; init; }

    /// <summary>Whether it keeps its values from one run to the next.</summary>
    public bool IsVariable { get; init; }

    /// <summary>How integers stand for reals; null where the file does not say.</summary>
    public TfLiteQuantization? Quantization { get; init; }

    /// <summary>Number of elements.</summary>
    public int Count => TfLiteTensorReader.ElementCount(Shape) is int count ? count : throw new InvalidOperationException($"'{Name}' has too many elements.");

    /// <summary>Name, type and shape.</summary>
    public override string ToString() => $"{Name}: {Type} [{string.Join(", ", Shape)}]";
}
