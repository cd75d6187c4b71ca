using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Edge.Inference.Kernels;

/// <summary>1/(1 + e^-a) of 16-bit numbers, Q3.12 to Q0.15, in place.</summary>
/// <remarks>Source: gemmlowp's logistic on 16-bit integers, which TensorFlow Lite's LSTM takes for its gates.</remarks>
internal static class LogisticS16
{
    private const int IntegerBits = 3;

    /// <summary>The definition.</summary>
    /// <param name="values">[n], Q3.12 before, Q0.15 after.</param>
    public static void Reference(Span<short> values)
    {
        foreach (ref short value in values)
        {
            value = One(value);
        }
    }

    /// <summary>Same as <see cref="Reference"/>, eight at a time.</summary>
    public static void RunVector128(Span<short> values)
    {
        ref short first = ref MemoryMarshal.GetReference(values);
        int vectorized = values.Length - values.Length % Vector128<short>.Count;
        for (int i = 0; i < vectorized; i += Vector128<short>.Count)
        {
            Vector128<short> a = Vector128.LoadUnsafe(ref first, (nuint)i);
            Vector128<short> positive = Vector128.GreaterThan(a, Vector128<short>.Zero);
            Vector128<short> magnitude = ExponentialS16.OfNegative(Vector128.ConditionalSelect(positive, -a, a), IntegerBits);
            Vector128<short> share = ExponentialS16.ShiftLeft(ExponentialS16.TwiceReciprocal(magnitude), 1);
            Vector128<short> result = Vector128.ConditionalSelect(positive, share, Vector128.Create(ExponentialS16.One) - share);
            Vector128.ConditionalSelect(Vector128.Equals(a, Vector128<short>.Zero), Vector128.Create((short)(1 << 14)), result).StoreUnsafe(ref first, (nuint)i);
        }

        Reference(values[vectorized..]);
    }

    private static short One(int a)
    {
        if (a == 0)
        {
            return 1 << 14;
        }

        int share = ExponentialS16.ShiftLeft(ExponentialS16.TwiceReciprocal(ExponentialS16.OfNegative(-Math.Abs(a), IntegerBits)), 1);
        return (short)(a > 0 ? share : ExponentialS16.One - share);
    }
}
