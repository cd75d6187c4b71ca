using System.Numerics;
using System.Runtime.InteropServices;

namespace Edge.Quantization.Graph;

/// <summary>A constant: element type, dimensions, and elements in row-major order, little-endian.</summary>
public sealed class Tensor
{
    private readonly long[] dims;

    /// <summary>Makes a tensor over <paramref name="data"/>, which is not copied and must not change afterwards.</summary>
    /// <param name="elementType">Type of the elements.</param>
    /// <param name="dims">Dimensions, outermost first; empty for a scalar.</param>
    /// <param name="data">The elements, little-endian: product of the dimensions times the element's size.</param>
    /// <exception cref="ArgumentException">A dimension is negative, or the length of the data does not match.</exception>
    public Tensor(ElementType elementType, ReadOnlySpan<long> dims, ReadOnlyMemory<byte> data)
    {
        int bits = elementType.SizeBits();
        if (bits == 0)
        {
            throw new ArgumentException($"No constant can be of type {elementType}.", nameof(elementType));
        }

        Int128 count = 1;
        foreach (long dim in dims)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(dim, nameof(dims));
            count = Int128.Min(count * dim, long.MaxValue);
        }

        Int128 bytes = (count * bits + 7) / 8;
        if (bytes != data.Length)
        {
            string shape = string.Join(", ", dims.ToArray());
            throw new ArgumentException($"{elementType} [{shape}] takes {bytes} bytes; found {data.Length}.", nameof(data));
        }

