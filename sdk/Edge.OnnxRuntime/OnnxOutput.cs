using System.Runtime.InteropServices;

namespace Edge.OnnxRuntime;

/// <summary>One output of a run, in ONNX Runtime's own memory: valid only while it is being visited.</summary>
public readonly ref struct OnnxOutput
{
    private readonly ReadOnlySpan<byte> bytes;

    internal OnnxOutput(string name, OnnxElementType elementType, ReadOnlySpan<long> dims, ReadOnlySpan<byte> bytes)
    {
        Name = name;
        ElementType = elementType;
        Dims = dims;
        this.bytes = bytes;
    }

    /// <summary>The output's name.</summary>
    public string Name { get; }

    /// <summary>Type of the elements.</summary>
    public OnnxElementType ElementType { get; }

    /// <summary>Dimensions, outermost first; empty for a scalar.</summary>
    public ReadOnlySpan<long> Dims { get; }

    /// <summary>Number of elements.</summary>
    public int Count => bytes.Length / ElementType.SizeBytes();

    /// <summary>The elements, row-major.</summary>
    /// <exception cref="InvalidOperationException">The elements are of another type.</exception>
    public ReadOnlySpan<T> Elements<T>() where T : unmanaged =>
        OnnxElementTypes.Of(typeof(T)) == ElementType
            ? MemoryMarshal.Cast<byte, T>(bytes)
            : throw new InvalidOperationException($"Output '{Name}' holds {ElementType}, not {typeof(T).Name}.");

    internal unsafe void CopyTo(Array data)
    {
        ref byte first = ref MemoryMarshal.GetArrayDataReference(data);
        bytes.CopyTo(MemoryMarshal.CreateSpan(ref first, bytes.Length));
    }
}

/// <summary>Receives one output of a run.</summary>
public delegate void OnnxOutputVisitor(OnnxOutput output);
