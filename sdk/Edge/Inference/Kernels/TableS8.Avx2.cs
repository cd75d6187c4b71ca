using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Edge.Inference.Kernels;

internal static partial class TableS8
{
    private const int RowEntries = 16;
    private const int Rows = Entries / RowEntries;

    /// <summary>Same as <see cref="Reference"/>, 32 values at a time: each of the table's sixteen rows answers for the values that lie in it.</summary>
    public static void RunAvx2(ReadOnlySpan<sbyte> input, ReadOnlySpan<sbyte> table, Span<sbyte> output)
    {
        table = table[..Entries];
        output = output[..input.Length];
        ref byte row = ref MemoryMarshal.GetReference(MemoryMarshal.AsBytes(table));
        ref byte source = ref MemoryMarshal.GetReference(MemoryMarshal.AsBytes(input));
        ref byte destination = ref MemoryMarshal.GetReference(MemoryMarshal.AsBytes(output));
        int i = 0;
        for (; i + Vector256<byte>.Count <= input.Length; i += Vector256<byte>.Count)
        {
            Vector256<byte> index = Vector256.LoadUnsafe(ref source, (nuint)i) ^ Vector256.Create((byte)0x80);
            Vector256<byte> found = Vector256<byte>.Zero;
            for (int r = 0; r < Rows; r++)
            {
                // 0 to 15 where the value lies in this row. Saturated, those stay below 128, where a shuffle takes their low bits; all others give 0.
                Vector256<byte> within = Avx2.AddSaturate(index ^ Vector256.Create((byte)(r * RowEntries)), Vector256.Create((byte)0x70));
                Vector128<byte> entries = Vector128.LoadUnsafe(ref row, (nuint)(r * RowEntries));
                found |= Avx2.Shuffle(Vector256.Create(entries, entries), within);
            }

            found.StoreUnsafe(ref destination, (nuint)i);
        }

        Reference(input[i..], table, output[i..]);
    }
}
