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
}

/// <summary>Facts about element types.</summary>
public static class ElementTypes
{
    private static readonly (ElementType Type, string Name, string SafeTensorsName, int Bytes)[] Table =
    [
        (ElementType.Int8, "int8", "I8", 1),
        (ElementType.Int16, "int16", "I16", 2),
        (ElementType.Int32, "int32", "I32", 4),
    ];

    /// <summary>Bytes of one element.</summary>
    public static int Bytes(this ElementType type) => Table[(int)type].Bytes;

    /// <summary>The name in a plan: int8, int16 or int32.</summary>
    public static string Name(this ElementType type) => Table[(int)type].Name;

    /// <summary>The dtype of safetensors: I8, I16 or I32.</summary>
    public static string SafeTensorsName(this ElementType type) => Table[(int)type].SafeTensorsName;

    /// <summary>A plan's name: int8, int16 or int32.</summary>
    internal static bool TryParse(string name, out ElementType type) => TryFind(row => row.Name == name, out type);

    /// <summary>A safetensors dtype: I8, I16 or I32.</summary>
    internal static bool TryParseSafeTensors(string name, out ElementType type) => TryFind(row => row.SafeTensorsName == name, out type);

    private static bool TryFind(Predicate<(ElementType Type, string Name, string SafeTensorsName, int Bytes)> match, out ElementType type)
    {
        int index = Array.FindIndex(Table, match);
        type = index < 0 ? default : Table[index].Type;
        return index >= 0;
    }
}
