namespace Edge.Inference;

/// <summary>What a tensor's elements are.</summary>
public enum ElementType
{
    /// <summary>8-bit signed integer; safetensors "I8".</summary>
    Int8,

    /// <summary>16-bit signed integer; safetensors "I16".</summary>
    Int16,

    /// <summary>32-bit signed integer; safetensors "I32".</summary>
    Int32,

    /// <summary>4-bit signed integer, constants only, two a byte, the first in the lower half; bytes of safetensors "I8".</summary>
    Int4,
}

/// <summary>Facts about element types.</summary>
public static class ElementTypes
{
    private static readonly (ElementType Type, string Name, string SafeTensorsName, int Bits)[] Table =
    [
        (ElementType.Int8, "int8", "I8", 8),
        (ElementType.Int16, "int16", "I16", 16),
        (ElementType.Int32, "int32", "I32", 32),
        (ElementType.Int4, "int4", "I8", 4),
    ];

    /// <summary>Bytes of one element; of one that shares its byte, that byte.</summary>
    public static int Bytes(this ElementType type) => (Table[(int)type].Bits + 7) / 8;

    /// <summary>Bytes that <paramref name="elements"/> of them occupy.</summary>
    public static int Bytes(this ElementType type, int elements) => type == ElementType.Int4 ? (int)((elements + 1L) / 2) : elements * type.Bytes();

    /// <summary>The name in a plan: int4, int8, int16 or int32.</summary>
    public static string Name(this ElementType type) => Table[(int)type].Name;

    /// <summary>The dtype of safetensors that holds it: I8, I16 or I32.</summary>
    public static string SafeTensorsName(this ElementType type) => Table[(int)type].SafeTensorsName;

    /// <summary>A plan's name for what a session's memory may hold: int8, int16 or int32.</summary>
    internal static bool TryParse(string name, out ElementType type) => TryFind(row => row.Name == name && row.Type != ElementType.Int4, out type);

    /// <summary>A safetensors dtype: I8, I16 or I32.</summary>
    internal static bool TryParseSafeTensors(string name, out ElementType type) => TryFind(row => row.SafeTensorsName == name, out type);

    private static bool TryFind(Predicate<(ElementType Type, string Name, string SafeTensorsName, int Bits)> match, out ElementType type)
    {
        int index = Array.FindIndex(Table, match);
        type = index < 0 ? default : Table[index].Type;
        return index >= 0;
    }
}
