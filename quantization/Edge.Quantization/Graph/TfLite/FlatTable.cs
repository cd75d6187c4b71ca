using System.Buffers.Binary;

namespace Edge.Quantization.Graph.TfLite;

/// <summary>
/// One table of a FlatBuffer. A field is read by its number in the schema; a field that the table lacks, and every field of a table that
/// is absent itself, has the schema's default.
/// </summary>
internal readonly struct FlatTable
{
    private const int VTableHeaderBytes = 4;

    private readonly FlatBuffer? buffer;
    private readonly long position;
    private readonly long vtable;
    private readonly int vtableBytes;
    private readonly int tableBytes;
    private readonly string? place;

    private FlatTable(FlatBuffer buffer, long position, long vtable, int vtableBytes, int tableBytes, string place)
    {
        this.buffer = buffer;
        this.position = position;
        this.vtable = vtable;
        this.vtableBytes = vtableBytes;
        this.tableBytes = tableBytes;
        this.place = place;
    }

    /// <summary>Whether the file has this table.</summary>
    public bool Exists => buffer is not null;

    /// <summary>Where it stands, for messages: <c>subgraphs[0].operators[3]</c>.</summary>
    public string Place => place ?? "";

    /// <summary>Opens the table at a position.</summary>
    public static FlatTable At(FlatBuffer buffer, long position, string place)
    {
        buffer.Spend(FlatBuffer.TableCost, place);
        long vtable = position - (int)buffer.UInt32(position, place);
        int vtableBytes = buffer.UInt16(vtable, place);
        int tableBytes = buffer.UInt16(vtable + 2, place);
        if (vtableBytes < VTableHeaderBytes || vtableBytes % 2 != 0 || tableBytes < 4)
        {
            throw buffer.Fault(place, $"its table has {tableBytes} bytes and a list of fields of {vtableBytes}; the file is damaged.");
        }

        buffer.Slice(vtable, vtableBytes, place);
        buffer.Slice(position, tableBytes, place);
        return new FlatTable(buffer, position, vtable, vtableBytes, tableBytes, place);
    }

    /// <summary>A fault of this table.</summary>
    /// <exception cref="InvalidOperationException">The table is absent.</exception>
    public GraphFormatException Fault(string problem) =>
        (buffer ?? throw new InvalidOperationException("An absent table has no faults.")).Fault(Place, problem);

    /// <summary>Whether the file gives this field.</summary>
    public bool Has(int field) => Find(field, 1) >= 0;

    /// <summary>A field of 8 bits.</summary>
    public byte Byte(int field, byte fallback = 0) => Scalar(field, 1) is { IsEmpty: false } bytes ? bytes[0] : fallback;

    /// <summary>A truth value; any byte but 0 is true.</summary>
    public bool Bool(int field, bool fallback = false) => Byte(field, fallback ? (byte)1 : (byte)0) != 0;

    /// <summary>A field of 32 bits with sign.</summary>
    public int Int32(int field, int fallback = 0) =>
        Scalar(field, 4) is { IsEmpty: false } bytes ? BinaryPrimitives.ReadInt32LittleEndian(bytes) : fallback;

    /// <summary>A field of 32 bits.</summary>
    public uint UInt32(int field, uint fallback = 0) =>
        Scalar(field, 4) is { IsEmpty: false } bytes ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : fallback;

    /// <summary>A field of 64 bits.</summary>
    public ulong UInt64(int field, ulong fallback = 0) =>
        Scalar(field, 8) is { IsEmpty: false } bytes ? BinaryPrimitives.ReadUInt64LittleEndian(bytes) : fallback;

    /// <summary>A float, finite or not.</summary>
    public float Float(int field, float fallback = 0) =>
        Scalar(field, 4) is { IsEmpty: false } bytes ? BinaryPrimitives.ReadSingleLittleEndian(bytes) : fallback;

    /// <summary>A vector of 32-bit integers; empty where the table lacks it.</summary>
    public int[] Int32s(int field, string? name = null) => Numbers(field, name, 4, BinaryPrimitives.ReadInt32LittleEndian);

    /// <summary>A vector of 64-bit integers; empty where the table lacks it.</summary>
    public long[] Int64s(int field, string? name = null) => Numbers(field, name, 8, BinaryPrimitives.ReadInt64LittleEndian);

    /// <summary>A vector of floats; empty where the table lacks it.</summary>
    public float[] Floats(int field, string? name = null) => Numbers(field, name, 4, BinaryPrimitives.ReadSingleLittleEndian);

    /// <summary>A vector of bytes, a view of the file; empty where the table lacks it.</summary>
    public ReadOnlyMemory<byte> Bytes(int field, string? name = null)
    {
        (long start, int count) = Vector(field, name, 1);
        return count == 0 ? default : buffer!.Slice(start, count, Part(field, name));
    }

    /// <summary>A string; null where the table lacks it.</summary>
    public string? Text(int field, string? name = null)
    {
        (long start, int count) = Vector(field, name, 1);
        return start < 0 ? null : buffer!.Text(start, count, Part(field, name));
    }

    /// <summary>A table; absent where this one lacks it.</summary>
    public FlatTable Table(int field, string? name = null)
    {
        long at = Find(field, 4);
        return at < 0 ? default : At(buffer!, at + buffer!.UInt32(at, Place), Part(field, name));
    }

    /// <summary>A vector of tables; empty where this one lacks it.</summary>
    public FlatTable[] Tables(int field, string name)
    {
        string part = Part(field, name);
        (long start, int count) = Vector(field, name, 4);
        if (count > 0)
        {
            buffer!.Spend((long)count * FlatBuffer.TableCost, part);
        }

        var tables = new FlatTable[count];
        for (int i = 0; i < count; i++)
        {
            long at = start + (4L * i);
            tables[i] = At(buffer!, at + buffer!.UInt32(at, part), $"{part}[{i}]");
        }

        return tables;
    }

    private delegate T Reader<out T>(ReadOnlySpan<byte> bytes);

    private T[] Numbers<T>(int field, string? name, int elementBytes, Reader<T> read)
    {
        (long start, int count) = Vector(field, name, elementBytes);
        if (count == 0)
        {
            return [];
        }

        string part = Part(field, name);
        buffer!.Spend((long)count * elementBytes, part);
        ReadOnlySpan<byte> bytes = buffer.Span(start, (long)count * elementBytes, part);
        var numbers = new T[count];
        for (int i = 0; i < count; i++)
        {
            numbers[i] = read(bytes[(i * elementBytes)..]);
        }

        return numbers;
    }

    /// <summary>Where a vector's elements begin, and how many; -1 and 0 where the table lacks it.</summary>
    private (long Start, int Count) Vector(int field, string? name, int elementBytes)
    {
        long at = Find(field, 4);
        return at < 0 ? (-1, 0) : buffer!.Vector(at, elementBytes, Part(field, name));
    }

    private ReadOnlySpan<byte> Scalar(int field, int size)
    {
        long at = Find(field, size);
        return at < 0 ? default : buffer!.Span(at, size, Place);
    }

    /// <summary>Where a field of <paramref name="size"/> bytes lies in the file; -1 where the table lacks it.</summary>
    private long Find(int field, int size)
    {
        int entry = VTableHeaderBytes + (2 * field);
        if (buffer is null || entry + 2 > vtableBytes)
        {
            return -1;
        }

        int offset = buffer.UInt16(vtable + entry, Place);
        if (offset == 0)
        {
            return -1;
        }

        return offset >= 4 && offset + size <= tableBytes
            ? position + offset
            : throw Fault($"field {field} should have {size} byte(s) at {offset} of a table of {tableBytes}; the file is damaged.");
    }

    private string Part(int field, string? name) => $"{Place}{(Place.Length == 0 ? "" : ".")}{name ?? $"field {field}"}";
}
