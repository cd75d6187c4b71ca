using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Edge.Quantization.Graph.Onnx;

/// <summary>Writes one message of Protocol Buffers' wire format; large byte fields are referred to, not copied.</summary>
internal sealed class WireWriter
{
    private readonly List<ReadOnlyMemory<byte>> chunks = [];
    private readonly ArrayBufferWriter<byte> open = new();

    /// <summary>Bytes of the message so far.</summary>
    public long Length { get; private set; }

    /// <summary>Writes an integer field.</summary>
    public void Int(int field, long value)
    {
        Key(field, 0);
        Varint((ulong)value);
    }

    /// <summary>Writes a float field.</summary>
    public void Float(int field, float value)
    {
        Key(field, 5);
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
        Append(bytes);
    }

    /// <summary>Writes a string field; nothing for the empty string.</summary>
    public void Text(int field, string value)
    {
        if (value.Length > 0)
        {
            Element(field, value);
        }
    }

    /// <summary>Writes an element of a repeated string field, in which the empty string counts.</summary>
    public void Element(int field, string value)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(value);
        Key(field, 2);
        Varint((ulong)bytes.Length);
        Append(bytes);
    }

    /// <summary>Writes a field of bytes, which must not change until the message is saved.</summary>
    public void Bytes(int field, ReadOnlyMemory<byte> value)
    {
        Key(field, 2);
        Varint((ulong)value.Length);
        Seal();
        chunks.Add(value);
        Length += value.Length;
    }

    /// <summary>Writes a message within this one.</summary>
    public void Message(int field, Action<WireWriter> write)
    {
        var inner = new WireWriter();
        write(inner);
        inner.Seal();
        Key(field, 2);
        Varint((ulong)inner.Length);
        Seal();
        chunks.AddRange(inner.chunks);
        Length += inner.Length;
    }

    /// <summary>Writes the whole message to a stream.</summary>
    public void Save(Stream stream)
    {
        Seal();
        foreach (ReadOnlyMemory<byte> chunk in chunks)
        {
            stream.Write(chunk.Span);
        }
    }

    private void Key(int field, int wireType) => Varint((ulong)(field << 3 | wireType));

    private void Varint(ulong value)
    {
        Span<byte> bytes = stackalloc byte[10];
        int count = 0;
        for (; value >= 0x80; value >>= 7)
        {
            bytes[count++] = (byte)(value | 0x80);
        }

        bytes[count++] = (byte)value;
        Append(bytes[..count]);
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        open.Write(bytes);
        Length += bytes.Length;
    }

    private void Seal()
    {
        if (open.WrittenCount > 0)
        {
            chunks.Add(open.WrittenSpan.ToArray());
            open.ResetWrittenCount();
        }
    }
}
