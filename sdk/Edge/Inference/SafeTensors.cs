using System.Buffers.Binary;
using System.Text.Json;

namespace Edge.Inference;

/// <summary>A tensor stored in a safetensors file: its type, shape and the bytes it occupies after the header.</summary>
internal readonly record struct StoredTensor(ElementType Type, int[] Shape, int Offset, int Length);

/// <summary>
/// The outer shell of an .edge file: eight bytes of little-endian header length, a JSON header, tensors end to end.
/// </summary>
/// <remarks>Format: https://github.com/huggingface/safetensors, section "Format".</remarks>
internal sealed class SafeTensors
{
    public const int MaxHeaderBytes = 16 << 20;
    public const int MaxFileBytes = 1 << 30; // so that no size computed from the file can leave 32 bits
    public const int MaxRank = 6;
    private const int LengthBytes = 8;

    private SafeTensors(IReadOnlyDictionary<string, string> metadata, IReadOnlyDictionary<string, StoredTensor> tensors)
    {
        Metadata = metadata;
        Tensors = tensors;
    }

    /// <summary>The strings under "__metadata__".</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Tensors by name; offsets count from the start of the file.</summary>
    public IReadOnlyDictionary<string, StoredTensor> Tensors { get; }

    /// <summary>Reads and checks the shell; returns null after adding to <paramref name="faults"/> where it is broken.</summary>
    public static SafeTensors? Read(ReadOnlyMemory<byte> file, List<string> faults)
    {
        if (file.Length < LengthBytes + 2)
        {
            faults.Add($"The file holds {file.Length} bytes; the smallest safetensors file holds {LengthBytes + 2}.");
            return null;
        }

        if (file.Length > MaxFileBytes)
        {
            faults.Add($"The file holds {file.Length} bytes; at most {MaxFileBytes} are accepted.");
            return null;
        }

        if (file.Span[4..].StartsWith("TFL3"u8))
        {
            faults.Add("The file is a TensorFlow Lite model; `edgec import` makes an .edge file of it.");
            return null;
        }

        ulong headerBytes = BinaryPrimitives.ReadUInt64LittleEndian(file.Span);
        if (headerBytes > (ulong)Math.Min(file.Length - LengthBytes, MaxHeaderBytes))
        {
            faults.Add($"Bytes 0 to 7 announce a header of {headerBytes} bytes; the file has {file.Length - LengthBytes} more, and at most {MaxHeaderBytes} are allowed. The file is cut short or is no .edge file.");
            return null;
        }

        try
        {
            using JsonDocument header = JsonDocument.Parse(file.Slice(LengthBytes, (int)headerBytes), new JsonDocumentOptions { MaxDepth = 8 });
            return Read(header.RootElement, LengthBytes + (int)headerBytes, file.Length, faults);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a string with broken UTF-8 or half a surrogate pair.
            faults.Add($"The header, bytes {LengthBytes} to {LengthBytes + (long)headerBytes - 1}, is not JSON: {e.Message}");
            return null;
        }
    }

    private static SafeTensors? Read(JsonElement header, int dataStart, int fileBytes, List<string> faults)
    {
        if (header.ValueKind != JsonValueKind.Object)
        {
            faults.Add($"The header is a JSON {header.ValueKind}; expected an object.");
            return null;
        }

        var metadata = new Dictionary<string, string>();
        var tensors = new Dictionary<string, StoredTensor>();
        int before = faults.Count;
        foreach (JsonProperty property in header.EnumerateObject().TakeWhile(_ => faults.Count < ModelFormatException.MaxFaults))
        {
            if (property.Name == "__metadata__")
            {
                ReadMetadata(property.Value, metadata, faults);
            }
            else if (ReadTensor(property.Value, property.Name, dataStart, fileBytes, faults) is not { } tensor)
            {
                continue; // its fault is noted
            }
            else if (!tensors.TryAdd(property.Name, tensor))
            {
                faults.Add($"Tensor '{property.Name}' is there twice.");
            }
        }

        if (faults.Count == before)
        {
            CheckNoHoles(tensors, dataStart, fileBytes, faults);
        }

        return new SafeTensors(metadata, tensors);
    }

    private static void ReadMetadata(JsonElement element, Dictionary<string, string> metadata, List<string> faults)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            faults.Add($"__metadata__ is a JSON {element.ValueKind}; expected an object of strings.");
            return;
        }

        foreach (JsonProperty entry in element.EnumerateObject())
        {
            if (entry.Value.ValueKind == JsonValueKind.String)
            {
                metadata[entry.Name] = entry.Value.GetString()!;
            }
            else
            {
                faults.Add($"__metadata__.{entry.Name} is a JSON {entry.Value.ValueKind}; expected a string.");
            }
        }
    }

    private static StoredTensor? ReadTensor(JsonElement element, string name, int dataStart, int fileBytes, List<string> faults)
    {
        int before = faults.Count;
        var section = new PlanSection(element, $"tensor '{name}'", faults);
        string typeName = section.String("dtype");
        int[] shape = section.Int32s("shape", 0, int.MaxValue, 0, MaxRank);
        int[] offsets = section.Int32s("data_offsets", 0, fileBytes - dataStart, 2, 2);
        if (faults.Count > before)
        {
            return null;
        }

        if (!ElementTypes.TryParseSafeTensors(typeName, out ElementType type))
        {
            section.Fault("dtype", $"is '{typeName}'; expected I8, I16 or I32");
            return null;
        }

        long bytes = type.Bytes();
        foreach (int dimension in shape)
        {
            bytes *= dimension;
            if (bytes > fileBytes)
            {
                break; // already too large; also keeps the product from overflowing
            }
        }

        if (offsets[1] - (long)offsets[0] != bytes)
        {
            section.Fault("data_offsets", $"span {offsets[1] - (long)offsets[0]} bytes; shape [{string.Join(", ", shape)}] of {typeName} needs {bytes}");
            return null;
        }

        if ((dataStart + offsets[0]) % type.Bytes() != 0)
        {
            section.Fault("data_offsets", $"begin at byte {dataStart + offsets[0]} of the file; {typeName} must be aligned to {type.Bytes()} bytes");
            return null;
        }

        return new StoredTensor(type, shape, dataStart + offsets[0], (int)bytes);
    }

    private static void CheckNoHoles(Dictionary<string, StoredTensor> tensors, int dataStart, int fileBytes, List<string> faults)
    {
        int position = dataStart;
        KeyValuePair<string, StoredTensor>[] ordered = [.. tensors];
        Array.Sort(ordered, (a, b) => (a.Value.Offset, a.Value.Length).CompareTo((b.Value.Offset, b.Value.Length)));
        foreach ((string name, StoredTensor tensor) in ordered)
        {
            if (tensor.Offset != position)
            {
                faults.Add($"Tensor '{name}' begins at byte {tensor.Offset}; the one before it ends at {position}, and tensors lie end to end.");
                return;
            }

            position += tensor.Length;
        }

        if (position != fileBytes)
        {
            faults.Add($"The tensors end at byte {position}; the file ends at {fileBytes}. It is cut short or has bytes added.");
        }
    }
}
