using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;
using Edge.Quantization.Graph;

namespace Edge.Quantization.Checkpoints.Pickle;

/// <summary>The bytes of a pickle, read in order, each read checked against their end.</summary>
internal sealed class PickleInput(ReadOnlyMemory<byte> bytes, string source, string part)
{
    /// <summary>Bytes of a number of any length: no checkpoint has numbers of thousands of digits.</summary>
    private const int MaxLongBytes = 1024;

    private const int MaxLine = 4096;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: false);

    /// <summary>Where the next byte is read.</summary>
    public int Position { get; private set; }

    public byte Byte() => Take(1)[0];

    public int UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    public ulong UInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    public double Double() => BinaryPrimitives.ReadDoubleBigEndian(Take(8));

    /// <summary>A length of 1, 4 or 8 bytes, and as many bytes.</summary>
    public ReadOnlySpan<byte> Counted(int lengthBytes)
    {
        ulong length = lengthBytes switch
        {
            1 => Byte(),
            4 => (uint)Int32(),
            _ => UInt64(),
        };
        return length <= int.MaxValue ? Take((int)length) : throw Fault($"it announces {length} bytes; the pickle has {bytes.Length}.");
    }

    public string Text(int lengthBytes) => Utf8.GetString(Counted(lengthBytes));

    /// <summary>A number in two's complement: <see cref="long"/> where it fits, else <see cref="BigInteger"/>.</summary>
    public object Long(int lengthBytes)
    {
        ReadOnlySpan<byte> digits = Counted(lengthBytes);
        if (digits.Length > MaxLongBytes)
        {
            throw Fault($"it holds a number of {digits.Length} bytes; expected at most {MaxLongBytes}.");
        }

        var value = new BigInteger(digits);
        return value >= long.MinValue && value <= long.MaxValue ? (long)value : value;
    }

    /// <summary>A line of text without its end.</summary>
    public string Line()
    {
        ReadOnlySpan<byte> rest = bytes.Span[Position..];
        int end = rest[..Math.Min(rest.Length, MaxLine)].IndexOf((byte)'\n');
        if (end < 0)
        {
            throw Fault($"a line does not end within {MaxLine} bytes.");
        }

        Position += end + 1;
        return Utf8.GetString(rest[..end]);
    }

    public GraphFormatException Fault(string problem) =>
        new(source, string.Create(CultureInfo.InvariantCulture, $"{part}, byte {Position}"), $"{problem} The file is damaged, or no checkpoint.");

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > bytes.Length - Position)
        {
            throw Fault($"{count} more bytes are expected; {bytes.Length - Position} are left.");
        }

        Position += count;
        return bytes.Span.Slice(Position - count, count);
    }
}
