namespace Edge.Quantization.Graph.TfLite;

/// <summary>The buffers of a model: bytes of constants within the FlatBuffer, or after it in large files.</summary>
internal sealed class TfLiteBuffers(FlatBuffer file, FlatTable[] buffers)
{
    /// <summary>The bytes of a buffer; empty for buffer 0 and for buffers that hold nothing.</summary>
    /// <param name="index">Its index.</param>
    /// <param name="place">Who names it, for messages.</param>
    /// <exception cref="GraphFormatException">There is no such buffer, or its bytes lie outside the file.</exception>
    public ReadOnlyMemory<byte> Data(uint index, string place)
    {
        if (index == 0)
        {
            return default;
        }

        if (index >= buffers.Length)
        {
            throw file.Fault(place, $"{index} found; the model has {buffers.Length} buffer(s).");
        }

        FlatTable buffer = buffers[index];
        ulong offset = buffer.UInt64(1);
        ReadOnlyMemory<byte> data = offset > 1 ? Outside(buffer, offset, buffer.UInt64(2)) : buffer.Bytes(0, "data");
        file.Spend(data.Length, place);
        return data;
    }

    /// <summary>Bytes at an offset from the beginning of the file, which the schema uses where a FlatBuffer would exceed 2 GB.</summary>
    private ReadOnlyMemory<byte> Outside(FlatTable buffer, ulong offset, ulong size) =>
        offset <= (ulong)file.Length && size <= (ulong)file.Length - offset
            ? file.Slice((long)offset, (long)size, buffer.Place)
            : throw buffer.Fault($"{size:N0} bytes at {offset:N0} found; the file has {file.Length:N0} bytes. It is cut off or damaged.");
}
