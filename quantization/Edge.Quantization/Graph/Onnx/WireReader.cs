using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Edge.Quantization.Graph.Onnx;

/// <summary>
/// Reads one message of Protocol Buffers' wire format, field by field; every read is checked against the end of the message.
/// </summary>
/// <remarks>Usage: <c>while (reader.Next()) switch (reader.Field) …</c>; a field that is not read is skipped.</remarks>
internal ref struct WireReader
{
    private const int Varint = 0;
    private const int Fixed64 = 1;
    private const int Bytes = 2;
    private const int Fixed32 = 5;
    private const int MaxShownName = 120;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly ReadOnlySpan<byte> message;
    private readonly string source;
    private readonly int start;
    private readonly string part;
    private int position;
    private int wireType;
    private bool pending;

    /// <summary>Reads <paramref name="message"/>, which begins at byte <paramref name="start"/> of <paramref name="source"/>.</summary>
    public WireReader(ReadOnlySpan<byte> message, string source, string place, int start = 0)
    {
        this.message = message;
        this.source = source;
        this.start = start;
        part = place;
        Place = place;
    }

    /// <summary>What the message is, for error messages.</summary>
    public string Place { get; private set; }

    /// <summary>Number of the field that <see cref="Next"/> found.</summary>
    public int Field { get; private set; }

    /// <summary>Moves to the next field; false at the end of the message.</summary>
    public bool Next()
    {
        if (pending)
        {
            Skip();
        }

        if (position == message.Length)
        {
            return false;
        }

        ulong key = ReadVarint();
        Field = (int)Math.Min(key >> 3, int.MaxValue);
        wireType = (int)(key & 7);
        if (Field is 0 or > 0x1FFF_FFFF || wireType is not (Varint or Fixed64 or Bytes or Fixed32))
        {
            throw Fault($"field {Field} has wire type {wireType}; this is no protobuf message, or it is damaged.");
        }

        pending = true;
        return true;
    }

    /// <summary>The field as an integer.</summary>
    public long Int64()
    {
        Expect(Varint);
        return (long)ReadVarint();
    }

    /// <summary>The field as an integer of 32 bits, as protobuf truncates it.</summary>
    public int Int32() => (int)Int64();

    /// <summary>The field as a float.</summary>
    public float Float()
    {
        Expect(Fixed32);
        return BinaryPrimitives.ReadSingleLittleEndian(Take(4));
    }

    /// <summary>The field's bytes, a view of the message.</summary>
    public ReadOnlySpan<byte> Span()
    {
        Expect(Bytes);
        ulong length = ReadVarint();
        return length <= (ulong)(message.Length - position)
            ? Take((int)length)
            : throw Fault($"field {Field} says it has {length} bytes; {message.Length - position} are left. The file is cut off or damaged.");
    }

    /// <summary>The field as a string.</summary>
    public string String()
    {
        ReadOnlySpan<byte> bytes = Span();
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw Fault($"field {Field} should be text, but its bytes are not UTF-8.");
        }
    }

    /// <summary>The field as a message within this one.</summary>
    public WireReader Message(string part)
    {
        ReadOnlySpan<byte> bytes = Span();
        return new WireReader(bytes, source, $"{Place}.{part}", start + position - bytes.Length);
    }

    /// <summary>Appends a repeated integer field, packed or not.</summary>
    public void AppendInts(List<long> values)
    {
        if (wireType == Varint)
        {
            values.Add(Int64());
            return;
        }

        var packed = new WireReader(Span(), source, Place, start);
        while (packed.position < packed.message.Length)
        {
            values.Add((long)packed.ReadVarint());
        }
    }

    /// <summary>Appends a repeated field of fixed-width numbers (float, double), packed or not.</summary>
    public void AppendFixed<T>(List<T> values) where T : unmanaged
    {
        int size = Unsafe.SizeOf<T>();
        ReadOnlySpan<byte> bytes;
        if (wireType == Bytes)
        {
            bytes = Span();
        }
        else
        {
            Expect(size == 4 ? Fixed32 : Fixed64);
            bytes = Take(size);
        }

        if (bytes.Length % size != 0)
        {
            throw Fault($"field {Field} has {bytes.Length} bytes; expected a multiple of {size}.");
        }

        values.AddRange(MemoryMarshal.Cast<byte, T>(bytes));
    }

    /// <summary>Adds a name to <see cref="Place"/> once it is known; long ones are cut, since every part within repeats them.</summary>
    public void Named(string name) => Place = $"{part} {(name.Length > MaxShownName ? name[..MaxShownName] + "…" : name)}";

    /// <summary>An exception that names source, place and byte.</summary>
    public readonly GraphFormatException Fault(string problem) => new(source, $"{Place} (byte {start + position})", problem);

    private void Expect(int wanted)
    {
        if (wireType != wanted)
        {
            throw Fault($"field {Field} has wire type {wireType}; expected {wanted}.");
        }

        pending = false;
    }

    private void Skip()
    {
        switch (wireType)
        {
            case Varint:
                Int64();
                break;
            case Bytes:
                Span();
                break;
            default:
                pending = false;
                Take(wireType == Fixed32 ? 4 : 8);
                break;
        }
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > message.Length - position)
        {
            throw Fault($"field {Field} needs {count} bytes; {message.Length - position} are left. The file is cut off or damaged.");
        }

        position += count;
        return message.Slice(position - count, count);
    }

    private ulong ReadVarint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 70; shift += 7)
        {
            byte next = Take(1)[0];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw Fault("a variable-length number has more than 10 bytes; the file is damaged.");
    }
}
