namespace Edge.Quantization.Graph;

/// <summary>Type of a tensor's elements; the numbers are those of ONNX's TensorProto.DataType.</summary>
public enum ElementType
{
    /// <summary>Not known.</summary>
    Undefined = 0,

    /// <summary>IEEE 754 binary32.</summary>
    Float32 = 1,

    /// <summary>Unsigned 8-bit integer.</summary>
    UInt8 = 2,

    /// <summary>Signed 8-bit integer.</summary>
    Int8 = 3,

    /// <summary>Unsigned 16-bit integer.</summary>
    UInt16 = 4,

    /// <summary>Signed 16-bit integer.</summary>
    Int16 = 5,

    /// <summary>Signed 32-bit integer.</summary>
    Int32 = 6,

    /// <summary>Signed 64-bit integer.</summary>
    Int64 = 7,

    /// <summary>One byte, 0 or 1.</summary>
    Bool = 9,

    /// <summary>IEEE 754 binary16.</summary>
    Float16 = 10,

    /// <summary>IEEE 754 binary64.</summary>
    Float64 = 11,

    /// <summary>Unsigned 32-bit integer.</summary>
    UInt32 = 12,

    /// <summary>Unsigned 64-bit integer.</summary>
    UInt64 = 13,

    /// <summary>The upper half of a binary32.</summary>
    BFloat16 = 16,

    /// <summary>Unsigned 4-bit integer, two to a byte, the first in the lower half.</summary>
    UInt4 = 21,

    /// <summary>Signed 4-bit integer, two to a byte, the first in the lower half.</summary>
    Int4 = 22,
}

/// <summary>Facts about element types.</summary>
public static class ElementTypes
{
    /// <summary>Bits that one element takes; 0 for a type that no constant can have.</summary>
    public static int SizeBits(this ElementType type) => type is ElementType.UInt4 or ElementType.Int4 ? 4 : 8 * type.SizeBytes();

    /// <summary>Bytes that one element takes; 0 for a type that no constant can have, or of which several share a byte.</summary>
    public static int SizeBytes(this ElementType type) => type switch
    {
        ElementType.UInt8 or ElementType.Int8 or ElementType.Bool => 1,
        ElementType.UInt16 or ElementType.Int16 or ElementType.Float16 or ElementType.BFloat16 => 2,
        ElementType.Float32 or ElementType.Int32 or ElementType.UInt32 => 4,
        ElementType.Float64 or ElementType.Int64 or ElementType.UInt64 => 8,
        _ => 0,
    };
}
