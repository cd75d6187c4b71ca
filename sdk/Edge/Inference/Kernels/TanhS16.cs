using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Edge.Inference.Kernels;

/// <summary>tanh of 16-bit numbers as (1 − e^-2a)/(1 + e^-2a), to Q0.15.</summary>
/// <remarks>Source: gemmlowp's tanh on 16-bit integers, which TensorFlow Lite's LSTM takes for its cell.</remarks>
internal static class TanhS16
{
    /// <summary>The definition.</summary>
    /// <param name="input">[n], of so many integer bits and 15 in all.</param>
    /// <param name="integerBits">0 to 6.</param>
    /// <param name="output">[n], Q0.15; may be the input.</param>
    public static void Reference(ReadOnlySpan<short> input, int integerBits, Span<short> output)
    {
        for (int i = 0; i < output.Length; i++)
        {
            output[i] = One(input[i], integerBits);
        }
    }

    /// <summary>Same as <see cref="Reference"/>, eight at a time.</summary>
    public static void RunVector128(ReadOnlySpan<short> input, int integerBits, Span<short> output)
    {
        ref short source = ref MemoryMarshal.GetReference(input);
        ref short destination = ref MemoryMarshal.GetReference(output);
        int vectorized = output.Length - output.Length % Vector128<short>.Count;
        for (int i = 0; i < vectorized; i += Vector128<short>.Count)
        {
            Vector128<short> a = Vector128.LoadUnsafe(ref source, (nuint)i);
            Vector128<short> negative = Vector128.LessThan(a, Vector128<short>.Zero);
            Vector128<short> e = ExponentialS16.OfNegative(Vector128.ConditionalSelect(negative, a, -a), integerBits + 1);
            Vector128<short> share = ExponentialS16.ShiftLeft(ExponentialS16.TwiceReciprocal(e) - Vector128.Create((short)(1 << 13)), 2);
            Vector128<short> result = Vector128.ConditionalSelect(negative, -share, share);
            Vector128.AndNot(result, Vector128.Equals(a, Vector128<short>.Zero)).StoreUnsafe(ref destination, (nuint)i);
        }

        Reference(input[vectorized..], integerBits, output[vectorized..]);
    }

    private static short One(int a, int integerBits)
    {
        if (a == 0)
        {
            return 0;
        }

        // Twice a number is the same number with one integer bit more.
        int share = ExponentialS16.ShiftLeft(ExponentialS16.TwiceReciprocal(ExponentialS16.OfNegative(-Math.Abs(a), integerBits + 1)) - (1 << 13), 2);
        return (short)(a < 0 ? -share : share);
    }
}
