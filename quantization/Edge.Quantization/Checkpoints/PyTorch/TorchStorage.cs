using Edge.Quantization.Graph;

namespace Edge.Quantization.Checkpoints.PyTorch;

/// <summary>A block of elements that tensors look into.</summary>
/// <param name="Key">Its name in the file.</param>
/// <param name="Type">Type of the elements; null where the tensors say it.</param>
/// <param name="Count">Elements, or bytes where it has no type.</param>
internal sealed record TorchStorage(string Key, ElementType? Type, long Count)
{
    /// <summary>Bytes of the whole block.</summary>
    public Int128 Bytes => (Int128)Count * (Type?.SizeBytes() ?? 1);

    private static readonly Dictionary<string, ElementType> Types = new()
    {
        ["Double"] = ElementType.Float64, ["Float"] = ElementType.Float32, ["Half"] = ElementType.Float16, ["BFloat16"] = ElementType.BFloat16,
        ["Long"] = ElementType.Int64, ["Int"] = ElementType.Int32, ["Short"] = ElementType.Int16, ["Char"] = ElementType.Int8, ["Byte"] = ElementType.UInt8, ["Bool"] = ElementType.Bool,
    };

    private static readonly Dictionary<string, ElementType> DataTypes = new()
    {
        ["float64"] = ElementType.Float64, ["float32"] = ElementType.Float32, ["float16"] = ElementType.Float16, ["bfloat16"] = ElementType.BFloat16,
        ["int64"] = ElementType.Int64, ["int32"] = ElementType.Int32, ["int16"] = ElementType.Int16, ["int8"] = ElementType.Int8, ["uint8"] = ElementType.UInt8, ["bool"] = ElementType.Bool,
    };

    /// <summary>The type that a storage's class says ("FloatStorage"); null where there is no constant of it.</summary>
    public static ElementType? TypeOf(string storageClass) =>
        storageClass.EndsWith("Storage", StringComparison.Ordinal) && Types.TryGetValue(storageClass[..^"Storage".Length], out ElementType type) ? type : null;

    /// <summary>The type that torch calls "float32"; null where there is no constant of it.</summary>
    public static ElementType? TypeOfData(string dtype) => DataTypes.TryGetValue(dtype, out ElementType type) ? type : null;
}
