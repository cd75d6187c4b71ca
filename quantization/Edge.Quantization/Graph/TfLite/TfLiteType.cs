namespace Edge.Quantization.Graph.TfLite;

/// <summary>Type of a tensor's elements; the numbers are those of TensorType in TensorFlow Lite's schema.</summary>
internal enum TfLiteType
{
    /// <summary>IEEE 754 binary32.</summary>
    Float32 = 0,

    /// <summary>IEEE 754 binary16.</summary>
    Float16 = 1,

    /// <summary>Signed 32-bit integer.</summary>
    Int32 = 2,

    /// <summary>Unsigned 8-bit integer.</summary>
    UInt8 = 3,

    /// <summary>Signed 64-bit integer.</summary>
    Int64 = 4,

    /// <summary>Strings.</summary>
    String = 5,

    /// <summary>One byte, 0 or 1.</summary>
    Bool = 6,

    /// <summary>Signed 16-bit integer.</summary>
    Int16 = 7,

    /// <summary>Two binary32.</summary>
    Complex64 = 8,

    /// <summary>Signed 8-bit integer.</summary>
    Int8 = 9,

    /// <summary>IEEE 754 binary64.</summary>
    Float64 = 10,

    /// <summary>Two binary64.</summary>
    Complex128 = 11,

    /// <summary>Unsigned 64-bit integer.</summary>
    UInt64 = 12,

    /// <summary>A handle, as of a variable.</summary>
    Resource = 13,

    /// <summary>A value of any type.</summary>
    Variant = 14,

    /// <summary>Unsigned 32-bit integer.</summary>
    UInt32 = 15,

    /// <summary>Unsigned 16-bit integer.</summary>
    UInt16 = 16,

    /// <summary>Signed 4-bit integer, two to a byte, the first in the lower half.</summary>
    Int4 = 17,
}

/// <summary>Facts about element types.</summary>
internal static class TfLiteTypes
{
    /// <summary>Bits that one element takes; 0 for a handle, which has no elements, and for types that are not read.</summary>
    public static int SizeBits(this TfLiteType type) => type switch
    {
        TfLiteType.Int4 => 4,
        TfLiteType.UInt8 or TfLiteType.Int8 or TfLiteType.Bool => 8,
        TfLiteType.Float16 or TfLiteType.Int16 or TfLiteType.UInt16 => 16,
        TfLiteType.Float32 or TfLiteType.Int32 or TfLiteType.UInt32 => 32,
        TfLiteType.Float64 or TfLiteType.Int64 or TfLiteType.UInt64 => 64,
        _ => 0,
    };

    /// <summary>Whether tensors of this type are read.</summary>
    public static bool IsRead(this TfLiteType type) => type == TfLiteType.Resource || type.SizeBits() > 0;

    /// <summary>The values that an integer of this type has; empty (lowest above highest) for other types.</summary>
    public static (long Lowest, long Highest) Range(this TfLiteType type) => type switch
    {
        TfLiteType.Int4 => (-8, 7),
        TfLiteType.Int8 => (sbyte.MinValue, sbyte.MaxValue),
        TfLiteType.UInt8 => (byte.MinValue, byte.MaxValue),
        TfLiteType.Int16 => (short.MinValue, short.MaxValue),
        TfLiteType.UInt16 => (ushort.MinValue, ushort.MaxValue),
        TfLiteType.Int32 => (int.MinValue, int.MaxValue),
        TfLiteType.UInt32 => (uint.MinValue, uint.MaxValue),
        TfLiteType.Int64 => (long.MinValue, long.MaxValue),
        _ => (0, -1),
    };
}
