namespace Edge.OnnxRuntime;

/// <summary>Type of a tensor's elements; the numbers are those of ONNX.</summary>
public enum OnnxElementType
{
    /// <summary>No tensor, or not known.</summary>
    Undefined = 0,

    /// <summary>IEEE 754 binary32; <see cref="float"/>.</summary>
    Float32 = 1,

    /// <summary>Unsigned 8-bit integer; <see cref="byte"/>.</summary>
    UInt8 = 2,

    /// <summary>Signed 8-bit integer; <see cref="sbyte"/>.</summary>
    Int8 = 3,

    /// <summary>Unsigned 16-bit integer; <see cref="ushort"/>.</summary>
    UInt16 = 4,

    /// <summary>Signed 16-bit integer; <see cref="short"/>.</summary>
    Int16 = 5,

    /// <summary>Signed 32-bit integer; <see cref="int"/>.</summary>
    Int32 = 6,

    /// <summary>Signed 64-bit integer; <see cref="long"/>.</summary>
    Int64 = 7,

    /// <summary>Text; cannot be passed.</summary>
    String = 8,

    /// <summary>One byte, 0 or 1; <see cref="bool"/>.</summary>
    Bool = 9,

    /// <summary>IEEE 754 binary16; <see cref="Half"/>.</summary>
    Float16 = 10,

    /// <summary>IEEE 754 binary64; <see cref="double"/>.</summary>
    Float64 = 11,
}

/// <summary>Which managed type stands for which element type.</summary>
internal static class OnnxElementTypes
{
    private static readonly (OnnxElementType Type, Type Managed, int SizeBytes)[] Known =
    [
        (OnnxElementType.Float32, typeof(float), 4),
        (OnnxElementType.UInt8, typeof(byte), 1),
        (OnnxElementType.Int8, typeof(sbyte), 1),
        (OnnxElementType.UInt16, typeof(ushort), 2),
        (OnnxElementType.Int16, typeof(short), 2),
        (OnnxElementType.Int32, typeof(int), 4),
        (OnnxElementType.Int64, typeof(long), 8),
        (OnnxElementType.Bool, typeof(bool), 1),
        (OnnxElementType.Float16, typeof(Half), 2),
        (OnnxElementType.Float64, typeof(double), 8),
    ];

    /// <summary>The element type of a managed type; Undefined where there is none.</summary>
    public static OnnxElementType Of(Type managed) => Array.Find(Known, known => known.Managed == managed).Type;

    /// <summary>Bytes of one element; 0 where the type cannot be passed.</summary>
    public static int SizeBytes(this OnnxElementType type) => Array.Find(Known, known => known.Type == type).SizeBytes;

    /// <summary>A new array of the managed type.</summary>
    public static Array NewArray(this OnnxElementType type, int count) => type switch
    {
        OnnxElementType.Float32 => new float[count],
        OnnxElementType.UInt8 => new byte[count],
        OnnxElementType.Int8 => new sbyte[count],
        OnnxElementType.UInt16 => new ushort[count],
        OnnxElementType.Int16 => new short[count],
        OnnxElementType.Int32 => new int[count],
        OnnxElementType.Int64 => new long[count],
        OnnxElementType.Bool => new bool[count],
        OnnxElementType.Float16 => new Half[count],
        OnnxElementType.Float64 => new double[count],
        _ => throw new NotSupportedException($"Tensors of {type} cannot be passed to or from ONNX Runtime here."),
    };
}
