using System.Runtime.InteropServices;
using System.Text;

namespace Edge.Quantization.Tests.TfLite;

/// <summary>The fields of one FlatBuffer table, by number in the schema; written as its list of fields, the table, then all that it points to.</summary>
internal sealed class FlatTableWriter
{
    private readonly SortedDictionary<int, byte[]> scalars = [];

    /// <summary>By field, what appends the thing pointed to and says where it begins.</summary>
    private readonly SortedDictionary<int, Func<MemoryStream, long>> pointed = [];

    public FlatTableWriter Byte(int field, byte value) => Scalar(field, [value]);

    public FlatTableWriter Bool(int field, bool value) => Scalar(field, [value ? (byte)1 : (byte)0]);

    public FlatTableWriter Int32(int field, int value) => Scalar(field, BitConverter.GetBytes(value));

    public FlatTableWriter UInt32(int field, uint value) => Scalar(field, BitConverter.GetBytes(value));

    public FlatTableWriter UInt64(int field, ulong value) => Scalar(field, BitConverter.GetBytes(value));

    public FlatTableWriter Float(int field, float value) => Scalar(field, BitConverter.GetBytes(value));

    public FlatTableWriter Int32s(int field, params int[] values) => Vector(field, values.Length, MemoryMarshal.AsBytes<int>(values).ToArray(), 4);

    public FlatTableWriter Int64s(int field, params long[] values) => Vector(field, values.Length, MemoryMarshal.AsBytes<long>(values).ToArray(), 8);

    public FlatTableWriter Floats(int field, params float[] values) => Vector(field, values.Length, MemoryMarshal.AsBytes<float>(values).ToArray(), 4);

    public FlatTableWriter Bytes(int field, byte[] values) => Vector(field, values.Length, values, 16);

    public FlatTableWriter Text(int field, string value)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(value);
        return Vector(field, bytes.Length, [.. bytes, 0], 4);
    }

    public FlatTableWriter Table(int field, FlatTableWriter table) => Pointed(field, table.Write);

    public FlatTableWriter Tables(int field, IReadOnlyList<FlatTableWriter> tables) => Pointed(field, stream =>
    {
        Align(stream, 4);
        long vector = stream.Position;
        Put(stream, (uint)tables.Count);
        stream.Write(new byte[4 * tables.Count]);
        for (int i = 0; i < tables.Count; i++)
        {
            Point(stream, vector + 4 + (4 * i), tables[i].Write);
        }

        return vector;
    });

    /// <summary>Appends the table and says where it begins.</summary>
    public long Write(MemoryStream stream)
    {
        int fields = scalars.Keys.Concat(pointed.Keys).DefaultIfEmpty(-1).Max() + 1;
        var offsets = new ushort[fields];
        int tableBytes = Lay(offsets);
        int listBytes = 4 + (2 * fields);

        // The table begins at a multiple of eight, so that aligned offsets within it are aligned in the file.
        Align(stream, 8, listBytes);
        long list = stream.Position;
        Put(stream, (ushort)listBytes);
        Put(stream, (ushort)tableBytes);
        Array.ForEach(offsets, offset => Put(stream, offset));
        long table = stream.Position;
        stream.Write(new byte[tableBytes]);
        Patch(stream, table, BitConverter.GetBytes((int)(table - list)));
        foreach ((int field, byte[] bytes) in scalars)
        {
            Patch(stream, table + offsets[field], bytes);
        }

        foreach ((int field, Func<MemoryStream, long> write) in pointed)
        {
            Point(stream, table + offsets[field], write);
        }

        return table;
    }

    /// <summary>Offsets of the fields within the table, each a multiple of the field's size; returns the table's size.</summary>
    private int Lay(ushort[] offsets)
    {
        int position = 4;
        foreach ((int field, int size) in scalars.Select(pair => (pair.Key, pair.Value.Length)).Concat(pointed.Keys.Select(field => (field, 4))))
        {
            position = (position + size - 1) / size * size;
            offsets[field] = (ushort)position;
            position += size;
        }

        return position;
    }

    private FlatTableWriter Scalar(int field, byte[] bytes)
    {
        scalars[field] = bytes;
        return this;
    }

    private FlatTableWriter Pointed(int field, Func<MemoryStream, long> write)
    {
        pointed[field] = write;
        return this;
    }

    private FlatTableWriter Vector(int field, int count, byte[] bytes, int alignment) => Pointed(field, stream =>
    {
        Align(stream, alignment, 4);
        long vector = stream.Position;
        Put(stream, (uint)count);
        stream.Write(bytes);
        return vector;
    });

    /// <summary>Appends something and sets the offset at <paramref name="position"/> to where it begins.</summary>
    private static void Point(MemoryStream stream, long position, Func<MemoryStream, long> write) =>
        Patch(stream, position, BitConverter.GetBytes((uint)(write(stream) - position)));

    /// <summary>Pads so that what comes <paramref name="ahead"/> bytes later is aligned.</summary>
    private static void Align(MemoryStream stream, int alignment, int ahead = 0)
    {
        while ((stream.Position + ahead) % alignment != 0)
        {
            stream.WriteByte(0);
        }
    }

    private static void Put(MemoryStream stream, uint value) => stream.Write(BitConverter.GetBytes(value));

    private static void Put(MemoryStream stream, ushort value) => stream.Write(BitConverter.GetBytes(value));

    private static void Patch(MemoryStream stream, long position, byte[] bytes) => bytes.CopyTo(stream.GetBuffer().AsSpan((int)position));
}
