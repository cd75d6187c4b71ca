using System.Runtime.InteropServices;

namespace Edge.Quantization.Graph.Onnx;

/// <summary>TensorProto of ONNX: a constant in raw bytes, in typed fields, or in another file.</summary>
internal static class TensorMessage
{
    private const int StringType = 8;

    public static Tensor Read(ref WireReader reader, ExternalData external, out string name)
    {
        name = "";
        ElementType type = ElementType.Undefined;
        var dims = new List<long>();
        var singles = new List<float>();
        var doubles = new List<double>();
        var integers = new List<long>();
        var location = new Dictionary<string, string>();
        byte[]? raw = null;
        bool isExternal = false;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    reader.AppendInts(dims);
                    break;
                case 2:
                    type = ElementTypeOf(ref reader);
                    break;
                case 3:
                    throw reader.Fault("a tensor in segments is not supported.");
                case 4:
                    reader.AppendFixed(singles);
                    break;
                case 5 or 7 or 11:
                    reader.AppendInts(integers);
                    break;
                case 8:
                    name = reader.String();
                    reader.Named($"'{name}'");
                    break;
                case 9:
                    raw = reader.Span().ToArray();
                    break;
                case 10:
                    reader.AppendFixed(doubles);
                    break;
                case 13:
                    (string key, string value) = OnnxReader.ReadPair(reader.Message("external_data"));
                    location[key] = value;
                    break;
                case 14:
                    isExternal = reader.Int32() == 1;
                    break;
            }
        }

        byte[] data = isExternal ? external.Read(ref reader, location) : raw ?? type switch
        {
            ElementType.Float32 => Bytes<float>(singles),
            ElementType.Float64 => Bytes<double>(doubles),
            _ => Pack(ref reader, type, integers),
        };
        return Make(ref reader, type, dims, data);
    }

    /// <summary>The field as an element type that the graph can hold.</summary>
    public static ElementType ElementTypeOf(ref WireReader reader)
    {
        int number = reader.Int32();
        var type = (ElementType)number;
        return number == 0 || type.SizeBits() > 0
            ? type
            : throw reader.Fault(number == StringType
                ? "tensors of strings are not supported."
                : $"element type {number} is not supported; expected bool, an integer of 4 to 64 bits, or a float of 16 to 64 bits.");
    }

    private static Tensor Make(ref WireReader reader, ElementType type, List<long> dims, byte[] data)
    {
        try
        {
            return new Tensor(type, CollectionsMarshal.AsSpan(dims), data);
        }
        catch (ArgumentException e)
        {
            throw reader.Fault($"the constant is inconsistent. {e.Message}");
        }
    }

    /// <summary>Elements narrower than 32 bits, float16 included, are stored one to an int32, 4-bit ones by two; the upper bits say nothing.</summary>
    private static byte[] Pack(ref WireReader reader, ElementType type, List<long> values)
    {
        int size = Math.Max(type.SizeBytes(), 1);
        if ((long)size * values.Count > Array.MaxLength)
        {
            throw reader.Fault($"{values.Count} elements are more than a constant can hold.");
        }

        var data = new byte[size * values.Count];
        Span<long> element = stackalloc long[1];
        for (int i = 0; i < values.Count; i++)
        {
            element[0] = values[i];
            MemoryMarshal.AsBytes(element)[..size].CopyTo(data.AsSpan(i * size));
        }

        return data;
    }

    private static byte[] Bytes<T>(List<T> values) where T : unmanaged => MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(values)).ToArray();
}
