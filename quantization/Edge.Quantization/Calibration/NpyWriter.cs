using System.Runtime.InteropServices;
using Edge.Quantization.Graph;

namespace Edge.Quantization.Calibration;

/// <summary>
/// Writes a NumPy .npy file row by row, so that neither the number of rows need be known nor the rows fit in memory.
/// </summary>
/// <remarks>The file appears when it is complete: see <see cref="AtomicFile"/>.</remarks>
public sealed class NpyWriter : IDisposable
{
    private readonly string path;
    private readonly AtomicFile file;
    private readonly ElementType type;
    private readonly long[] rowDims;
    private readonly long rowElements;
    private long written;

    private NpyWriter(string path, ElementType type, ReadOnlySpan<long> rowDims)
    {
        this.path = path;
        this.type = type;
        this.rowDims = rowDims.ToArray();
        rowElements = new NpyHeader(type, this.rowDims).Count;
        byte[] header = new NpyHeader(type, [long.MaxValue, .. this.rowDims]).ToBytes();
        file = AtomicFile.Create(path);
        file.Write(stream => stream.Write(header));
    }

    /// <summary>Begins a file of rows.</summary>
    /// <typeparam name="T">float, double, sbyte, byte, short, int or long.</typeparam>
    /// <param name="path">The file; an existing one is replaced when the new one is complete.</param>
    /// <param name="rowDims">Dimensions of one row, each at least 1; the file's shape is the number of rows, then these.</param>
    public static NpyWriter Create<T>(string path, params ReadOnlySpan<long> rowDims) where T : unmanaged
    {
        foreach (long dim in rowDims)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(dim, 1, nameof(rowDims));
        }

        return new NpyWriter(path, NpyHeader.TypeOf<T>(), rowDims);
    }

    /// <summary>Writes a whole file.</summary>
    /// <param name="path">The file; an existing one is replaced.</param>
    /// <param name="dims">Dimensions, at least one; their product is the number of elements.</param>
    /// <param name="elements">The elements, row-major.</param>
    public static void WriteAll<T>(string path, ReadOnlySpan<long> dims, ReadOnlySpan<T> elements) where T : unmanaged
    {
        using NpyWriter writer = Create<T>(path, dims[1..]);
        if (dims[0] * writer.rowElements != elements.Length)
        {
            throw new ArgumentException($"[{string.Join(", ", dims.ToArray())}] does not have {elements.Length} elements.", nameof(dims));
        }

        writer.Write(elements);
        writer.Complete();
    }

    /// <summary>Appends elements; rows may be cut anywhere.</summary>
    public void Write<T>(ReadOnlySpan<T> elements) where T : unmanaged
    {
        if (NpyHeader.TypeOf<T>() != type)
        {
            throw new ArgumentException($"{path} was begun with {type}; {typeof(T).Name} was given.", nameof(elements));
        }

        file.Write(MemoryMarshal.AsBytes(elements));
        written += elements.Length;
    }

    /// <summary>Writes the number of rows and gives the file its name.</summary>
    /// <exception cref="InvalidOperationException">The last row is not whole.</exception>
    public void Complete()
    {
        if (written % rowElements != 0)
        {
            throw new InvalidOperationException($"{written} elements were written to {path}; a row has {rowElements}.");
        }

        file.Write(stream =>
        {
            stream.Position = 0;
            stream.Write(new NpyHeader(type, [written / rowElements, .. rowDims]).ToBytes());
        });
        file.Complete();
    }

    /// <summary>Closes the file, and deletes it where it was not completed.</summary>
    public void Dispose() => file.Dispose();
}
