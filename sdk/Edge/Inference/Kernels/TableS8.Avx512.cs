using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Edge.Inference.Kernels;

internal static partial class TableS8
{
    /// <summary>Same as <see cref="Reference"/>, 64 values at a time from a table in four registers (AVX-512 VBMI).</summary>
    public static void RunAvx512(ReadOnlySpan<sbyte> input, ReadOnlySpan<sbyte> table, Span<sbyte> output)
    {
        table = table[..Entries];
        output = output[..input.Length];
        ref sbyte source = ref MemoryMarshal.GetReference(input);
        ref sbyte destination = ref MemoryMarshal.GetReference(output);
        ref sbyte first = ref MemoryMarshal.GetReference(table);
        Vector512<sbyte> a = Vector512.LoadUnsafe(ref first, 0), b = Vector512.LoadUnsafe(ref first, 64);
        Vector512<sbyte> c = Vector512.LoadUnsafe(ref first, 128), d = Vector512.LoadUnsafe(ref first, 192);
        int i = 0;
        for (; i + Vector512<sbyte>.Count <= input.Length; i += Vector512<sbyte>.Count)
        {
            // Seven bits of the value are its place in a half of the table; its sign says which half.
            Vector512<sbyte> value = Vector512.LoadUnsafe(ref source, (nuint)i);
            Vector512<sbyte> negative = Avx512Vbmi.PermuteVar64x8x2(a, value, b);
            Vector512<sbyte> positive = Avx512Vbmi.PermuteVar64x8x2(c, value, d);
            Vector512.ConditionalSelect(Vector512.LessThan(value, Vector512<sbyte>.Zero), negative, positive).StoreUnsafe(ref destination, (nuint)i);
        }

        Reference(input[i..], table, output[i..]);
    }
}
