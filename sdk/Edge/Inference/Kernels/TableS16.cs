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
