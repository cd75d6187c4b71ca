using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Edge.Quantization.Graph;

namespace Edge.Quantization.Calibration;

/// <summary>Header of a NumPy .npy file, versions 1 and 2 (numpy.lib.format): element type and dimensions, C order, little-endian.</summary>
internal sealed partial record NpyHeader(ElementType ElementType, long[] Dims)
{
    /// <summary>Bytes of every header written here: room for the first dimension to grow, elements aligned to 64 bytes.</summary>
    public const int WrittenBytes = 256;

    private const int MaxTextBytes = 1 << 16;

    private static readonly byte[] Magic = [0x93, .. "NUMPY"u8];

    private static readonly (string Descr, ElementType Type)[] Types =
    [
        ("<f4", ElementType.Float32),
        ("<f8", ElementType.Float64),
        ("<i4", ElementType.Int32),
        ("<i8", ElementType.Int64),
        ("<i2", ElementType.Int16),
        ("|i1", ElementType.Int8),
        ("|u1", ElementType.UInt8),
    ];

    /// <summary>Product of the dimensions.</summary>
    public long Count => Dims.Aggregate(1L, (product, dim) => checked(product * dim));

    /// <summary>The element type of a managed type.</summary>
    public static ElementType TypeOf<T>() => Type.GetTypeCode(typeof(T)) switch
    {
        TypeCode.Single => ElementType.Float32,
        TypeCode.Double => ElementType.Float64,
        TypeCode.SByte => ElementType.Int8,
        TypeCode.Byte => ElementType.UInt8,
        TypeCode.Int16 => ElementType.Int16,
        TypeCode.Int32 => ElementType.Int32,
        TypeCode.Int64 => ElementType.Int64,
        _ => throw new ArgumentException($"NumPy files of {typeof(T).Name} are not supported."),
    };

    /// <summary>Reads a header and leaves the stream at the first element.</summary>
    /// <exception cref="InvalidDataException">It is none, or describes what is not supported.</exception>
    public static NpyHeader Read(Stream stream, string path)
    {
        Span<byte> start = stackalloc byte[12];
        int size = stream.ReadAtLeast(start[..10], 10, throwOnEndOfStream: false);
        if (size < 10 || !start.StartsWith(Magic) || start[6] is not (1 or 2))
        {
            throw new InvalidDataException($"{path} is not a NumPy file of version 1 or 2: it does not begin with \\x93NUMPY and that version.");
        }

        if (start[6] == 2)
        {
            stream.ReadAtLeast(start[10..], 2, throwOnEndOfStream: false);
        }

        uint length = start[6] == 1 ? BinaryPrimitives.ReadUInt16LittleEndian(start[8..]) : BinaryPrimitives.ReadUInt32LittleEndian(start[8..]);
        var text = new byte[Math.Min(length, MaxTextBytes)];
        if (length > MaxTextBytes || stream.ReadAtLeast(text, text.Length, throwOnEndOfStream: false) < text.Length)
        {
            throw new InvalidDataException($"{path}: the header says it has {length} bytes; the file is cut off or damaged.");
        }

        return Parse(Encoding.Latin1.GetString(text), path);
    }

    /// <summary>The bytes of a version 1 header, <see cref="WrittenBytes"/> of them.</summary>
    public byte[] ToBytes()
    {
        string descr = Array.Find(Types, type => type.Type == ElementType).Descr
            ?? throw new ArgumentException($"NumPy files of {ElementType} are not written here.");
        string shape = string.Concat(Dims.Select(dim => string.Create(CultureInfo.InvariantCulture, $"{dim}, "))).TrimEnd();
        string text = $"{{'descr': '{descr}', 'fortran_order': False, 'shape': ({(Dims.Length > 1 ? shape.TrimEnd(',') : shape)}), }}";
        int room = WrittenBytes - Magic.Length - 4;
        if (text.Length >= room)
        {
            throw new ArgumentException($"[{string.Join(", ", Dims)}] has too many dimensions for a NumPy header of {WrittenBytes} bytes.");
        }

        byte[] bytes = [.. Magic, 1, 0, 0, 0, .. Encoding.Latin1.GetBytes(text.PadRight(room - 1) + '\n')];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(Magic.Length + 2), (ushort)room);
        return bytes;
    }

    private static NpyHeader Parse(string text, string path)
    {
        string descr = Descr().Match(text).Groups[1].Value;
        string order = FortranOrder().Match(text).Groups[1].Value;
        Match shape = Shape().Match(text);
        ElementType type = Array.Find(Types, known => known.Descr == descr).Type;
        if (type == ElementType.Undefined || !shape.Success || order.Length == 0)
        {
            throw new InvalidDataException(
                $"{path}: expected a shape, an order and one of {string.Join(", ", Types.Select(known => known.Descr))}; found {text.Trim()}");
        }

        var dims = new List<long>();
        Int128 bytes = type.SizeBytes();
        foreach (string part in shape.Groups[1].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            bytes *= long.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out long dim) ? dim : -1;
            dims.Add(dim);
            if (bytes < 0 || bytes > long.MaxValue)
            {
                throw new InvalidDataException($"{path}: the shape ({shape.Groups[1].Value}) is not one that a file can hold.");
            }
        }

        return order == "True" && dims.Count > 1
            ? throw new InvalidDataException($"{path} is in Fortran order; save it with numpy.ascontiguousarray.")
            : new NpyHeader(type, [.. dims]);
    }

    [GeneratedRegex(@"'descr':\s*'([^']*)'", RegexOptions.CultureInvariant)]
    private static partial Regex Descr();

    [GeneratedRegex(@"'fortran_order':\s*(True|False)", RegexOptions.CultureInvariant)]
    private static partial Regex FortranOrder();

    [GeneratedRegex(@"'shape':\s*\(([0-9, ]*)\)", RegexOptions.CultureInvariant)]
    private static partial Regex Shape();
}
