namespace Edge.Inference;

/// <summary>Where a tensor lives.</summary>
public enum TensorStorage
{
    /// <summary>In the file, never written.</summary>
    Constant,

    /// <summary>In the session's arena; holds its value from the operator that writes it to the last that reads it.</summary>
    Arena,

    /// <summary>In the session's memory from step to step; starts as real zero, or as the file says.</summary>
    State,
}

/// <summary>One tensor of a model: real value = <see cref="Scale"/> · (integer − <see cref="ZeroPoint"/>).</summary>
/// <param name="Name">Its name in the graph it was compiled from.</param>
/// <param name="Shape">Dimensions, outermost first; activations are [batch, time, width, channels] or shorter.</param>
/// <param name="Type">Element type.</param>
/// <param name="Scale">Real value of one step; 0 where the tensor holds no quantized values (multipliers, tables).</param>
/// <param name="ZeroPoint">The integer that means 0.</param>
/// <param name="Storage">Where it lives.</param>
/// <param name="Offset">First byte: in the file for constants, in the session's memory for the others.</param>
public sealed record TensorInfo(string Name, int[] Shape, ElementType Type, double Scale, int ZeroPoint, TensorStorage Storage, int Offset)
{
    /// <summary>Number of elements.</summary>
    public int Elements { get; } = (int)Shape.Aggregate(1L, (product, dimension) => product * dimension);

    /// <summary>Bytes the elements occupy.</summary>
    public int Bytes => Type.Bytes(Elements);

    /// <summary>Size of the last dimension; 1 for a scalar.</summary>
    public int Channels => Shape.Length == 0 ? 1 : Shape[^1];

    internal bool Overlaps(TensorInfo other) =>
        Storage != TensorStorage.Constant && other.Storage != TensorStorage.Constant
        && Offset < other.Offset + other.Bytes && other.Offset < Offset + Bytes;
}
