using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Edge.Audio;

internal static partial class PolyphaseKernel
{
    /// <summary>The longest filter for which no lane can overflow.</summary>
    /// <remarks>
    /// A coefficient c is split into c >> 7 and c &amp; 127, so that products fit 32-bit lanes; tap i is summed in lane i mod 8.
    /// Low parts: MaxTaps/8 · 127 · 2^15 &lt; 2^31. High parts: a lane may take up to 2^16 in sum of |c >> 7|, which is
    /// coefficients of Q22 with a sum of magnitudes of 2.0 a lane; a low-pass filter of unit gain stays below 1.3, and
    /// <see cref="ResamplerDesign"/> makes no other.
    /// </remarks>
    public const int MaxTaps = 4096;

    private const int LowBits = 7;

    /// <summary>Eight taps at a time in portable 128-bit vectors.</summary>
    public static long DotVector128(ReadOnlySpan<short> samples, ReadOnlySpan<int> coefficients)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(samples.Length, coefficients.Length);
        ref short x = ref MemoryMarshal.GetReference(samples);
        ref int c = ref MemoryMarshal.GetReference(coefficients);
        Vector128<int> lowMask = Vector128.Create((1 << LowBits) - 1);
        Vector128<int> high0 = default, high1 = default, low0 = default, low1 = default;
        for (int i = 0; i <= coefficients.Length - Step; i += Step)
        {
            (Vector128<int> x0, Vector128<int> x1) = Vector128.Widen(Vector128.LoadUnsafe(ref x, (nuint)i));
            Vector128<int> c0 = Vector128.LoadUnsafe(ref c, (nuint)i);
            Vector128<int> c1 = Vector128.LoadUnsafe(ref c, (nuint)i + 4);
            high0 += x0 * (c0 >> LowBits);
            high1 += x1 * (c1 >> LowBits);
            low0 += x0 * (c0 & lowMask);
            low1 += x1 * (c1 & lowMask);
        }

        return ((Sum(high0) + Sum(high1)) << LowBits) + Sum(low0) + Sum(low1);
    }

    private static long Sum(Vector128<int> lanes)
    {
        (Vector128<long> lower, Vector128<long> upper) = Vector128.Widen(lanes);
        return Vector128.Sum(lower + upper);
    }
}
