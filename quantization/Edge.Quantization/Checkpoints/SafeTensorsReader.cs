using System.Buffers.Binary;
using System.Text.Json;
using Edge.Quantization.Graph;

namespace Edge.Quantization.Checkpoints;

/// <summary>Reads safetensors: eight bytes of header length, a JSON header, tensors end to end.</summary>
/// <remarks>Format: https://github.com/huggingface/safetensors, section "Format".</remarks>
internal static class SafeTensorsReader
{
    private const int LengthBytes = 8;
    private const int MaxHeaderBytes = 100_000_000; // the format's own limit
    private const int MaxRank = 8;

    /// <summary>Whether a file begins as the format does: a length that fits, and a JSON object.</summary>
    public static bool IsSafeTensors(CheckpointFile file) =>
        file.Length > LengthBytes && HeaderBytes(file) <= (ulong)(file.Length - LengthBytes) && file.Read(LengthBytes, 1, "header")[0] == '{';

    /// <summary>Reads the header and checks that every tensor lies in the file and has the size of its shape.</summary>
    /// <exception cref="GraphFormatException">One does not, or the header is not what the format says.</exception>
    public static CheckpointContent Read(CheckpointFile file)
    {
        ulong headerBytes = HeaderBytes(file);
        if (headerBytes > MaxHeaderBytes)
        {
            throw file.Fault("header", $"it has {headerBytes} bytes; the format allows {MaxHeaderBytes}.");
        }

        try
        {
            using JsonDocument header = JsonDocument.Parse(file.Read(LengthBytes, (long)headerBytes, "header"), new JsonDocumentOptions { MaxDepth = 8 });
            return Read(file, header.RootElement, LengthBytes + (long)headerBytes);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a string with broken UTF-8 or half a surrogate pair.
            throw new GraphFormatException(file.Source, "header", $"it is not JSON as the format has it: {e.Message}", e);
        }
    }

    private static ulong HeaderBytes(CheckpointFile file) => BinaryPrimitives.ReadUInt64LittleEndian(file.Read(0, LengthBytes, "header length"));

    private static CheckpointContent Read(CheckpointFile file, JsonElement header, long start)
    {
        var tensors = new Dictionary<string, CheckpointTensor>();
        var scalars = new Dictionary<string, object>();
        foreach (JsonProperty entry in header.EnumerateObject())
        {
            if (entry.Name != "__metadata__")
            {
                tensors[entry.Name] = Entry(file, entry, start);
            }
            else if (entry.Value.ValueKind == JsonValueKind.Object)
            {
                foreach (JsonProperty pair in entry.Value.EnumerateObject().Where(pair => pair.Value.ValueKind == JsonValueKind.String))
                {
                    scalars[pair.Name] = pair.Value.GetString()!;
                }
            }
        }

        return new CheckpointContent(tensors, scalars);
    }

    private static CheckpointTensor Entry(CheckpointFile file, JsonProperty entry, long start)
    {
        string place = $"tensor '{entry.Name}'";
        JsonElement value = entry.Value;
        if (value.ValueKind != JsonValueKind.Object || !value.TryGetProperty("dtype", out JsonElement dtype) || !value.TryGetProperty("shape", out JsonElement shape)
            || !value.TryGetProperty("data_offsets", out JsonElement offsets))
        {
            throw file.Fault(place, "its entry lacks dtype, shape or data_offsets.");
        }

        ElementType type = TypeOf(dtype.GetString()) ?? throw file.Fault(place, $"it is of type {dtype}; expected F64, F32, F16, BF16, or integers of 8 to 64 bits.");
        long[] dims = Integers(file, place, shape);
        long[] range = Integers(file, place, offsets);
        Int128 bytes = dims.Aggregate((Int128)type.SizeBytes(), (product, dim) => Int128.Min(product * dim, long.MaxValue));
        if (dims.Length > MaxRank || range is not [var begin, var end] || end < begin || end - begin != bytes || end > file.Length - start)
        {
            throw file.Fault(place, $"its data_offsets are {offsets} and its shape is {shape}, {bytes} bytes of {type}; the data has {file.Length - start}. The file is cut short or damaged.");
        }

        return new CheckpointTensor(type, dims, () => file.Read(start + begin, end - begin, place));
    }

    private static long[] Integers(CheckpointFile file, string place, JsonElement array)
    {
        long[] values = array.ValueKind != JsonValueKind.Array ? [-1]
            : [.. array.EnumerateArray().Select(element => element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out long value) ? value : -1)];
        return Array.TrueForAll(values, value => value >= 0) ? values : throw file.Fault(place, $"it has {array} where whole numbers from 0 are expected.");
    }

    private static ElementType? TypeOf(string? dtype) => dtype switch
    {
        "F64" => ElementType.Float64,
        "F32" => ElementType.Float32,
        "F16" => ElementType.Float16,
        "BF16" => ElementType.BFloat16,
        "I64" => ElementType.Int64,
        "I32" => ElementType.Int32,
        "I16" => ElementType.Int16,
        "I8" => ElementType.Int8,
        "U64" => ElementType.UInt64,
        "U32" => ElementType.UInt32,
        "U16" => ElementType.UInt16,
        "U8" => ElementType.UInt8,
        "BOOL" => ElementType.Bool,
        _ => null,
    };
}
