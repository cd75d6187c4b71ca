using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Edge.Numerics;

namespace Edge.Inference.Kernels;

internal static partial class SoftmaxS16
{
    private const int Lanes = 4;

    /// <summary>Same as <see cref="Reference"/>, four elements at a time.</summary>
    public static void RunVector128(ReadOnlySpan<short> input, int width, Rescale scale, Span<short> output)
    {
        output = output[..input.Length];
        Span<int> exponentials = stackalloc int[width]; // of a row: at most 4,095
        for (int start = 0; start < input.Length; start += width)
        {
            (int reciprocal, int shift) = SoftmaxS8.Reciprocal(Exponentials(input.Slice(start, width), scale, exponentials));
            Shares(exponentials, reciprocal, shift, output.Slice(start, width));
        }
    }

    /// <summary>The exponentials of a row and what they add up to.</summary>
    private static int Exponentials(ReadOnlySpan<short> row, Rescale scale, Span<int> exponentials)
    {
        int maximum = short.MinValue;
        foreach (short value in row)
        {
            maximum = Math.Max(maximum, value);
        }

        ref short values = ref MemoryMarshal.GetReference(row);
        ref int results = ref MemoryMarshal.GetReference(exponentials);
        Vector128<int> sums = Vector128<int>.Zero;
        int i = 0;
        for (; i + Lanes <= row.Length; i += Lanes)
        {
            Vector128<short> four = Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<long>(ref Unsafe.As<short, byte>(ref Unsafe.Add(ref values, i)))).AsInt16();
            Vector128<int> exponential = SoftmaxS8.Exponential(Vector128.Create(maximum) - Vector128.WidenLower(four), scale);
            exponential.StoreUnsafe(ref results, (nuint)i);
            sums += SoftmaxS8.Term(exponential);
        }

        int sum = Vector128.Sum(sums);
        for (; i < row.Length; i++)
        {
            exponentials[i] = SoftmaxS8.Exponential(maximum - row[i], scale);
            sum += SoftmaxS8.Term(exponentials[i]);
        }

        return sum;
    }

    private static void Shares(ReadOnlySpan<int> exponentials, int reciprocal, int shift, Span<short> output)
    {
        ref int source = ref MemoryMarshal.GetReference(exponentials);
        ref short results = ref MemoryMarshal.GetReference(output);
        int i = 0;
        for (; shift <= 31 && i + Lanes <= output.Length; i += Lanes)
        {
            Vector128<int> share = SoftmaxS8.Share(reciprocal, Vector128.LoadUnsafe(ref source, (nuint)i), shift);
            Unsafe.WriteUnaligned(ref Unsafe.As<short, byte>(ref Unsafe.Add(ref results, i)), Vector128.Narrow(share, share).AsInt64().ToScalar());
        }

        for (; i < output.Length; i++)
        {
            output[i] = SoftmaxS8.Share(reciprocal, exponentials[i], shift);
        }
    }
}