        Count = count <= int.MaxValue ? (int)count : throw new ArgumentException($"{count} elements are more than a constant can hold.", nameof(dims));
        ElementType = elementType;
        this.dims = dims.ToArray();
        Data = data;
    }

    /// <summary>Type of the elements.</summary>
    public ElementType ElementType { get; }

    /// <summary>Dimensions, outermost first; empty for a scalar.</summary>
    public ReadOnlySpan<long> Dims => dims;

    /// <summary>The elements, row-major, little-endian.</summary>
    public ReadOnlyMemory<byte> Data { get; }

    /// <summary>Number of elements.</summary>
    public int Count { get; }

    /// <summary>A float32 tensor of <paramref name="values"/>, copied.</summary>
    public static Tensor Of(ReadOnlySpan<long> dims, ReadOnlySpan<float> values) => Copy(ElementType.Float32, dims, values);

    /// <summary>An int64 tensor of <paramref name="values"/>, copied.</summary>
    public static Tensor Of(ReadOnlySpan<long> dims, ReadOnlySpan<long> values) => Copy(ElementType.Int64, dims, values);

    /// <summary>An int32 tensor of <paramref name="values"/>, copied.</summary>
    public static Tensor Of(ReadOnlySpan<long> dims, ReadOnlySpan<int> values) => Copy(ElementType.Int32, dims, values);

    /// <summary>An int8 tensor of <paramref name="values"/>, copied.</summary>
    public static Tensor Of(ReadOnlySpan<long> dims, ReadOnlySpan<sbyte> values) => Copy(ElementType.Int8, dims, values);

    /// <summary>An int4 tensor of <paramref name="values"/>, two to a byte.</summary>
    /// <exception cref="ArgumentException">One is not from -8 to 7.</exception>
    public static Tensor OfInt4(ReadOnlySpan<long> dims, ReadOnlySpan<sbyte> values)
    {
        var packed = new byte[(values.Length + 1) / 2];
        for (int i = 0; i < values.Length; i++)
        {
            packed[i / 2] |= values[i] is >= -8 and <= 7
                ? (byte)((values[i] & 15) << (i % 2 * 4))
                : throw new ArgumentException($"Element {i} is {values[i]}; expected -8 to 7.", nameof(values));
        }

        return new Tensor(ElementType.Int4, dims, packed);
    }

    /// <summary>A float32 scalar.</summary>
    public static Tensor Scalar(float value) => Of([], [value]);

    /// <summary>An int64 vector, as ONNX wants shapes and axes.</summary>
    public static Tensor Vector(params ReadOnlySpan<long> values) => Of([values.Length], values);

    /// <summary>The elements as floats: half types widen, doubles round, integers must be exact.</summary>
    /// <exception cref="InvalidOperationException">An element has no float of the same value (or, for doubles, of its magnitude).</exception>
    public float[] ToFloats() => ElementType switch
    {
        ElementType.Float32 => View<float>().ToArray(),
        ElementType.Float16 => Map<Half, float>(value => (float)value),
        ElementType.BFloat16 => Map<ushort, float>(bits => BitConverter.UInt32BitsToSingle((uint)bits << 16)),
        ElementType.Float64 => Map<double, float>(value => double.IsFinite(value) && !float.IsFinite((float)value)
            ? throw Unfit(value, "float") : (float)value),
        _ => Array.ConvertAll(ToLongs(), value => (Int128)(float)value == value ? (float)value : throw Unfit(value, "float")),
    };

    /// <summary>The elements of an integer or bool tensor as 64-bit integers.</summary>
    /// <exception cref="InvalidOperationException">The tensor holds floats, or an element does not fit; so for the narrower forms.</exception>
    public long[] ToLongs() => ToIntegers<long>();

    /// <summary>The elements of an integer or bool tensor as 32-bit integers.</summary>
    /// <exception cref="InvalidOperationException">The tensor holds floats, or an element does not fit.</exception>
    public int[] ToInts() => ToIntegers<int>();

    /// <summary>The elements of an integer or bool tensor as signed bytes.</summary>
    /// <exception cref="InvalidOperationException">The tensor holds floats, or an element does not fit.</exception>
    public sbyte[] ToSBytes() => ToIntegers<sbyte>();

    /// <summary>The same elements in another shape.</summary>
    public Tensor Reshape(params ReadOnlySpan<long> newDims) => new(ElementType, newDims, Data);

    /// <inheritdoc/>
    public override string ToString() => $"{ElementType} [{string.Join(", ", dims)}]";

    private static Tensor Copy<T>(ElementType type, ReadOnlySpan<long> dims, ReadOnlySpan<T> values) where T : unmanaged =>
        new(type, dims, MemoryMarshal.AsBytes(values).ToArray());

    private T[] ToIntegers<T>() where T : struct, IBinaryInteger<T> => ElementType switch
    {
        ElementType.Int4 => Unpack<T>(nibble => (sbyte)(nibble << 4) >> 4),
        ElementType.UInt4 => Unpack<T>(nibble => nibble),
        ElementType.Int8 => Narrow<sbyte, T>(),
        ElementType.UInt8 or ElementType.Bool => Narrow<byte, T>(),
        ElementType.Int16 => Narrow<short, T>(),
        ElementType.UInt16 => Narrow<ushort, T>(),
        ElementType.Int32 => Narrow<int, T>(),
        ElementType.UInt32 => Narrow<uint, T>(),
        ElementType.Int64 => Narrow<long, T>(),
        ElementType.UInt64 => Narrow<ulong, T>(),
        _ => throw new InvalidOperationException($"The tensor holds {ElementType}; expected integers."),
    };

    private T[] Unpack<T>(Func<int, int> extend) where T : struct, IBinaryInteger<T>
    {
        var values = new T[Count];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = T.CreateChecked(extend(Data.Span[i / 2] >> (i % 2 * 4) & 15));
        }

        return values;
    }

    private TTo[] Narrow<TFrom, TTo>() where TFrom : unmanaged, IBinaryInteger<TFrom> where TTo : struct, IBinaryInteger<TTo> =>
        Map<TFrom, TTo>(value =>
        {
            try
            {
                return TTo.CreateChecked(value);
            }
            catch (OverflowException)
            {
                throw Unfit(value, typeof(TTo).Name);
            }
        });

    private TTo[] Map<TFrom, TTo>(Func<TFrom, TTo> convert) where TFrom : unmanaged
    {
        ReadOnlySpan<TFrom> from = View<TFrom>();
        var to = new TTo[from.Length];
        for (int i = 0; i < to.Length; i++)
        {
            to[i] = convert(from[i]);
        }

        return to;
    }

    private ReadOnlySpan<T> View<T>() where T : unmanaged => MemoryMarshal.Cast<byte, T>(Data.Span);

    private InvalidOperationException Unfit<T>(T value, string target) => new($"{value} of {this} does not fit in {target}.");
}
