using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Edge.Inference.Kernels;

/// <summary>The mean of all frames so far, by sums of 32 bits.</summary>
internal static class RunningMeanS16
{
    /// <summary>Takes a frame in: sums[c] += input[c].</summary>
    /// <param name="input">[channels], without zero point.</param>
    /// <param name="sums">[channels].</param>
    public static void Add(ReadOnlySpan<short> input, Span<int> sums)
    {
        for (int c = 0; c < sums.Length; c++)
        {
            sums[c] += input[c];
        }
    }

    /// <summary>The definition: output[c] = clamp(rescale(sums[c]) + zero point).</summary>
    /// <param name="sums">[channels].</param>
    /// <param name="scale">Input scale over output scale and over the number of frames.</param>
    /// <param name="outputZeroPoint">The integer that means 0 in the output.</param>
    /// <param name="min">Smallest output.</param>
    /// <param name="max">Largest output.</param>
    /// <param name="output">[channels].</param>
    public static void Reference(ReadOnlySpan<int> sums, Rescale scale, int outputZeroPoint, int min, int max, Span<short> output)
    {
        for (int c = 0; c < output.Length; c++)
        {
            output[c] = (short)Math.Clamp(scale.Apply(sums[c]) + outputZeroPoint, min, max);
        }
    }

    /// <summary>Same as <see cref="Reference"/>, eight channels at a time.</summary>
    public static void RunVector128(ReadOnlySpan<int> sums, Rescale scale, int outputZeroPoint, int min, int max, Span<short> output)
    {
        int vectorized = output.Length - output.Length % Vector128<short>.Count;
        ref int s = ref MemoryMarshal.GetReference(sums);
        Vector128<int> zero = Vector128.Create(outputZeroPoint), low = Vector128.Create(min), high = Vector128.Create(max);
        for (int c = 0; c < vectorized; c += Vector128<short>.Count)
        {
            Vector128<int> y0 = Vector128.Min(Vector128.Max(scale.Apply(Vector128.LoadUnsafe(ref s, (nuint)c)) + zero, low), high);
            Vector128<int> y1 = Vector128.Min(Vector128.Max(scale.Apply(Vector128.LoadUnsafe(ref s, (nuint)c + 4)) + zero, low), high);
            Vector128.Narrow(y0, y1).StoreUnsafe(ref MemoryMarshal.GetReference(output), (nuint)c);
        }

        Reference(sums[vectorized..], scale, outputZeroPoint, min, max, output[vectorized..]);
    }
}
