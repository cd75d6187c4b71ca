using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Edge.Inference.Kernels;

/// <summary>Any function of one value that reads or makes int16, as a table: 65,536 entries for int16, index x + 32768, or 256 for int8, index x + 128.</summary>
/// <remarks>There is no vector variant: gathers take as long as the loads that they stand for.</remarks>
internal static class TableS16
{
    /// <summary>Entries of a table of int16 values.</summary>
    public const int Entries = 1 << 16;

    /// <summary>The definition for int16 values.</summary>
    /// <typeparam name="T">sbyte or short.</typeparam>
    /// <param name="input">[n].</param>
    /// <param name="table">[65,536].</param>
    /// <param name="output">[n].</param>
    public static void Reference<T>(ReadOnlySpan<short> input, ReadOnlySpan<T> table, Span<T> output)
        where T : unmanaged
    {
        table = table[..Entries];
        output = output[..input.Length];
        for (int i = 0; i < input.Length; i++)
        {
            output[i] = table[(ushort)(input[i] ^ short.MinValue)];
        }
    }

    /// <summary>Same as <see cref="Reference{T}(ReadOnlySpan{short}, ReadOnlySpan{T}, Span{T})"/>, four loads from the table's middle at a time.</summary>
    public static void Run<T>(ReadOnlySpan<short> input, ReadOnlySpan<T> table, Span<T> output)
        where T : unmanaged
    {
        // Every int16 is an index into a whole table, so no load needs a check.
        ref T middle = ref Unsafe.Add(ref MemoryMarshal.GetReference(table[..Entries]), Entries / 2);
        ref T results = ref MemoryMarshal.GetReference(output[..input.Length]);
        ref short values = ref MemoryMarshal.GetReference(input);
        nint i = 0;
        for (; i + 4 <= input.Length; i += 4)
        {
            T a = Unsafe.Add(ref middle, (nint)Unsafe.Add(ref values, i)), b = Unsafe.Add(ref middle, (nint)Unsafe.Add(ref values, i + 1));
            T c = Unsafe.Add(ref middle, (nint)Unsafe.Add(ref values, i + 2)), d = Unsafe.Add(ref middle, (nint)Unsafe.Add(ref values, i + 3));
            Unsafe.Add(ref results, i) = a;
            Unsafe.Add(ref results, i + 1) = b;
            Unsafe.Add(ref results, i + 2) = c;
            Unsafe.Add(ref results, i + 3) = d;
        }

        Reference(input[(int)i..], table, output[(int)i..input.Length]);
    }

    /// <summary>The definition for int8 values of which 16 bits are made.</summary>
    /// <param name="input">[n].</param>
    /// <param name="table">[256].</param>
    /// <param name="output">[n].</param>
    public static void Reference(ReadOnlySpan<sbyte> input, ReadOnlySpan<short> table, Span<short> output)
    {
        table = table[..TableS8.Entries];
        output = output[..input.Length];
        for (int i = 0; i < input.Length; i++)
        {
            output[i] = table[(byte)(input[i] ^ sbyte.MinValue)];
        }
    }
}
