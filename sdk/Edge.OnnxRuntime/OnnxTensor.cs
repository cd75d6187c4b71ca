namespace Edge.OnnxRuntime;

/// <summary>A tensor to give to a session or received from one: dimensions and elements in row-major order.</summary>
public sealed class OnnxTensor
{
    private readonly long[] dims;

    private OnnxTensor(OnnxElementType elementType, ReadOnlySpan<long> dims, Array data)
    {
        ElementType = elementType;
        this.dims = dims.ToArray();
        Data = data;
    }

    /// <summary>Type of the elements.</summary>
    public OnnxElementType ElementType { get; }

    /// <summary>Dimensions, outermost first; empty for a scalar.</summary>
    public ReadOnlySpan<long> Dims => dims;

    /// <summary>The array that holds the elements.</summary>
    internal Array Data { get; }

    /// <summary>A tensor over <paramref name="data"/>, which is not copied: what is written there later is what the next run reads.</summary>
    /// <typeparam name="T">float, double, Half, bool, or an integer of 8 to 64 bits (not ulong, uint).</typeparam>
    /// <param name="dims">Dimensions, outermost first; their product is the number of elements.</param>
    /// <param name="data">The elements.</param>
    /// <exception cref="ArgumentException">The type cannot be passed, or the dimensions do not give the array's length.</exception>
    public static OnnxTensor Of<T>(ReadOnlySpan<long> dims, T[] data) where T : unmanaged
    {
        OnnxElementType type = OnnxElementTypes.Of(typeof(T));
        if (type == OnnxElementType.Undefined)
        {
            throw new ArgumentException($"ONNX Runtime takes no tensors of {typeof(T).Name}.", nameof(data));
        }

        Int128 count = 1;
        foreach (long dim in dims)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(dim, nameof(dims));
            count = Int128.Min(count * dim, long.MaxValue);
        }

        return count == data.Length
            ? new OnnxTensor(type, dims, data)
            : throw new ArgumentException($"[{string.Join(", ", dims.ToArray())}] has {count} elements; found {data.Length}.", nameof(data));
    }

    /// <summary>The elements, which may be written.</summary>
    /// <exception cref="InvalidOperationException">The elements are of another type.</exception>
    public T[] Elements<T>() where T : unmanaged =>
        OnnxElementTypes.Of(typeof(T)) == ElementType
            ? (T[])Data
            : throw new InvalidOperationException($"The tensor holds {ElementType}, not {typeof(T).Name}.");

    /// <inheritdoc/>
    public override string ToString() => $"{ElementType} [{string.Join(", ", dims)}]";

    /// <summary>A copy of an output.</summary>
    internal static OnnxTensor Copy(in OnnxOutput output)
    {
        Array data = output.ElementType.NewArray(output.Count);
        output.CopyTo(data);
        return new OnnxTensor(output.ElementType, output.Dims, data);
    }
}
