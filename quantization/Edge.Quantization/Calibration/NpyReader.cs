using System.Runtime.InteropServices;
using Edge.Quantization.Graph;

namespace Edge.Quantization.Calibration;

/// <summary>Reads a NumPy .npy file from front to back: C order, little-endian floats or integers; files larger than memory are fine.</summary>
public sealed class NpyReader : IDisposable
{
    private readonly FileStream stream;
    private readonly string path;

    private NpyReader(string path)
    {
        this.path = path;
        stream = File.OpenRead(path);
        try
        {
            NpyHeader header = NpyHeader.Read(stream, path);
            ElementType = header.ElementType;
            Dims = header.Dims;
            Remaining = header.Count;
            long needed = Remaining * ElementType.SizeBytes();
            if (stream.Length - stream.Position < needed)
            {
                throw new InvalidDataException(
                    $"{path}: [{string.Join(", ", Dims)}] of {ElementType} takes {needed} bytes; {stream.Length - stream.Position} are there.");
            }
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Type of the elements.</summary>
    public ElementType ElementType { get; }

    /// <summary>Dimensions, outermost first.</summary>
    public IReadOnlyList<long> Dims { get; }

    /// <summary>Number of elements not yet read.</summary>
    public long Remaining { get; private set; }

    /// <summary>Opens a file and reads its header.</summary>
    /// <exception cref="InvalidDataException">It is no NumPy file, is cut off, or holds another type or order.</exception>
    public static NpyReader Open(string path) => new(path);

    /// <summary>Reads a whole file.</summary>
    /// <exception cref="InvalidDataException">It is no such file, holds another type, or does not fit in an array.</exception>
    public static T[] ReadAll<T>(string path, out long[] dims) where T : unmanaged
    {
        using NpyReader reader = Open(path);
        dims = [.. reader.Dims];
        if (reader.Remaining > Array.MaxLength)
        {
            throw new InvalidDataException($"{path} has {reader.Remaining} elements, more than fit in an array; read it in parts.");
        }

        reader.CheckType<T>();
        var elements = new T[reader.Remaining];
        reader.Read<T>(elements);
        return elements;
    }

    /// <summary>Reads the next elements, in row-major order.</summary>
    /// <param name="destination">Filled whole; at most <see cref="Remaining"/> elements.</param>
    /// <exception cref="InvalidDataException">The file holds another type.</exception>
    /// <exception cref="ArgumentException">Fewer elements remain.</exception>
    public void Read<T>(Span<T> destination) where T : unmanaged
    {
        CheckType<T>();
        if (destination.Length > Remaining)
        {
            throw new ArgumentException($"{destination.Length} elements asked for; {Remaining} remain in {path}.", nameof(destination));
        }

        stream.ReadExactly(MemoryMarshal.AsBytes(destination));
        Remaining -= destination.Length;
    }

    /// <summary>Passes over elements.</summary>
    /// <param name="count">At most <see cref="Remaining"/>.</param>
    public void Skip(long count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Remaining);
        stream.Seek(count * ElementType.SizeBytes(), SeekOrigin.Current);
        Remaining -= count;
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => stream.Dispose();

    private void CheckType<T>() where T : unmanaged
    {
        if (NpyHeader.TypeOf<T>() != ElementType)
        {
            throw new InvalidDataException($"{path} holds {ElementType}; {typeof(T).Name} was expected.");
        }
    }
}
