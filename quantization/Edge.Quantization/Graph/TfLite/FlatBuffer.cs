using System.Buffers.Binary;
using System.Text;

namespace Edge.Quantization.Graph.TfLite;

/// <summary>The bytes of a FlatBuffer; every read is checked against their end and needs no alignment.</summary>
/// <remarks>
/// Format: https://flatbuffers.dev/internals. Tables may share bytes, so a small file can describe a very large tree; what is read out
/// of it is therefore charged against an allowance in proportion to its size, which files as they are written never come near.
/// </remarks>
internal sealed class FlatBuffer
{
    /// <summary>What opening a table costs of the allowance: about the memory of what is made from it.</summary>
    public const int TableCost = 32;

    private const int AllowancePerByte = 8;
    private const int SmallAllowance = 1 << 20;

    private readonly ReadOnlyMemory<byte> bytes;
    private long allowance;

    /// <summary>Reads <paramref name="bytes"/>, which messages call <paramref name="source"/>.</summary>
    public FlatBuffer(ReadOnlyMemory<byte> bytes, string source)
    {
        this.bytes = bytes;
        Source = source;
        allowance = ((long)AllowancePerByte * bytes.Length) + SmallAllowance;
    }

    /// <summary>How messages name the file.</summary>
    public string Source { get; }

    /// <summary>Length in bytes.</summary>
    public int Length => bytes.Length;

    /// <summary>The table that the first four bytes point to; its fields have their bare names as places.</summary>
    public FlatTable Root() => FlatTable.At(this, UInt32(0, "root"), "");

    /// <summary>A view of bytes, wherever they lie in the file.</summary>
    public ReadOnlyMemory<byte> Slice(long position, long length, string place)
    {
        Check(position, length, place);
        return bytes.Slice((int)position, (int)length);
    }

    /// <summary>16 bits at a position.</summary>
    public ushort UInt16(long position, string place) => BinaryPrimitives.ReadUInt16LittleEndian(Span(position, 2, place));

    /// <summary>32 bits at a position.</summary>
    public uint UInt32(long position, string place) => BinaryPrimitives.ReadUInt32LittleEndian(Span(position, 4, place));

    /// <summary>Some bytes at a position.</summary>
    public ReadOnlySpan<byte> Span(long position, long length, string place)
    {
        Check(position, length, place);
        return bytes.Span.Slice((int)position, (int)length);
    }

    /// <summary>The elements of the vector that the offset at <paramref name="position"/> points to: where they begin and how many there are.</summary>
    public (long Start, int Count) Vector(long position, int elementBytes, string place)
    {
        long vector = position + UInt32(position, place);
        uint count = UInt32(vector, place);
        long length = (long)count * elementBytes;
        Check(vector + 4, length, place);
        return (vector + 4, (int)count);
    }

    /// <summary>Text of a span; bytes that are not UTF-8 become the replacement character, as names carry no meaning.</summary>
    public string Text(long start, int count, string place)
    {
        Spend(count, place);
        return Encoding.UTF8.GetString(Span(start, count, place));
    }

    /// <summary>Charges what is made from the file.</summary>
    /// <exception cref="GraphFormatException">The file describes much more than it can hold without its parts overlapping.</exception>
    public void Spend(long cost, string place)
    {
        allowance -= cost;
        if (allowance < 0)
        {
            throw Fault(place, $"its tables and vectors overlap so often that {Length:N0} bytes describe far more; the file is damaged or made to do harm.");
        }
    }

    /// <summary>A fault of the file.</summary>
    public GraphFormatException Fault(string place, string problem) => new(Source, place.Length == 0 ? "model" : place, problem);

    private void Check(long position, long length, string place)
    {
        if (position < 0 || length < 0 || position > Length || length > Length - position)
        {
            throw Fault(place, $"it should lie at bytes {position:N0} to {position + length:N0} of a file of {Length:N0} bytes; the file is cut off or damaged.");
        }
    }
}
