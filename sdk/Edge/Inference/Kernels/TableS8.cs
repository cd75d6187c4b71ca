namespace Edge.Inference.Kernels;

/// <summary>Any int8 to int8 function of one value, as a table of 256 entries: index x + 128.</summary>
/// <remarks>There is no portable vector variant: one load a value is as fast as any shuffle that the portable vectors offer.</remarks>
internal static partial class TableS8
{
    /// <summary>Entries of a table.</summary>
    public const int Entries = 256;

    /// <summary>The definition.</summary>
    /// <param name="input">[n].</param>
    /// <param name="table">[256].</param>
    /// <param name="output">[n].</param>
    public static void Reference(ReadOnlySpan<sbyte> input, ReadOnlySpan<sbyte> table, Span<sbyte> output)
    {
        table = table[..Entries];
        for (int i = 0; i < input.Length; i++)
        {
            output[i] = table[(byte)(input[i] ^ sbyte.MinValue)];
        }
    }
}
